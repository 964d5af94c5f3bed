//! `[gate]`: what may be published without asking.

use serde::{Deserialize, Serialize};

/// What may be published without asking.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gate {
    /// On the share of the file's rows that were refused.
    #[serde(default)]
    pub rejected: GateLimit,
    /// On the share of the current release's rows that the new one has fewer.
    #[serde(default)]
    pub shrink: GateLimit,
    /// On the share of the current release's rows that the new one has more.
    #[serde(default)]
    pub growth: GateLimit,
    /// On how many points more of a column's cells are empty than in the current release.
    #[serde(default)]
    pub empty: GateLimit,
    /// On how much the total of a column marked `sum` changes, up or down.
    #[serde(default)]
    pub total: GateLimit,
    /// On how much a figure of a comuna changes, up or down, in a dataset derived from this one.
    #[serde(default)]
    pub indicator: GateLimit,
    /// What to do when columns of the file came, went or changed.
    #[serde(default)]
    pub drift: Drift,
    /// Metres from which a geometry counts as moved; 1 when absent.
    pub moved_m: Option<f64>,
    /// Who decides.
    #[serde(default)]
    pub approval: Approval,
}

impl Gate {
    /// Metres from which a geometry counts as moved.
    pub fn moved_m(&self) -> f64 {
        self.moved_m.unwrap_or(1.0)
    }
}

/// From which share on the gate does what. A share is passed when the measure is greater.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GateLimit {
    /// Publish, and say so.
    pub warn: Option<Share>,
    /// Wait for a steward.
    pub wait: Option<Share>,
    /// End the run; nothing is published.
    pub stop: Option<Share>,
}

impl GateLimit {
    /// What the limit says of a measure, and the share that was passed.
    pub fn judge(&self, measure: f64) -> (Reaction, Option<Share>) {
        [(Reaction::Stop, self.stop), (Reaction::Wait, self.wait), (Reaction::Warn, self.warn)]
            .into_iter()
            .find_map(|(reaction, share)| share.filter(|share| measure > share.fraction()).map(|s| (reaction, Some(s))))
            .unwrap_or_default()
    }
}

/// What the gate does, from the mildest.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reaction {
    /// Nothing to say.
    #[default]
    Publish,
    /// Publish, and say so.
    Warn,
    /// Wait for a steward.
    Wait,
    /// End the run; nothing is published.
    Stop,
}

/// What to do when the columns of a file are not those of before.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Drift {
    /// Publish, and say so.
    #[default]
    Warn,
    /// Wait for a steward.
    Wait,
    /// End the run.
    Stop,
}

/// Who decides whether a candidate is published.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Approval {
    /// The limits; a steward only where they say so.
    #[default]
    Limits,
    /// A steward, always.
    Always,
}

/// A share written as a percentage: `"5%"`.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Share(f64);

impl Share {
    /// The share as a fraction: `"5%"` is 0.05.
    pub fn fraction(self) -> f64 {
        self.0 / 100.0
    }
}

impl TryFrom<String> for Share {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        text.strip_suffix('%')
            .and_then(|number| number.trim().parse::<f64>().ok())
            .filter(|percent| percent.is_finite() && *percent >= 0.0)
            .map(Self)
            .ok_or_else(|| format!("'{text}' no es un porcentaje como \"5%\""))
    }
}

impl From<Share> for String {
    fn from(share: Share) -> Self {
        format!("{}%", share.0)
    }
}
