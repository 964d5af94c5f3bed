//! The areas of the comunas in an edition.

use futures::TryStreamExt as _;
use futures::stream::BoxStream;
use sqlx::AssertSqlSafe;

use crate::edition::Edition;
use crate::{Connection, DbError};

/// Comunas as they come.
pub type Comunas<'c> = BoxStream<'c, Result<(String, Vec<u8>), DbError>>;

/// Code and area (WKB, EPSG:4326) of each comuna of the edition, one by one.
///
/// # Errors
/// [`DbError::NotInEdition`] when the edition holds no comunas.
pub fn comunas<'c>(connection: &'c mut Connection, edition: &Edition) -> Result<Comunas<'c>, DbError> {
    let statement = edition.sql("select cut, st_asbinary(geom, 'NDR') from edition.comunas where geom is not null")?;
    Ok(Box::pin(sqlx::query_as(AssertSqlSafe(statement)).fetch(connection).map_err(DbError::from)))
}
