//! gate: the candidate against the current edition. Data in, findings out.

use goreos_db::ledger::Accounting;
use goreos_domain::{Decimals, Fault, Gate, decimal_es, integer_es};

/// What the gate saw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// Worth saying, not worth stopping for (Spanish).
    pub(crate) warnings: Vec<String>,
}

/// Compares the accounting of the file with the limits, and the `rows` of the release with those of the one it would replace.
///
/// # Errors
/// `gate.empty` when no row is good, `gate.rejected` or `gate.shrink` when a `stop` limit is passed: nothing is published.
pub(crate) fn gate(
    limits: &Gate,
    accounting: Accounting,
    rows: i64,
    previous_rows: Option<i64>,
) -> Result<Verdict, Fault> {
    let mut warnings = Vec::new();
    if accounting.loaded == 0 {
        return Err(Fault::give_up(
            "gate.empty",
            format!("Se rechazaron las {} filas del archivo; no se publicó nada.", integer_es(accounting.read)),
            "Corrija las filas que se listan abajo, o revise que el archivo sea el de este conjunto.",
        ));
    }
    let rejected = share(accounting.rejected, accounting.read);
    let count = format!(
        "{} de {} filas ({} %)",
        integer_es(accounting.rejected),
        integer_es(accounting.read),
        decimal_es(rejected * 100.0, Decimals(1))
    );
    if let Some(stop) = limits.rejected.stop.filter(|stop| rejected > stop.fraction()) {
        return Err(Fault::give_up(
            "gate.rejected",
            format!(
                "Se rechazaron {count}, más del {} que admite el contrato; no se publicó nada.",
                String::from(stop)
            ),
            "Corrija las filas que se listan abajo y cargue el archivo de nuevo.",
        ));
    }
    if limits.rejected.warn.is_some_and(|warn| rejected > warn.fraction()) {
        warnings.push(format!("Se rechazaron {count}."));
    }
    if let (Some(previous), Some(stop)) = (previous_rows.filter(|rows| *rows > 0), limits.shrink.stop) {
        let shrink = 1.0 - share(rows, previous);
        if shrink > stop.fraction() {
            return Err(Fault::give_up(
                "gate.shrink",
                format!(
                    "El conjunto bajaría de {} a {} filas, más del {} que admite el contrato; no se publicó nada.",
                    integer_es(previous),
                    integer_es(rows),
                    String::from(stop)
                ),
                "Revise que el archivo esté completo. Si la baja es real, suba shrink en el contrato.",
            ));
        }
    }
    Ok(Verdict { warnings })
}

#[expect(clippy::cast_precision_loss, reason = "a share, for limits and for people")]
fn share(part: i64, whole: i64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use goreos_domain::{GateLimit, Share};

    fn limits() -> Gate {
        let share = |text: &str| Share::try_from(text.to_owned()).ok();
        Gate {
            rejected: GateLimit { wait: None, warn: share("1%"), stop: share("5%") },
            shrink: GateLimit { stop: share("20%"), ..GateLimit::default() },
            ..Gate::default()
        }
    }

    fn rows(loaded: i64, rejected: i64) -> Accounting {
        Accounting { read: loaded + rejected, loaded, rejected }
    }

    /// The gate before a release of the file's rows alone.
    fn judge(limits: &Gate, accounting: Accounting, previous_rows: Option<i64>) -> Result<Verdict, Fault> {
        gate(limits, accounting, accounting.loaded, previous_rows)
    }

    #[test]
    fn few_rejects_publish_some_warn_many_stop() {
        assert_eq!(judge(&limits(), rows(995, 5), None).map(|v| v.warnings.len()), Ok(0));
        assert_eq!(
            judge(&limits(), rows(970, 30), None).map(|v| v.warnings),
            Ok(vec!["Se rechazaron 30 de 1.000 filas (3,0 %).".to_owned()])
        );
        assert_eq!(judge(&limits(), rows(940, 60), None).map_err(|f| f.code), Err("gate.rejected".to_owned()));
    }

    #[test]
    fn a_dataset_that_shrinks_stops() {
        assert!(judge(&limits(), rows(810, 0), Some(1000)).is_ok());
        assert_eq!(judge(&limits(), rows(790, 0), Some(1000)).map_err(|f| f.code), Err("gate.shrink".to_owned()));
        assert!(judge(&Gate::default(), rows(1, 99), Some(1000)).is_ok());
        assert_eq!(judge(&Gate::default(), rows(0, 99), None).map_err(|f| f.code), Err("gate.empty".to_owned()));
    }
    #[test]
    fn rows_taken_over_count_against_shrinking() {
        assert!(gate(&limits(), rows(10, 0), 1000, Some(1000)).is_ok());
        assert_eq!(gate(&limits(), rows(700, 0), 700, Some(1000)).map_err(|f| f.code), Err("gate.shrink".to_owned()));
    }
}
