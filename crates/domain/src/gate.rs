//! What the gate saw: a candidate beside what readers see now, and what follows from it. Kept with the run, read by its page.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{DatasetId, EditionId, MoneyUnit, Reaction, ReleaseId};

/// The gate's finding about a candidate, as kept in the run's report under `gate`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// What happens: the strongest of the reasons.
    pub reaction: Reaction,
    /// The edition it was compared with; `None` for the very first.
    pub base: Option<EditionId>,
    /// Why, strongest first; empty when there is nothing to say.
    #[serde(default)]
    pub reasons: Vec<Reason>,
    /// Rows of the dataset.
    #[serde(default)]
    pub rows: Rows,
    /// The columns both releases have, in the contract's order; empty when there is nothing to compare with.
    #[serde(default)]
    pub columns: Vec<ColumnFacts>,
    /// Columns that came, went or changed, one sentence each (Spanish).
    #[serde(default)]
    pub drift: Vec<String>,
    /// Rows compared by key; counted only when a person must look.
    pub features: Option<Features>,
    /// The figures by comuna of every derived dataset the run touched.
    #[serde(default)]
    pub indicators: Vec<Indicator>,
    /// The release readers see now.
    pub from_release: Option<ReleaseId>,
    /// The candidate.
    pub to_release: Option<ReleaseId>,
    /// The releases computed anew with it.
    #[serde(default)]
    pub derived: Vec<DerivedRelease>,
    /// What pages and reports would not find any more.
    #[serde(default)]
    pub losses: Vec<Loss>,
}

/// One reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// Stable, dotted, English: `gate.shrink`.
    pub code: String,
    /// What it asks for.
    pub reaction: Reaction,
    /// One sentence (Spanish).
    pub what: String,
    /// The limit that was passed, as the contract writes it: `20%`.
    pub limit: Option<String>,
}

/// Rows of a dataset before and after.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rows {
    /// `None` when readers see none of it yet.
    pub before: Option<i64>,
    /// Rows of the candidate.
    pub after: i64,
}

/// A column before and after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnFacts {
    /// Its name in the release table.
    pub name: String,
    /// Its name for people.
    pub title: String,
    /// Cells without a value.
    pub empty_before: i64,
    /// Cells without a value in the candidate.
    pub empty_after: i64,
    /// Its total, for columns marked `sum`: pesos for money.
    #[serde(default, with = "exact")]
    pub total_before: Option<i128>,
    /// Its total in the candidate.
    #[serde(default, with = "exact")]
    pub total_after: Option<i128>,
}

/// Rows compared by key.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Features {
    /// Only in the candidate.
    pub added: i64,
    /// Only in what readers see now.
    pub removed: i64,
    /// With another value, or another shape in the same place.
    pub changed: i64,
    /// With the same values in another place.
    pub moved: i64,
    /// The same.
    pub same: i64,
}

/// A figure of a derived dataset before and after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Indicator {
    /// The derived dataset.
    pub dataset: DatasetId,
    /// Its name for people.
    pub title: String,
    /// The column that is summed.
    pub column: String,
    /// The figure's name for people.
    pub figure: String,
    /// `Some` when it is an amount.
    pub unit: Option<MoneyUnit>,
    /// Over all rows.
    #[serde(default, with = "exact")]
    pub before: Option<i128>,
    /// Over all rows of the candidate.
    #[serde(default, with = "exact")]
    pub after: Option<i128>,
    /// The comunas in which it changes.
    #[serde(default)]
    pub comunas: Vec<ComunaFigure>,
}

/// A figure in one comuna.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ComunaFigure {
    /// Its code.
    pub cut: String,
    /// `None` when it had no row.
    #[serde(default, with = "exact")]
    pub before: Option<i128>,
    /// `None` when it would have no row.
    #[serde(default, with = "exact")]
    pub after: Option<i128>,
}

impl ComunaFigure {
    /// By how much it changes, none counted as zero.
    pub fn delta(&self) -> i128 {
        self.after.unwrap_or(0).saturating_sub(self.before.unwrap_or(0))
    }
}

/// A derived release of the candidate edition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DerivedRelease {
    /// Its dataset.
    pub dataset: DatasetId,
    /// The one readers see now.
    pub from_release: Option<ReleaseId>,
    /// The candidate.
    pub to_release: ReleaseId,
}

/// A column some page or report shows, and would not find any more.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Loss {
    /// The page's name for people.
    pub page: String,
    /// `dataset.column`.
    pub column: String,
}

/// That a steward lets a waiting run publish, as kept with the run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approved {
    /// Who.
    pub by: String,
    /// Why, in their words.
    #[serde(default)]
    pub comment: String,
    /// When.
    pub at: DateTime<Utc>,
    /// The release the candidate was compared with; the approval is not good for another comparison.
    pub over: Option<ReleaseId>,
}

impl Outcome {
    /// The outcome in a run's report; `None` when its gate has not been reached.
    pub fn of_report(report: &serde_json::Value) -> Option<Self> {
        serde_json::from_value(report.get("gate")?.clone()).ok()
    }
}

/// Whole numbers as JSON numbers, or as text when they are too large for most readers of JSON.
mod exact {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Whole {
        Small(i64),
        Text(String),
    }

    #[expect(clippy::ref_option, reason = "the shape serde asks for")]
    pub(super) fn serialize<S: Serializer>(value: &Option<i128>, serializer: S) -> Result<S::Ok, S::Error> {
        match value.map(|value| (i64::try_from(value), value)) {
            None => serializer.serialize_none(),
            Some((Ok(small), _)) => serializer.serialize_i64(small),
            Some((Err(_), large)) => serializer.collect_str(&large),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i128>, D::Error> {
        Ok(match Option::<Whole>::deserialize(deserializer)? {
            None => None,
            Some(Whole::Small(value)) => Some(value.into()),
            Some(Whole::Text(text)) => Some(text.parse().map_err(D::Error::custom)?),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_outcome_survives_the_ledger_to_the_last_peso() {
        let figure = |before, after| ComunaFigure { cut: "16101".into(), before, after };
        let outcome = Outcome {
            reaction: Reaction::Wait,
            base: Some(EditionId(4)),
            columns: vec![ColumnFacts {
                name: "monto".into(),
                title: "Monto".into(),
                empty_before: 0,
                empty_after: 3,
                total_before: Some(9_007_199_254_740_993),
                total_after: Some(i128::from(i64::MAX) + 1),
            }],
            indicators: vec![Indicator {
                dataset: DatasetId::parse("inversion_comunal").expect("an id"),
                title: "Inversión por comuna".into(),
                column: "monto".into(),
                figure: "Monto FNDR".into(),
                unit: Some(MoneyUnit::Pesos),
                before: Some(-5),
                after: None,
                comunas: vec![figure(None, Some(7)), figure(Some(7), None)],
            }],
            ..Outcome::default()
        };
        let report = json!({ "gate": outcome });
        assert_eq!(report["gate"]["columns"][0]["total_before"], 9_007_199_254_740_993_i64);
        assert_eq!(report["gate"]["columns"][0]["total_after"], "9223372036854775808");
        assert_eq!(Outcome::of_report(&report), Some(outcome.clone()));
        assert_eq!(outcome.indicators[0].comunas.iter().map(ComunaFigure::delta).collect::<Vec<_>>(), [7, -7]);
        assert_eq!(Outcome::of_report(&json!({ "findings": {} })), None);
    }
}
