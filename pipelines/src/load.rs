//! load: what a new release takes over from the one before it, as the contract's mode says.
//!
//! - `replace`: nothing. The release holds the rows of its file.
//! - `upsert`: the rows of before whose key the file does not name (with `delete_missing`: none).
//! - `append`: all rows of before. A file that was read already, and comes again with mends or under another contract, takes the place
//!   of its own rows; so no file is ever counted twice.
//!
//! Everything is relative to the release in the edition that was current when the build began ([`Basis`]). Rows of before are not
//! checked again: they are taken over only when the columns of both contracts agree.

use std::path::{Path, PathBuf};

use futures::TryStreamExt as _;
use goreos_db::release::{self, Merged, Previous, Release, SourceOf};
use goreos_db::{Connection, Edition};
use goreos_domain::{Contract, Fault, LoadMode, ReleaseId, integer_es};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;

use crate::Stop;
use crate::drift::{self, Drift, FileColumn};

/// What the new release goes on from.
#[derive(Debug)]
pub(crate) struct Basis {
    previous: Option<Previous>,
    mode: LoadMode,
    /// Releases whose rows were read from this very file: it takes their place.
    again: Vec<ReleaseId>,
}

/// What a release took over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TakenOver {
    Nothing,
    Merged(Merged),
    /// Rows of before.
    Appended(i64),
}

impl Basis {
    /// What a release of `contract` over this file goes on from. With `replace`, from nothing, whatever the contract says.
    pub(crate) async fn of(
        connection: &mut Connection,
        edition: Option<&Edition>,
        contract: &Contract,
        sha256: &str,
        replace: bool,
    ) -> Result<Self, Stop> {
        let previous = release::previous(connection, edition, contract.id.as_str()).await?;
        let mode = if replace { LoadMode::Replace } else { contract.load.mode };
        let again = match (&previous, mode) {
            (Some(previous), LoadMode::Append) => previous
                .sources
                .iter()
                .filter(|source| source.source_sha.as_deref() == Some(sha256))
                .map(|source| source.release)
                .collect(),
            _ => Vec::new(),
        };
        Ok(Self { previous, mode, again })
    }

    /// The release that was current when the build began.
    pub(crate) fn release(&self) -> Option<ReleaseId> {
        self.previous.as_ref().map(|previous| previous.id)
    }

    pub(crate) fn rows(&self) -> Option<i64> {
        self.previous.as_ref().map(|previous| previous.rows)
    }

    /// True when the new release depends on the one before it.
    pub(crate) fn is_merged(&self) -> bool {
        self.mode != LoadMode::Replace
    }

    /// True when the release before was built from the same bytes with the same mends under the same contract; with `append`, when it
    /// holds their rows already.
    pub(crate) fn is_unchanged(&self, sha256: &str, contract_sha: &str, mends: &[i64]) -> bool {
        let same = |source: &SourceOf| {
            source.source_sha.as_deref() == Some(sha256) && source.contract_sha == contract_sha && source.mends == mends
        };
        let Some(previous) = &self.previous else { return false };
        match self.mode {
            LoadMode::Append => previous.sources.iter().any(same),
            LoadMode::Replace | LoadMode::Upsert => previous.own().is_some_and(same),
        }
    }

    /// Whether the rows of before may stand in a table of this contract.
    pub(crate) async fn agree(&self, connection: &mut Connection, contract: &Contract) -> Result<(), Stop> {
        let Some(previous) = self.previous.as_ref().filter(|_| self.is_merged()) else { return Ok(()) };
        let before: Option<Contract> = serde_json::from_value(previous.contract.clone()).ok();
        let Some(before) = before else {
            return Err(schema_changed(contract, "su contrato es de otra versión de la plataforma").into());
        };
        if let Some(why) = disagreement(&before, contract) {
            return Err(schema_changed(contract, &why).into());
        }
        let keyed_anew = before.load.key != contract.load.key && !contract.load.key.is_empty();
        if keyed_anew && release::has_repeated_keys(connection, contract, previous).await? {
            return Err(schema_changed(contract, "la clave es otra, y filas anteriores la repiten").into());
        }
        Ok(())
    }

    /// With `append` and a key: the keys of the rows of before, as a file for the reading child.
    pub(crate) async fn known_keys(
        &self,
        connection: &mut Connection,
        contract: &Contract,
        folder: &Path,
    ) -> Result<Option<PathBuf>, Stop> {
        let Some(previous) = &self.previous else { return Ok(None) };
        if self.mode != LoadMode::Append || contract.load.key.is_empty() {
            return Ok(None);
        }
        let path = folder.join("known_keys");
        let mut file = tokio::fs::File::create(&path).await?;
        let mut keys = release::export_keys(connection, contract, previous, &self.again).await?;
        while let Some(piece) = keys.try_next().await? {
            file.write_all(&piece).await?;
        }
        file.flush().await?;
        Ok(Some(path))
    }

    /// Takes the rows over into a release that holds those of its file.
    pub(crate) async fn take_over(
        &self,
        connection: &mut Connection,
        release: &Release,
        contract: &Contract,
    ) -> Result<TakenOver, Stop> {
        let Some(previous) = &self.previous else { return Ok(TakenOver::Nothing) };
        Ok(match self.mode {
            LoadMode::Replace => TakenOver::Nothing,
            LoadMode::Upsert => TakenOver::Merged(release::merge(connection, release, contract, previous).await?),
            LoadMode::Append => {
                TakenOver::Appended(release::append(connection, release, contract, previous, &self.again).await?)
            }
        })
    }

    /// How the columns of the file and of the contract differ from those of before.
    pub(crate) fn drift(&self, contract: &Contract, columns: Option<&Value>) -> Vec<Drift> {
        let Some(previous) = &self.previous else { return Vec::new() };
        let parsed = |columns: Option<&Value>| {
            columns.and_then(|columns| serde_json::from_value::<Vec<FileColumn>>(columns.clone()).ok())
        };
        let mut found = Vec::new();
        if let (Some(before), Some(after)) = (parsed(previous.columns.as_ref()), parsed(columns)) {
            found.extend(drift::of_files(&before, &after));
        }
        let before = previous.contract.get("column").and_then(|columns| serde_json::from_value(columns.clone()).ok());
        if let Some(before) = before {
            let before: Vec<goreos_domain::Column> = before;
            found.extend(drift::of_contracts(&before, &contract.columns));
        }
        found
    }
}

impl TakenOver {
    /// Rows of the release that are not of its file.
    pub(crate) fn rows(self) -> i64 {
        match self {
            Self::Nothing => 0,
            Self::Merged(merged) => merged.carried,
            Self::Appended(rows) => rows,
        }
    }

    /// For the run's report; null when nothing was to be taken over.
    pub(crate) fn note(self) -> Value {
        match self {
            Self::Nothing => Value::Null,
            Self::Merged(Merged { added, changed, unchanged, carried, removed }) => json!({
                "mode": "upsert", "added": added, "changed": changed, "unchanged": unchanged, "carried": carried, "removed": removed,
            }),
            Self::Appended(rows) => json!({ "mode": "append", "carried": rows }),
        }
    }

    /// One sentence for the run's log.
    pub(crate) fn spanish(self) -> Option<String> {
        match self {
            Self::Nothing => None,
            Self::Merged(merged) => Some(format!(
                "Respecto de la versión anterior: {} filas nuevas, {} cambiadas, {} iguales, {} que se conservan, {} que se quitan.",
                integer_es(merged.added),
                integer_es(merged.changed),
                integer_es(merged.unchanged),
                integer_es(merged.carried),
                integer_es(merged.removed)
            )),
            Self::Appended(rows) => {
                Some(format!("Las filas del archivo se agregan a {} de versiones anteriores.", integer_es(rows)))
            }
        }
    }
}

/// Why rows of one contract may not stand in a table of another (Spanish). A column more is no reason, if it may be empty; a column
/// less is none either.
fn disagreement(before: &Contract, after: &Contract) -> Option<String> {
    for column in &after.columns {
        let name = &column.name;
        match before.column(name.as_str()) {
            None if column.required => return Some(format!("la columna «{name}» es nueva y obligatoria")),
            Some(old) if old.kind != column.kind => return Some(format!("la columna «{name}» cambió de tipo")),
            Some(old) if column.required && !old.required => {
                return Some(format!("la columna «{name}» ahora es obligatoria"));
            }
            _ => {}
        }
    }
    if after.place.territory.is_some() && before.place.territory.is_none() {
        return Some("las filas anteriores no tienen territorio".into());
    }
    let kind = |contract: &Contract| contract.place.geometry.as_ref().map(goreos_domain::PlaceGeometry::kind);
    if after.place.geometry.is_some() && kind(before) != kind(after) {
        return Some("las filas anteriores no tienen esa geometría".into());
    }
    None
}

fn schema_changed(contract: &Contract, why: &str) -> Fault {
    Fault::give_up(
        "load.schema_changed",
        format!("Las filas de la versión anterior no caben en la nueva: {why}."),
        format!(
            "Cargue una vez un archivo con todas las filas: goreos ingest {} ARCHIVO --replace. O deje la columna como estaba.",
            contract.id
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONTRACT: &str = "id='a'\ntitle='A'\ntheme='t'\nowner='o'\nlicence='l'\n[source]\npath='a.csv'\nformat='csv'\n\
                            [load]\nmode='upsert'\nkey=['codigo']\n[[column]]\nname='codigo'\ntype='text'\nrequired=true\n\
                            [[column]]\nname='monto'\ntype='int'\n[[column]]\nname='comuna'\ntype='text'\n";

    fn contract(change: &str, instead: &str) -> Contract {
        assert!(CONTRACT.contains(change), "{change}");
        Contract::parse(&CONTRACT.replacen(change, instead, 1)).expect("a contract")
    }

    #[test]
    fn rows_are_taken_over_when_the_columns_agree() {
        let before = contract("", "");
        let territory = "\n[place]\nterritory={by='name',column='comuna',level='comuna'}\n";
        for (change, instead, agrees) in [
            ("", "", true),
            ("name='comuna'\ntype='text'\n", "name='comuna'\ntype='text'\n[[column]]\nname='b'\ntype='text'\n", true),
            ("[[column]]\nname='monto'\ntype='int'\n", "", true),
            (
                "name='comuna'\ntype='text'\n",
                "name='comuna'\ntype='text'\n[[column]]\nname='b'\ntype='text'\nrequired=true\n",
                false,
            ),
            ("type='int'", "type='real'", false),
            ("type='int'", "type='int'\nrequired=true", false),
            ("name='comuna'\ntype='text'\n", &format!("name='comuna'\ntype='text'\n{territory}"), false),
        ] {
            assert_eq!(disagreement(&before, &contract(change, instead)).is_none(), agrees, "{change} -> {instead}");
        }
    }

    #[test]
    fn a_release_says_what_it_took_over() {
        let merged = Merged { added: 1, changed: 2, unchanged: 3, carried: 4000, removed: 0 };
        assert_eq!(TakenOver::Merged(merged).rows(), 4000);
        assert!(TakenOver::Merged(merged).spanish().is_some_and(|text| text.contains("4.000 que se conservan")));
        assert_eq!(TakenOver::Nothing.note(), Value::Null);
    }
}
