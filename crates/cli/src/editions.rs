//! `goreos editions`, `rollback`.

use goreos_db::read::{self, Page};
use goreos_db::{DbError, Pool};
use goreos_domain::{EditionId, Fault};
use serde_json::json;

use crate::print;

const SHOWN: u32 = 50;

pub(crate) async fn list(pool: &Pool, as_json: bool) -> anyhow::Result<()> {
    let mut connection = pool.acquire().await.map_err(DbError::from)?;
    let editions = read::editions(&mut connection, Page::numbered(1, SHOWN)).await?;
    if as_json {
        editions.items.iter().for_each(print::json);
        return Ok(());
    }
    let rows: Vec<Vec<String>> = editions
        .items
        .iter()
        .map(|edition| {
            let changed: Vec<String> = edition.changes.iter().map(|change| change.dataset.to_string()).collect();
            vec![
                edition.id.to_string(),
                goreos_domain::moment_es(&edition.created_at.with_timezone(&chrono::Local)),
                edition.note.clone(),
                changed.join(", "),
            ]
        })
        .collect();
    print::table(&["N°", "Publicada", "Nota", "Cambió"], &rows);
    Ok(())
}

pub(crate) async fn rollback(pool: &Pool, to: i64, as_json: bool) -> anyhow::Result<()> {
    let mut connection = pool.acquire().await.map_err(DbError::from)?;
    let note = format!("Vuelta a la edición {to}");
    let edition = goreos_db::rollback(&mut connection, EditionId(to), &note).await?.ok_or_else(|| {
        Fault::give_up("edition.unknown", format!("No hay una edición {to}."), "Vea las que hay con: goreos editions")
    })?;
    print::json_or_line(
        as_json,
        &json!({ "ok": true, "edition": edition }),
        &format!("Edición {edition}: los datos de la edición {to}."),
    );
    Ok(())
}
