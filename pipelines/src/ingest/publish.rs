//! derive → gate → publish: against the current edition, again and again while others publish first.

use goreos_db::gate::{Waited, Waiting, await_approval};
use goreos_db::ledger::{self, LogLevel};
use goreos_db::release::Release;
use goreos_db::{Candidate, DbError, Edition, publish};
use goreos_domain::gate::Outcome;
use goreos_domain::{EditionId, Fault, Phase, Reaction, ReleaseId, Trigger, integer_es};
use serde_json::{Value, json};

use super::draft::Draft;
use super::{Ended, Run};
use crate::Stop;
use crate::derive::derive;
use crate::gate::{Derived, Facts, Subject, fault, features, gather, judge};

/// How often a publish that another one overtook is derived and tried again.
const MOST_PUBLISH_TRIES: usize = 20;

impl Run<'_> {
    pub(super) async fn publish(&self, draft: Option<&Draft>) -> Result<Ended, Stop> {
        for _ in 0..MOST_PUBLISH_TRIES {
            let base = Edition::current(&mut *self.connection().await?).await?;
            if draft.is_some_and(|draft| !draft.stands_on(base.as_ref())) {
                return Err(overtaken().into());
            }
            let derived = self.derive(draft, base.as_ref()).await?;
            let outcome = self.gate(draft, base.as_ref(), &derived).await?;
            let report = Self::report(draft, &outcome);
            if let Some(fault) = fault(&outcome) {
                return Err(self.stop(draft, &report, fault).await);
            }
            if outcome.reaction == Reaction::Wait && !self.is_approved(&outcome).await? {
                return self.wait(draft, &outcome, &report).await;
            }
            self.enter(Phase::Publish).await?;
            match self.insert_edition(draft, base.as_ref(), &derived, &report).await {
                Ok(edition) => {
                    self.leave(Phase::Publish, None, &format!("edición {edition}")).await?;
                    self.log(LogLevel::Info, format!("Publicada en la edición {edition}.")).await?;
                    return Ok(Ended::Published(edition));
                }
                Err(DbError::EditionMoved) => {
                    let again = "Otra ejecución publicó mientras tanto: los indicadores se calculan de nuevo.";
                    self.log(LogLevel::Info, again.into()).await?;
                }
                Err(other) => return Err(other.into()),
            }
        }
        Err(Fault::later(
            "publish.overtaken",
            "Otras ejecuciones publicaron una y otra vez antes que esta.",
            "Se intenta de nuevo.",
        )
        .into())
    }

    async fn derive(&self, draft: Option<&Draft>, base: Option<&Edition>) -> Result<Vec<Derived>, Stop> {
        self.enter(Phase::Derive).await?;
        let changed = draft.map(|draft| &draft.release);
        let wanted = draft.is_none().then_some(&self.dataset);
        let derived = derive(&mut *self.connection().await?, self.claim, base, changed, wanted).await?;
        let told: Vec<String> =
            derived.iter().map(|one| format!("{} ({} filas)", one.release.dataset, integer_es(one.rows))).collect();
        self.leave(Phase::Derive, Some(derived.iter().map(|one| one.rows).sum()), &told.join(", ")).await?;
        Ok(derived)
    }

    /// Compares the candidate with the edition it would follow, and says what follows.
    async fn gate(&self, draft: Option<&Draft>, base: Option<&Edition>, derived: &[Derived]) -> Result<Outcome, Stop> {
        self.enter(Phase::Gate).await?;
        let none = Value::Null;
        let Some(subject) = self.subject(draft, derived, &none) else {
            self.leave(Phase::Gate, None, "").await?;
            return Ok(Outcome::default());
        };
        let contract = subject.contract;
        let mut connection = self.connection().await?;
        let compared = gather(&mut connection, &subject, base, derived).await?;
        let undoes = match (draft, compared.from_release) {
            (Some(_), Some(current)) => goreos_db::gate::undoes(&mut connection, contract.id.as_str(), current).await?,
            _ => None,
        };
        let refused = subject.accounting.is_some_and(|accounting| accounting.rejected > 0);
        let repeated_keys =
            if refused { goreos_db::gate::repeated_keys(&mut connection, self.claim).await? } else { 0 };
        let mut outcome = judge(&Facts {
            limits: &contract.gate,
            accounting: subject.accounting,
            repeated_keys,
            scheduled: self.claim.trigger == Trigger::Schedule,
            undoes,
            compared: &compared,
        });
        // Row by row only for the eyes of a person: it reads both tables whole.
        if outcome.reaction == Reaction::Wait {
            outcome.features = features(&mut connection, contract, &compared).await?;
        }
        drop(connection);
        let told: Vec<&str> = outcome.reasons.iter().map(|reason| reason.what.as_str()).collect();
        for reason in &told {
            self.log(LogLevel::Warn, (*reason).to_owned()).await?;
        }
        self.leave(Phase::Gate, None, &told.join(" ")).await?;
        Ok(outcome)
    }

    fn subject<'a>(&'a self, draft: Option<&'a Draft>, derived: &'a [Derived], none: &'a Value) -> Option<Subject<'a>> {
        let contract = &self.dataset.contract;
        if let Some(draft) = draft {
            return Some(Subject {
                contract,
                release: draft.release.id,
                rows: draft.rows,
                sums: &draft.sums,
                accounting: Some(draft.accounting),
                drift: &draft.drift,
            });
        }
        let own = derived.iter().find(|one| one.contract.id == contract.id)?;
        Some(Subject { contract, release: own.release.id, rows: own.rows, sums: none, accounting: None, drift: &[] })
    }

    /// Whether a steward approved this very comparison.
    async fn is_approved(&self, outcome: &Outcome) -> Result<bool, Stop> {
        let Some(approved) = self.approved else { return Ok(false) };
        if approved.over == outcome.from_release {
            return Ok(true);
        }
        let version = |release: Option<ReleaseId>| release.map_or_else(|| "ninguna".into(), |id| id.to_string());
        let told = format!(
            "Se aprobó respecto de la versión {}, y la vigente ahora es {}: se pregunta de nuevo, con la nueva comparación.",
            version(approved.over),
            version(outcome.from_release)
        );
        self.log(LogLevel::Warn, told).await?;
        Ok(false)
    }

    fn report(draft: Option<&Draft>, outcome: &Outcome) -> Value {
        json!({
            "findings": draft.map(|draft| &draft.findings),
            "sums": draft.map(|draft| &draft.sums),
            "file": draft.map(|draft| &draft.file),
            "gate": outcome,
        })
    }

    /// The run keeps its accounting and what was compared, so that its page shows how many rows broke which rule.
    async fn stop(&self, draft: Option<&Draft>, report: &Value, fault: Fault) -> Stop {
        let keep = async {
            let mut connection = self.connection().await?;
            if let Some(draft) = draft {
                ledger::keep_accounting(&mut connection, self.claim, draft.accounting).await?;
            }
            ledger::keep_report(&mut connection, self.claim, report).await?;
            Ok(())
        };
        match keep.await {
            Ok(()) => fault.into(),
            Err(stop) => stop,
        }
    }

    async fn wait(&self, draft: Option<&Draft>, outcome: &Outcome, report: &Value) -> Result<Ended, Stop> {
        let Some(release) = outcome.to_release else { return Err(crate::internal(&"nada que aprobar").into()) };
        let asked = outcome.reasons.iter().filter(|reason| reason.reaction == Reaction::Wait);
        let codes: Vec<&str> = asked.map(|reason| reason.code.as_str()).collect();
        let accounting = draft.map(|draft| draft.accounting);
        let waiting = Waiting { release, accounting, report, codes: &codes };
        let waited = await_approval(&mut *self.connection().await?, self.claim, &waiting).await?;
        let (told, ended) = match waited {
            Waited::Waits => ("Espera que el equipo de datos la apruebe.".to_owned(), Ended::Waits),
            Waited::Superseded(newer) => {
                (format!("La ejecución {newer}, más nueva, ya espera aprobación: esta termina."), Ended::Superseded)
            }
        };
        self.log(LogLevel::Info, told).await?;
        Ok(ended)
    }

    async fn insert_edition(
        &self,
        draft: Option<&Draft>,
        base: Option<&Edition>,
        derived: &[Derived],
        report: &Value,
    ) -> Result<EditionId, DbError> {
        let own = draft.map(|draft| &draft.release);
        let releases: Vec<Release> = own.into_iter().chain(derived.iter().map(|one| &one.release)).cloned().collect();
        let candidate = Candidate {
            base,
            releases: &releases,
            accounting: draft.map(|draft| draft.accounting),
            report,
            note: &format!("{}: versión nueva", self.dataset.contract.title),
        };
        let mut connection = self.platform.pool.acquire().await?;
        publish(&mut connection, self.claim, &candidate).await
    }
}

fn overtaken() -> Fault {
    Fault::later(
        "load.overtaken",
        "La versión de la que parte esta carga dejó de ser la vigente mientras se cargaba.",
        "Se intenta de nuevo sobre la vigente.",
    )
}
