//! `goreos editions`, `rollback`.

use goreos_db::read::{self, Page};
use goreos_db::{DbError, Pool, RolledBack};
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

pub(crate) async fn rollback(pool: &Pool, to: i64, actor: &str, comment: &str, as_json: bool) -> anyhow::Result<()> {
    let mut connection = pool.acquire().await.map_err(DbError::from)?;
    let edition = match goreos_db::rollback(&mut connection, EditionId(to), actor, comment).await? {
        RolledBack::Done(edition) => edition,
        RolledBack::NotFound => {
            return Err(Fault::give_up(
                "edition.unknown",
                format!("No hay una edición {to}."),
                "Vea las que hay con: goreos editions",
            )
            .into());
        }
        RolledBack::Current => {
            return Err(Fault::give_up(
                "edition.current",
                format!("Los datos de la edición {to} son los vigentes: no hay a qué volver."),
                "Vea qué cambió en cada una con: goreos editions",
            )
            .into());
        }
        RolledBack::Dropped => {
            return Err(Fault::give_up(
                "edition.dropped",
                format!("La edición {to} se retiró: sus tablas ya no existen."),
                "Vea las que se conservan con: goreos editions. Una etiqueta conserva una edición: goreos tag.",
            )
            .into());
        }
    };
    print::json_or_line(
        as_json,
        &json!({ "ok": true, "edition": edition }),
        &format!("Edición {edition}: los datos de la edición {to}."),
    );
    Ok(())
}
