//! `goreos tag`, `untag`: names that keep an edition.

use goreos_db::tag::{self, Tagging};
use goreos_db::{DbError, Pool};
use goreos_domain::{EditionId, Fault};
use serde_json::json;

use crate::print;

pub(crate) async fn add(pool: &Pool, edition: i64, name: &str, actor: &str, as_json: bool) -> anyhow::Result<()> {
    if !tag::is_name(name) {
        return Err(Fault::give_up(
            "tag.bad_name",
            format!("«{name}» no sirve como etiqueta: minúsculas sin acento, dígitos, '.', '_' y '-', hasta 63."),
            "Por ejemplo: goreos tag 12 cuenta-publica-2026",
        )
        .into());
    }
    let mut connection = pool.acquire().await.map_err(DbError::from)?;
    match tag::add(&mut connection, EditionId(edition), name, actor).await? {
        Tagging::Done => print::json_or_line(
            as_json,
            &json!({ "ok": true, "edition": edition, "tag": name }),
            &format!("La edición {edition} se llama «{name}» y se conserva mientras se llame así."),
        ),
        Tagging::NoEdition => return Err(unknown(edition).into()),
        Tagging::Dropped => {
            return Err(Fault::give_up(
                "edition.dropped",
                format!("La edición {edition} ya se retiró: sus tablas no existen."),
                "Etiquete una de las que quedan: goreos editions",
            )
            .into());
        }
        Tagging::Taken(other) => {
            return Err(Fault::give_up(
                "tag.taken",
                format!("«{name}» es el nombre de la edición {other}."),
                format!("Elija otro, o quítelo primero: goreos untag {name}"),
            )
            .into());
        }
    }
    Ok(())
}

pub(crate) async fn remove(pool: &Pool, name: &str, actor: &str, as_json: bool) -> anyhow::Result<()> {
    let mut connection = pool.acquire().await.map_err(DbError::from)?;
    let edition = tag::remove(&mut connection, name, actor).await?.ok_or_else(|| {
        Fault::give_up(
            "tag.unknown",
            format!("Ninguna edición se llama «{name}»."),
            "Vea las ediciones: goreos editions",
        )
    })?;
    print::json_or_line(
        as_json,
        &json!({ "ok": true, "edition": edition, "tag": name }),
        &format!("La edición {edition} ya no se llama «{name}»; se conserva lo que diga la retención."),
    );
    Ok(())
}

fn unknown(edition: i64) -> Fault {
    Fault::give_up("edition.unknown", format!("No hay una edición {edition}."), "Vea las que hay con: goreos editions")
}
