//! fetch → read → check → place → build: a release whose rows are in place, and that nobody sees yet.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use futures::TryStreamExt as _;
use goreos_db::catalogue::Dataset;
use goreos_db::gate::{self, Met};
use goreos_db::ledger::{self, Accounting, LogLevel};
use goreos_db::release::{self, Release};
use goreos_db::{Connection, Edition, mend};
use goreos_domain::{Fault, Phase, Place, PlaceBy, ReleaseId, Trigger, integer_es};
use serde_json::{Value, json};

use super::{Run, words};
use crate::boundaries;
use crate::build::{Build, Built};
use crate::child::Reader;
use crate::drift::Drift;
use crate::fetch::{Fetched, fetch, fetch_mends};
use crate::load::Basis;
use crate::{Context, Stop};

/// The dataset of the comunas' areas.
const COMUNAS: &str = "comunas";

/// A release that may be published.
pub(super) struct Draft {
    pub(super) release: Release,
    /// Rows of the file.
    pub(super) accounting: Accounting,
    /// Rows of the release: those of the file, and those taken over.
    pub(super) rows: i64,
    /// Over all of them.
    pub(super) sums: Value,
    pub(super) findings: Value,
    /// With which contract and mends the file was read, to know it again.
    pub(super) file: Value,
    /// How its columns differ from those of before, one sentence each.
    pub(super) drift: Vec<String>,
    /// Rows were taken over, as the contract's mode says.
    pub(super) is_merged: bool,
    /// The release that was current when the build began.
    pub(super) stood_on: Option<ReleaseId>,
}

impl Draft {
    /// Rows were taken over from one release; another one, which a rollback brought back, must not be overwritten with them.
    pub(super) fn stands_on(&self, base: Option<&Edition>) -> bool {
        !self.is_merged || base.and_then(|edition| edition.release(&self.release.dataset)) == self.stood_on
    }
}

/// What became of the file.
pub(super) enum Drafted {
    Built(Box<Draft>),
    /// It is the file of the current release.
    Unchanged,
    /// It came before, and did not come past the gate.
    Met(Met),
}

impl Run<'_> {
    /// Builds a release of the file, unless there is no need to.
    pub(super) async fn draft(&self) -> Result<Drafted, Stop> {
        let scratch = tempfile::tempdir()?;
        self.enter(Phase::Fetch).await?;
        let [file, unpacked] = ["source", "unpacked"].map(|name| scratch.path().join(name));
        std::fs::create_dir(&unpacked)?;
        // Its libraries are loaded while the file is copied and hashed.
        let reader = Reader::idle(&unpacked)?;
        let fetched = self.fetch(&file).await?;
        let drafted = self.draft_of(reader, &fetched.stored.sha256, [&file, &unpacked, scratch.path()]).await;
        // In the store, on disk, before anything that names it is published; and whatever came of it.
        fetched.kept().await?;
        drafted
    }

    async fn draft_of(
        &self,
        reader: Reader,
        sha256: &str,
        [file, unpacked, scratch]: [&Path; 3],
    ) -> Result<Drafted, Stop> {
        let contract = &self.dataset.contract;
        let current = Edition::current(&mut *self.connection().await?).await?;
        let mends = mend::of_source(&mut *self.connection().await?, &contract.id, sha256).await?;
        self.knows_its_mend(&mends)?;
        let mend_ids: Vec<i64> = mends.iter().map(|mend| mend.id).collect();
        let replace = self.asked("replace");
        let basis = Basis::of(&mut *self.connection().await?, current.as_ref(), contract, sha256, replace).await?;
        let force = replace || self.asked("force");
        if !force && basis.is_unchanged(sha256, &self.dataset.contract_sha, &mend_ids) {
            return Ok(Drafted::Unchanged);
        }
        if !force && let Some(met) = self.met(sha256, &mend_ids).await? {
            return Ok(Drafted::Met(met));
        }
        basis.agree(&mut *self.connection().await?, contract).await?;
        if let Some(rows) = basis.rows() {
            self.progress.expect_rows(rows);
        }
        let context = self.context(current.as_ref(), &basis, &mends, scratch).await?;
        // The child reads, checks and places each batch while the one before is being copied: four phases that run as one.
        for phase in [Phase::Read, Phase::Check, Phase::Place, Phase::Build] {
            self.enter(phase).await?;
        }
        let build = Build {
            pool: &self.platform.pool,
            claim: self.claim,
            contract,
            contract_sha: &self.dataset.contract_sha,
            source_sha: sha256,
            mends: &mend_ids,
            basis: &basis,
            progress: self.progress,
            context: &context,
        };
        let mut built = match build.run(reader, file, unpacked).await {
            Err(Stop::Fault(fault)) if fault.code.starts_with("mend.") => return Err(self.forget(&mends, fault).await),
            other => other?,
        };
        let file = json!({ "contract_sha": self.dataset.contract_sha, "mends": mend_ids });
        let drift = self.tell(&basis, &mut built, &file).await?;
        let Built { release, accounting, rows, sums, findings, .. } = built;
        let (is_merged, stood_on) = (basis.is_merged(), basis.release());
        Ok(Drafted::Built(Box::new(Draft {
            release,
            accounting,
            rows,
            sums,
            findings,
            file,
            drift,
            is_merged,
            stood_on,
        })))
    }

    /// A schedule brings the same file day after day; whoever was asked about it once is not asked again.
    async fn met(&self, sha256: &str, mends: &[i64]) -> Result<Option<Met>, Stop> {
        if self.claim.trigger != Trigger::Schedule {
            return Ok(None);
        }
        let Dataset { contract, contract_sha, .. } = &self.dataset;
        let mut connection = self.connection().await?;
        Ok(gate::met_before(&mut connection, self.claim.run, &contract.id, sha256, (contract_sha, mends)).await?)
    }

    pub(super) fn asked(&self, name: &str) -> bool {
        self.claim.args.get(name).and_then(Value::as_bool).unwrap_or(false)
    }

    async fn fetch(&self, to: &Path) -> Result<Fetched, Stop> {
        let fetched = fetch(
            &mut *self.connection().await?,
            &self.platform.objects,
            &self.platform.datasets,
            &self.dataset.contract,
            self.claim,
            to,
        )
        .await?;
        let sha256 = &fetched.stored.sha256;
        let note = format!(
            "{} · {} bytes · SHA-256 {}",
            fetched.origin,
            integer_es(i64::try_from(fetched.stored.bytes).unwrap_or(i64::MAX)),
            &sha256[..12.min(sha256.len())]
        );
        self.leave(Phase::Fetch, None, &note).await?;
        Ok(fetched)
    }

    /// A run that was asked for to take mended rows does not go on without them.
    fn knows_its_mend(&self, mends: &[mend::Mend]) -> Result<(), Fault> {
        let wanted = self.claim.args.get("mend").and_then(Value::as_i64);
        if wanted.is_none_or(|wanted| mends.iter().any(|mend| mend.id == wanted)) {
            return Ok(());
        }
        Err(Fault::give_up(
            "mend.forgotten",
            "El archivo corregido de esta ejecución se descartó, porque no se pudo usar.",
            "Corríjalo y envíelo de nuevo desde la página de la ejecución que rechazó las filas.",
        ))
    }

    /// The newest mend is the one no run has read before.
    async fn forget(&self, mends: &[mend::Mend], fault: Fault) -> Stop {
        let forget = async {
            let Some(newest) = mends.last() else { return Ok(()) };
            mend::forget(&mut *self.connection().await?, newest.id).await?;
            self.log(LogLevel::Warn, "El archivo corregido se descarta; las filas siguen rechazadas.".into()).await
        };
        match forget.await {
            Ok(()) => Stop::Fault(fault),
            Err(stop) => stop,
        }
    }

    /// What the child must know besides the file.
    async fn context(
        &self,
        current: Option<&Edition>,
        basis: &Basis,
        mends: &[mend::Mend],
        folder: &Path,
    ) -> Result<Context, Stop> {
        let contract = &self.dataset.contract;
        Ok(Context {
            boundaries: self.boundaries(current, folder).await?,
            known_keys: basis.known_keys(&mut *self.connection().await?, contract, folder).await?,
            mends: fetch_mends(&self.platform.objects, mends, folder).await?,
        })
    }

    /// The areas of the comunas, when rows are placed by where they lie or the datum of their geometry can be checked.
    async fn boundaries(&self, current: Option<&Edition>, folder: &Path) -> Result<Option<PathBuf>, Stop> {
        let contract = &self.dataset.contract;
        let Place { territory: Some(territory), geometry: Some(_) } = &contract.place else { return Ok(None) };
        let known = current.filter(|edition| edition.release(COMUNAS).is_some());
        let Some(edition) = known.filter(|_| contract.id.as_str() != COMUNAS) else {
            if territory.by == PlaceBy::Point {
                return Err(Fault::later(
                    "place.no_boundaries",
                    "Las filas se ubican por punto, y la edición todavía no tiene los límites comunales.",
                    "Cargue las comunas: goreos ingest comunas.",
                )
                .into());
            }
            return Ok(None);
        };
        write_boundaries(&mut *self.connection().await?, edition, folder).await.map(Some)
    }

    /// Ends the phases, and says in the log and the report what was found; gives how the columns differ from those of before.
    async fn tell(&self, basis: &Basis, built: &mut Built, file: &Value) -> Result<Vec<String>, Stop> {
        let drift = basis.drift(&self.dataset.contract, built.findings.get("columns"));
        if let Some(notes) = built.findings.as_object_mut() {
            notes.insert("drift".into(), json!(drift));
            notes.insert("load".into(), built.taken_over.note());
        }
        let Accounting { read, loaded, rejected } = built.accounting;
        self.leave(Phase::Read, Some(read), &words::found(&built.findings)).await?;
        self.leave(Phase::Check, Some(read), &format!("{} filas rechazadas", integer_es(rejected))).await?;
        self.leave(Phase::Place, Some(loaded), "").await?;
        self.leave(Phase::Build, Some(built.rows), &built.release.table).await?;
        let report = json!({ "findings": built.findings, "sums": built.sums, "file": file });
        ledger::keep_report(&mut *self.connection().await?, self.claim, &report).await?;
        let told = format!(
            "Leídas {} = cargadas {} + rechazadas {}.",
            integer_es(read),
            integer_es(loaded),
            integer_es(rejected)
        );
        self.log(LogLevel::Info, told).await?;
        if let Some(told) = built.taken_over.spanish() {
            self.log(LogLevel::Info, told).await?;
        }
        Ok(drift.iter().map(Drift::spanish).collect())
    }
}

/// The areas of the comunas that planners see now, as a file in `folder`: what [`crate::dry_run`] checks the datum by. `None` when there are
/// none yet.
///
/// # Errors
/// When the database or the folder fails.
pub async fn current_boundaries(connection: &mut Connection, folder: &Path) -> Result<Option<PathBuf>, Stop> {
    match Edition::current(&mut *connection).await? {
        Some(edition) if edition.release(COMUNAS).is_some() => {
            write_boundaries(connection, &edition, folder).await.map(Some)
        }
        _ => Ok(None),
    }
}

async fn write_boundaries(connection: &mut Connection, edition: &Edition, folder: &Path) -> Result<PathBuf, Stop> {
    let path = folder.join("boundaries");
    let mut file = BufWriter::new(File::create(&path)?);
    let mut comunas = release::comunas(connection, edition)?;
    while let Some((cut, area)) = comunas.try_next().await? {
        boundaries::write(&mut file, &cut, &area)?;
    }
    file.flush()?;
    Ok(path)
}
