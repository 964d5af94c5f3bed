//! A run as the command line tells it.

use serde_json::Value;

/// What became of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Its number.
    pub id: i64,
    /// The dataset.
    pub dataset: String,
    /// Its state, as kept in the ledger.
    pub state: String,
    /// Rows read, loaded and rejected; `None` before the file was read to its end.
    pub rows: Option<[i64; 3]>,
    /// The edition it published.
    pub edition: Option<i64>,
    /// The code of its fault and what it says; empty when there is none.
    pub fault: (String, String),
}

impl Run {
    /// From one line of JSON.
    pub(crate) fn parse(line: &str) -> Option<Self> {
        let value: Value = serde_json::from_str(line).ok()?;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let rows = ["rows_read", "rows_loaded", "rows_rejected"].map(|name| value[name].as_i64());
        Some(Self {
            id: value["id"].as_i64()?,
            dataset: text(&value["dataset"]),
            state: text(&value["state"]),
            rows: if let [Some(read), Some(loaded), Some(rejected)] = rows {
                Some([read, loaded, rejected])
            } else {
                None
            },
            edition: value["edition"].as_i64(),
            fault: (text(&value["fault"]["code"]), text(&value["fault"]["what"])),
        })
    }
}
