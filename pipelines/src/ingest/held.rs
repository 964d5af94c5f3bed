//! An approved run goes on with the release it held: nothing is fetched, read or built again.

use goreos_db::Edition;
use goreos_db::catalogue::Dataset;
use goreos_db::gate::{self, Held};
use goreos_db::ledger::LogLevel;
use goreos_domain::gate::{Approved, Outcome};
use goreos_domain::{Contract, Fault, LoadMode};
use serde_json::Value;

use super::Run;
use super::draft::Draft;
use crate::{Stop, internal};

impl Run<'_> {
    /// What the run held while it waited; `None` when it must begin with its file, as on any first attempt.
    ///
    /// # Errors
    /// `gate.held_gone` when the approved release is not there any more.
    pub(super) async fn take_up(&mut self) -> Result<Option<Draft>, Stop> {
        let Some(approved) = self.approved else { return Ok(None) };
        let held = gate::held(&mut *self.connection().await?, self.claim).await?.ok_or_else(gone)?;
        let Ok(contract) = serde_json::from_value::<Contract>(held.contract.clone()) else {
            return self.begin_again("la plataforma cambió desde que se construyó").await;
        };
        let is_merged = contract.load.mode != LoadMode::Replace && !self.asked("replace");
        let contract_sha = held.contract_sha.clone();
        let draft = draft(held, approved, is_merged)?;
        let base = Edition::current(&mut *self.connection().await?).await?;
        if !draft.stands_on(base.as_ref()) {
            return self.begin_again("parte de una versión que ya no es la vigente").await;
        }
        let by = &approved.by;
        let comment = if approved.comment.is_empty() { String::new() } else { format!(": «{}»", approved.comment) };
        self.log(LogLevel::Info, format!("Se retoma la versión {}, que aprobó {by}{comment}.", draft.release.id))
            .await?;
        // It was approved as it was built.
        self.dataset = Dataset { contract, contract_sha, query: None };
        Ok(Some(draft))
    }

    /// The approval was for a release that cannot be used: another one is not covered by it.
    async fn begin_again(&mut self, why: &str) -> Result<Option<Draft>, Stop> {
        gate::let_go(&mut *self.connection().await?, self.claim).await?;
        self.approved = None;
        let told = format!("La versión aprobada no sirve, porque {why}: el archivo se carga de nuevo.");
        self.log(LogLevel::Warn, told).await?;
        Ok(None)
    }
}

fn draft(held: Held, approved: &Approved, is_merged: bool) -> Result<Draft, Stop> {
    let part = |name: &str| held.report.get(name).cloned().unwrap_or(Value::Null);
    let (findings, file) = (part("findings"), part("file"));
    let drift = Outcome::of_report(&held.report).map(|outcome| outcome.drift).unwrap_or_default();
    Ok(Draft {
        release: held.release,
        accounting: held.accounting.ok_or_else(|| internal(&"la ejecución aprobada perdió sus cuentas"))?,
        rows: held.rows,
        sums: held.sums,
        findings,
        file,
        drift,
        is_merged,
        stood_on: approved.over,
    })
}

fn gone() -> Fault {
    Fault::give_up(
        "gate.held_gone",
        "La versión que se aprobó ya no existe; no se publicó nada.",
        "Vuelva a pedir la ejecución con goreos retry: carga el archivo de nuevo.",
    )
}
