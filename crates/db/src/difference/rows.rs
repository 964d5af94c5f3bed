//! The rows that differ, as they come.

use std::time::Duration;

use futures::TryStreamExt as _;
use futures::stream::{self, BoxStream, StreamExt as _};
use goreos_domain::ReleaseId;
use sqlx::{AssertSqlSafe, Connection as _, Postgres, Transaction};

use super::shape::{Comparer, Shift, Until};
use super::side::{Pairing, TableColumn};
use super::statement::{ADDED, CHANGED, REMOVED};
use super::{Cell, Changed, Kind};
use crate::{Connection, DbError};

/// Rows asked of the cursor at a time: first a few, then as many as make up so many bytes of geometry.
const FIRST: usize = 20;
const MOST: usize = 1_000;
const BATCH_BYTES: usize = 4 << 20;

/// Rows that differ, in the order of their key.
pub type Changes<'c> = BoxStream<'c, Result<Changed, DbError>>;

type Told = (i32, Vec<Option<String>>, Vec<Option<String>>, Vec<Option<String>>, Option<Vec<u8>>, Option<Vec<u8>>);

/// The rows that differ between two releases: all kinds or one, all of them or the first `limit`.
///
/// They come from a cursor, so that a reader who has seen enough may go away.
///
/// # Errors
/// [`DbError::ReleaseGone`] when one has no table (any more), [`DbError::OtherDataset`] when they are not of one dataset.
pub async fn rows(
    connection: &mut Connection,
    from: ReleaseId,
    to: ReleaseId,
    tolerance_m: f64,
    which: Option<Kind>,
    limit: Option<u32>,
) -> Result<Changes<'_>, DbError> {
    let pairing = Pairing::load(&mut *connection, from, to).await?;
    let mut transaction = connection.begin().await?;
    // The whole of it is wanted, not its first tenth.
    sqlx::query("set local cursor_tuple_fraction = 1").execute(&mut *transaction).await?;
    let declare = format!("declare differing no scroll cursor for {}", pairing.telling(which));
    sqlx::query(AssertSqlSafe(declare)).persistent(false).execute(&mut *transaction).await?;
    let reading = Reading {
        transaction,
        teller: Teller::new(&pairing, tolerance_m),
        batch: Vec::new().into_iter(),
        ask: FIRST,
        left: limit.map_or(u64::MAX, u64::from),
    };
    Ok(stream::try_unfold(reading, Reading::next).boxed())
}

/// Hands over each of those rows, as long as no statement takes longer than `patience`; false when one does.
///
/// # Errors
/// See [`rows`].
pub async fn each_within(
    connection: &mut Connection,
    (from, to): (ReleaseId, ReleaseId),
    tolerance_m: f64,
    (which, limit): (Option<Kind>, u32),
    patience: Duration,
    mut take: impl FnMut(Changed),
) -> Result<bool, DbError> {
    let mut transaction = connection.begin().await?;
    sqlx::query("select set_config('statement_timeout', $1, true)")
        .bind(patience.as_millis().to_string())
        .execute(&mut *transaction)
        .await?;
    let told = async {
        let mut rows = rows(&mut transaction, from, to, tolerance_m, which, Some(limit)).await?;
        while let Some(row) = rows.try_next().await? {
            take(row);
        }
        Ok(true)
    };
    match told.await {
        Err(error) if DbError::is_timeout(&error) => Ok(false),
        ended => ended,
    }
}

struct Reading<'c> {
    transaction: Transaction<'c, Postgres>,
    teller: Teller,
    batch: std::vec::IntoIter<Told>,
    /// How many rows to ask for.
    ask: usize,
    left: u64,
}

impl Reading<'_> {
    async fn next(mut self) -> Result<Option<(Changed, Self)>, DbError> {
        if self.left == 0 {
            return Ok(None);
        }
        loop {
            for told in self.batch.by_ref() {
                if let Some(changed) = self.teller.tell(told) {
                    self.left -= 1;
                    return Ok(Some((changed, self)));
                }
            }
            let fetch = AssertSqlSafe(format!("fetch {} from differing", self.ask));
            let batch: Vec<Told> = sqlx::query_as(fetch).persistent(false).fetch_all(&mut *self.transaction).await?;
            if batch.is_empty() {
                return Ok(None);
            }
            let bytes: usize = batch.iter().map(shape_bytes).sum();
            self.ask = (batch.len() * BATCH_BYTES / bytes.max(1)).clamp(1, MOST);
            self.batch = batch.into_iter();
        }
    }
}

fn shape_bytes((.., before, after): &Told) -> usize {
    before.as_ref().map_or(0, Vec::len) + after.as_ref().map_or(0, Vec::len)
}

/// Makes rows of what the database tells, and leaves out those whose geometry is the same after all.
struct Teller {
    key: Vec<String>,
    columns: Vec<String>,
    comparer: Comparer,
}

impl Teller {
    fn new(pairing: &Pairing, tolerance_m: f64) -> Self {
        let names =
            |pairs: &[(TableColumn, TableColumn)]| pairs.iter().map(|(_, column)| column.name.clone()).collect();
        Self {
            key: pairing.origin().map_or_else(|| names(&pairing.key), |name| vec![name.to_owned()]),
            columns: names(&pairing.columns),
            comparer: Comparer::new(tolerance_m, Until::Measured),
        }
    }

    fn tell(&mut self, (kind, key, before, after, shape_before, shape_after): Told) -> Option<Changed> {
        let shift = if matches!(kind, ADDED | REMOVED) {
            Shift::Same
        } else {
            self.comparer.compare(shape_before.as_deref(), shape_after.as_deref())
        };
        let kind = match kind {
            ADDED => Kind::Added,
            REMOVED => Kind::Removed,
            CHANGED => Kind::Changed,
            _ if shift.is_same() => return None,
            _ => Kind::Moved,
        };
        let cells = self.columns.iter().zip(before.into_iter().zip(after));
        Some(Changed {
            kind,
            key: self.key.iter().cloned().zip(key).collect(),
            cells: cells.map(|(column, (before, after))| Cell { column: column.clone(), before, after }).collect(),
            moved_m: shift.metres(),
            before: shape_before,
            after: shape_after,
        })
    }
}
