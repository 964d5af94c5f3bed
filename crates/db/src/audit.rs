//! The audit trail: who did what. Rows are added and never changed.

use chrono::{DateTime, NaiveDate, Utc};
use goreos_domain::{DatasetId, EditionId, RunId};
use serde::Serialize;
use serde_json::Value;

use crate::read::{Page, Paged};
use crate::{Connection, DbError};

pub use goreos_domain::AuditAction as Action;

/// What is written down.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry<'a> {
    /// `cli:ana`, `web`, or who asked for the run.
    pub actor: &'a str,
    /// What was done.
    pub action: Action,
    /// To or by which run.
    pub run: Option<RunId>,
    /// The edition it made, or is about.
    pub edition: Option<EditionId>,
    /// The dataset it is about.
    pub dataset: Option<&'a str>,
    /// Why, in the words of who did it.
    pub comment: &'a str,
    /// More, for programs.
    pub detail: Value,
}

impl<'a> Entry<'a> {
    /// That somebody did something, and nothing more.
    pub fn of(actor: &'a str, action: Action) -> Self {
        Self {
            actor,
            action,
            run: None,
            edition: None,
            dataset: None,
            comment: "",
            detail: Value::Object(serde_json::Map::default()),
        }
    }
}

/// Writes it down, in the caller's transaction.
pub async fn add(connection: &mut Connection, entry: &Entry<'_>) -> Result<(), DbError> {
    sqlx::query!(
        "insert into audit (actor, action, run_id, edition_id, dataset_id, comment, detail) values ($1, $2, $3, $4, $5, $6, $7)",
        entry.actor,
        entry.action.code(),
        entry.run.map(|run| run.0),
        entry.edition.map(|edition| edition.0),
        entry.dataset,
        entry.comment,
        entry.detail,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Which lines.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Of one kind.
    pub action: Option<Action>,
    /// About one dataset.
    pub dataset: Option<DatasetId>,
    /// About one run.
    pub run: Option<RunId>,
    /// About one edition.
    pub edition: Option<EditionId>,
    /// From this day on, as Chile counts days.
    pub from: Option<NaiveDate>,
    /// Up to this day, itself included.
    pub to: Option<NaiveDate>,
}

/// A line of the trail.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Line {
    /// Its number.
    pub id: i64,
    /// When.
    pub at: DateTime<Utc>,
    /// Who.
    pub actor: String,
    /// What.
    pub action: Action,
    /// To or by which run.
    pub run: Option<RunId>,
    /// The edition it made, or is about.
    pub edition: Option<EditionId>,
    /// The dataset it is about.
    pub dataset: Option<DatasetId>,
    /// The dataset's title as the catalogue has it now.
    pub dataset_title: Option<String>,
    /// Why, in the words of who did it.
    pub comment: String,
    /// More, for programs.
    pub detail: Value,
}

/// The trail, newest first.
pub async fn list(connection: &mut Connection, filter: &Filter, page: Page) -> Result<Paged<Line>, DbError> {
    let rows = sqlx::query_file!(
        "../../sql/queries/audit/list.sql",
        filter.action.map(Action::code),
        filter.dataset.as_ref().map(DatasetId::as_str),
        filter.run.map(|run| run.0),
        filter.edition.map(|edition| edition.0),
        filter.from,
        filter.to,
        page.limit(),
        page.offset(),
    )
    .fetch_all(connection)
    .await?;
    // A page past the end has no row to say how many there are; it is as good as empty.
    let total = rows.first().map_or(0, |row| row.total);
    let items = rows
        .into_iter()
        .map(|row| {
            let dataset = row.dataset_id.map(|id| DatasetId::parse(&id).map_err(|_| DbError::UnknownWord(id)));
            Ok(Line {
                id: row.id,
                at: row.at,
                actor: row.actor,
                action: Action::parse(&row.action).ok_or(DbError::UnknownWord(row.action))?,
                run: row.run_id.map(RunId),
                edition: row.edition_id.map(EditionId),
                dataset: dataset.transpose()?,
                dataset_title: row.dataset_title,
                comment: row.comment,
                detail: row.detail,
            })
        })
        .collect::<Result<_, DbError>>()?;
    Ok(Paged { items, total })
}
