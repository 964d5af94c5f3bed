//! `layers.*`: what QGIS and other programs read, one view per public dataset on the current edition.
//!
//! A view takes an exclusive lock to move, and the sessions of other programs hold shared ones for as long as their transactions last.
//! So a publish that cannot have all its locks at once gives back those it has, lets readers through, and tries again.

use std::time::Duration;

use goreos_domain::ReleaseId;
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection as _};

use crate::edition::{Edition, release_table};
use crate::publish::PUBLISH_LOCK;
use crate::{Connection, DbError};

/// Longest that a publish stands in the way of readers. Below PostgreSQL's `deadlock_timeout` of a second: of two that wait for each
/// other, the publish gives way, never a reader.
const PATIENCE: &str = "set local lock_timeout = '300ms'";
/// Tries before the publish itself is put off, about 20 seconds.
const MOST_TRIES: u32 = 50;
/// Between two tries readers that queued up get through.
const PAUSE: Duration = Duration::from_millis(100);
/// The group role that may read the views; a server may lack it.
pub const READERS: &str = "goreos_layers";

/// Lets the group that QGIS and the like belong to into the schema and its views, and nowhere else; false when the server has no such
/// group, and then nobody but the platform reads them.
pub async fn open_to(connection: &mut Connection, group: &str) -> Result<bool, DbError> {
    let mut transaction = connection.begin().await?;
    // Grants of the same object at the same time fail each other.
    sqlx::query!("select pg_advisory_xact_lock($1)", PUBLISH_LOCK).execute(&mut *transaction).await?;
    let exists = sqlx::query_scalar!(r#"select exists (select from pg_roles where rolname = $1) as "exists!""#, group)
        .fetch_one(&mut *transaction)
        .await?;
    if !exists {
        return Ok(false);
    }
    let views = sqlx::query_scalar!(
        r#"select format('layers.%I', viewname) as "view!" from pg_views where schemaname = 'layers' and viewowner = current_user order by 1"#
    )
    .fetch_all(&mut *transaction)
    .await?;
    let usage = "usage on schema layers".to_owned();
    for grant in std::iter::once(usage).chain(views.into_iter().map(|view| format!("select on {view}"))) {
        sqlx::query(AssertSqlSafe(format!("grant {grant} to \"{}\"", group.replace('"', "\"\""))))
            .execute(&mut *transaction)
            .await?;
    }
    transaction.commit().await?;
    Ok(true)
}

/// Points the views of `to` at its releases where they differ from those of `from`, all or none, inside the caller's transaction.
///
/// A view whose columns stay keeps its grants and what is built on it; one whose columns change is made anew.
///
/// # Errors
/// [`DbError::DependentViews`] when one must be made anew and somebody else's view is built on it; [`DbError::LayersBusy`] when other
/// sessions did not let go of one.
pub(crate) async fn move_to(connection: &mut Connection, from: Option<&Edition>, to: &Edition) -> Result<(), DbError> {
    let moves = moves(connection, from, to).await?;
    if moves.is_empty() {
        return Ok(());
    }
    let grant = sqlx::query_scalar!(r#"select exists (select from pg_roles where rolname = $1) as "exists!""#, READERS)
        .fetch_one(&mut *connection)
        .await?;
    for _ in 0..MOST_TRIES {
        let mut savepoint = connection.begin().await?;
        sqlx::query(PATIENCE).execute(&mut *savepoint).await?;
        match move_all(&mut savepoint, &moves, grant).await {
            Ok(()) => return Ok(savepoint.commit().await?),
            Err(DbError::Statement(error)) if has_code(&error, "55P03") => savepoint.rollback().await?,
            Err(error) => {
                savepoint.rollback().await?;
                return Err(error);
            }
        }
        tokio::time::sleep(PAUSE).await;
    }
    Err(busy(connection, &moves).await?)
}

/// What happens to the view of a dataset: the release it shows, or none.
struct Move {
    dataset: String,
    release: Option<ReleaseId>,
}

/// In the order of their names, so that two publishers never wait for each other.
async fn moves(connection: &mut Connection, from: Option<&Edition>, to: &Edition) -> Result<Vec<Move>, DbError> {
    let changed: Vec<(&str, ReleaseId)> = to
        .releases()
        .filter(|(dataset, release)| from.and_then(|edition| edition.release(dataset)) != Some(*release))
        .collect();
    let ids: Vec<i64> = changed.iter().map(|(_, release)| release.0).collect();
    let public = sqlx::query_scalar!(
        r#"select id from releases where id = any($1) and coalesce(contract ->> 'access', 'public') = 'public'"#,
        &ids
    )
    .fetch_all(connection)
    .await?;
    let mut moves: Vec<Move> = changed
        .into_iter()
        .map(|(dataset, release)| Move {
            dataset: dataset.to_owned(),
            release: Some(release).filter(|release| public.contains(&release.0)),
        })
        .collect();
    let gone = from.iter().flat_map(|edition| edition.releases()).filter(|(dataset, _)| to.release(dataset).is_none());
    moves.extend(gone.map(|(dataset, _)| Move { dataset: dataset.to_owned(), release: None }));
    moves.sort_by(|one, other| one.dataset.cmp(&other.dataset));
    Ok(moves)
}

async fn move_all(connection: &mut PgConnection, moves: &[Move], grant: bool) -> Result<(), DbError> {
    if grant {
        sqlx::query(AssertSqlSafe(format!("grant usage on schema layers to {READERS}")))
            .execute(&mut *connection)
            .await?;
    }
    for Move { dataset, release } in moves {
        let Some(release) = release else {
            drop_view(connection, dataset).await?;
            continue;
        };
        let select = format!("view layers.{dataset} as select * from {}", release_table(dataset, *release));
        let mut savepoint = connection.begin().await?;
        match sqlx::query(AssertSqlSafe(format!("create or replace {select}"))).execute(&mut *savepoint).await {
            Ok(_) => savepoint.commit().await?,
            Err(error) => {
                savepoint.rollback().await?;
                // invalid_table_definition: the columns are others.
                if !has_code(&error, "42P16") {
                    return Err(error.into());
                }
                drop_view(connection, dataset).await?;
                sqlx::query(AssertSqlSafe(format!("create {select}"))).execute(&mut *connection).await?;
            }
        }
        if grant {
            let grant = format!("grant select on layers.{dataset} to {READERS}");
            sqlx::query(AssertSqlSafe(grant)).execute(&mut *connection).await?;
        }
    }
    Ok(())
}

async fn drop_view(connection: &mut PgConnection, dataset: &str) -> Result<(), DbError> {
    let mut savepoint = connection.begin().await?;
    let drop = format!("drop view if exists layers.{dataset}");
    let Err(error) = sqlx::query(AssertSqlSafe(drop)).execute(&mut *savepoint).await else {
        return Ok(savepoint.commit().await?);
    };
    savepoint.rollback().await?;
    // dependent_objects_still_exist
    if !has_code(&error, "2BP01") {
        return Err(error.into());
    }
    let views = sqlx::query_scalar!(
        r#"select distinct w.ev_class::regclass::text as "view!"
           from pg_depend d
           join pg_rewrite w on w.oid = d.objid and d.classid = 'pg_rewrite'::regclass
           where d.refobjid = to_regclass($1) and w.ev_class <> d.refobjid
           order by 1"#,
        format!("layers.{dataset}")
    )
    .fetch_all(connection)
    .await?;
    Err(DbError::DependentViews { dataset: dataset.to_owned(), views })
}

/// Names the sessions that hold the views.
async fn busy(connection: &mut Connection, moves: &[Move]) -> Result<DbError, DbError> {
    let views: Vec<String> = moves.iter().map(|moved| format!("layers.{}", moved.dataset)).collect();
    let sessions = sqlx::query_scalar!(
        r#"select distinct a.usename || coalesce(' (' || nullif(a.application_name, '') || ')', '') as "session!"
           from pg_locks l join pg_stat_activity a using (pid)
           where l.relation = any (select to_regclass(view) from unnest($1::text[]) view) and l.granted and l.pid <> pg_backend_pid()
           order by 1"#,
        &views
    )
    .fetch_all(connection)
    .await?;
    Ok(DbError::LayersBusy { sessions })
}

fn has_code(error: &sqlx::Error, code: &str) -> bool {
    error.as_database_error().and_then(sqlx::error::DatabaseError::code).is_some_and(|found| found == code)
}
