//! `POST /ejecuciones/{id}/correccion`: mended rows come back, and a run of the same source file takes them.
//!
//! Nothing is read here but the first bytes: what is in the file, a child without secrets finds out
//! (`pipelines/src/mend.rs`). What cannot be taken is said on the run's own page, above the form.

use std::path::Path as FsPath;

use axum::extract::multipart::{Field, Multipart, MultipartError, MultipartRejection};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use goreos_db::mend::{self, NewMend};
use goreos_db::read::{self, Base, Mendable};
use goreos_domain::{Fault, Job, RunId};
use goreos_objects::ObjectsError;
use goreos_queue::Limits;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::detail::{self, Refused};
use super::{run_id, unknown};
use crate::boundary::PageError;
use crate::shell::in_edition;
use crate::state::AppState;
use crate::viewed::Wanted;

/// The largest file with mended rows, in bytes.
pub const MAX_FILE: u64 = 32_000_000;
/// The same as the page says it.
pub const MAX_FILE_WORDS: &str = "32 MB";
/// The largest request that is received to its end, so that the browser shows why it was refused; a larger one is cut off.
pub const MAX_REQUEST: usize = 256_000_000;
/// The field of the form.
const FIELD: &str = "archivo";
/// The longest file name kept, in characters.
const LONGEST_NAME: usize = 120;
/// How many of the first bytes are looked at.
const HEAD: u64 = 4_096;

/// `POST /ejecuciones/{id}/correccion`
pub async fn mend(
    State(app): State<AppState>,
    wanted: Wanted,
    Path(id): Path<String>,
    form: Result<Multipart, MultipartRejection>,
) -> Result<Response, PageError> {
    let id = run_id(&id)?;
    // Received first: a browser that is answered while it sends shows a broken connection instead of the answer.
    let received = match form {
        Ok(form) => receive(form).await?,
        Err(_) => Err(no_file()),
    };
    let taken = match received {
        Ok(file) => take(&app, id, &file).await?,
        Err(refused) => Err(refused),
    };
    match taken {
        Ok(requested) => {
            let pairs = requested.again.then(|| ("recibida", "antes".to_owned()));
            let address = in_edition(&format!("/ejecuciones/{}", requested.run), pairs, wanted.number());
            Ok(Redirect::to(&address).into_response())
        }
        Err(refused) => {
            let status = status(&refused.code);
            let page = detail::with_refusal(&app, wanted, id, Refused::mend(refused)).await?;
            Ok((status, page).into_response())
        }
    }
}

/// What was sent, in a folder of its own that goes with it.
struct Received {
    folder: tempfile::TempDir,
    name: String,
}

impl Received {
    fn path(&self) -> std::path::PathBuf {
        self.folder.path().join("file")
    }
}

/// Writes the file of the form to a folder of ours. What follows it is read and dropped.
async fn receive(mut form: Multipart) -> Result<Result<Received, Fault>, PageError> {
    let mut found = None;
    loop {
        let field = match form.next_field().await {
            Ok(Some(field)) => field,
            Ok(None) => break,
            Err(error) => return Ok(Err(broken(&error))),
        };
        if field.name() != Some(FIELD) || found.is_some() {
            continue;
        }
        let name = given_name(field.file_name().unwrap_or_default());
        let received = Received { folder: tempfile::tempdir().map_err(local)?, name };
        match keep(field, &received.path()).await? {
            Ok(bytes) => found = Some((received, bytes)),
            Err(refused) => return Ok(Err(refused)),
        }
    }
    Ok(match found {
        Some((_, 0)) | None => Err(no_file()),
        Some((_, bytes)) if bytes > MAX_FILE => Err(too_large()),
        Some((received, _)) => looked_at(&received.path()).await?.map(|()| received),
    })
}

/// Writes a field to a file, and gives its size; of a file that is too large only the beginning is kept.
async fn keep(mut field: Field<'_>, path: &FsPath) -> Result<Result<u64, Fault>, PageError> {
    let mut file = tokio::fs::File::create(path).await.map_err(local)?;
    let mut bytes = 0_u64;
    loop {
        match field.chunk().await {
            Ok(Some(piece)) => {
                bytes += u64::try_from(piece.len()).unwrap_or(u64::MAX);
                if bytes <= MAX_FILE {
                    file.write_all(&piece).await.map_err(local)?;
                }
            }
            Ok(None) => break,
            Err(error) => return Ok(Err(broken(&error))),
        }
    }
    file.flush().await.map_err(local)?;
    Ok(Ok(bytes))
}

/// Refuses what is no table by its first bytes, whatever its name says.
async fn looked_at(path: &FsPath) -> Result<Result<(), Fault>, PageError> {
    let mut head = Vec::new();
    let file = tokio::fs::File::open(path).await.map_err(local)?;
    file.take(HEAD).read_to_end(&mut head).await.map_err(local)?;
    Ok(table(&head))
}

/// A workbook is a ZIP; a text table has no zero bytes, or says with a mark that it is UTF-16.
fn table(head: &[u8]) -> Result<(), Fault> {
    const OLD_OR_ENCRYPTED: [u8; 4] = [0xd0, 0xcf, 0x11, 0xe0];
    if head.starts_with(&OLD_OR_ENCRYPTED) {
        return Err(Fault::give_up(
            "mend.not_table",
            "El libro está protegido con contraseña o es del formato antiguo de Excel (.xls).",
            "Quítele la contraseña y guárdelo como «Libro de Excel (.xlsx)».",
        ));
    }
    let workbook = head.starts_with(b"PK\x03\x04");
    let wide = head.starts_with(&[0xff, 0xfe]) || head.starts_with(&[0xfe, 0xff]);
    let other = head.contains(&0) && !wide || head.starts_with(b"%PDF") || head.starts_with(b"<");
    if workbook || !other {
        return Ok(());
    }
    Err(Fault::give_up(
        "mend.not_table",
        "El archivo no es una planilla: no es un XLSX ni un CSV.",
        "Suba el archivo que descargó aquí, corregido y guardado como XLSX o CSV.",
    ))
}

/// Keeps the file and asks for the run.
async fn take(app: &AppState, id: RunId, received: &Received) -> Result<Result<mend::Requested, Fault>, PageError> {
    // Asked before the file is kept, so that a file nobody wants leaves nothing behind.
    let mut connection = app.connection().await?;
    let standing = read::mendable(&mut connection, id).await?.ok_or_else(|| unknown(&id.to_string()))?;
    drop(connection);
    let base = match base(standing) {
        Ok(base) => base,
        Err(refused) => return Ok(Err(refused)),
    };
    let stored = app.objects.put_source(&received.path()).await.map_err(|error| match error {
        ObjectsError::File(_) | ObjectsError::Changed(_) => PageError::Internal(error.into()),
        other => PageError::Unavailable(other.into()),
    })?;
    if stored.sha256 == base.source_sha {
        return Ok(Err(same_file()));
    }
    let new = NewMend {
        base: &base,
        sha256: &stored.sha256,
        bytes: i64::try_from(stored.bytes).unwrap_or(i64::MAX),
        name: &received.name,
        requested_by: "web",
        max_attempts: Limits::of(Job::Ingest).attempts,
    };
    let mut connection = app.connection().await?;
    Ok(Ok(mend::request(&mut connection, &new).await?))
}

/// What the mended rows are of, or why they cannot be taken.
fn base(standing: Mendable) -> Result<Base, Fault> {
    match standing {
        Mendable::Yes(base) => Ok(base),
        refused => Err(refusal(&refused)),
    }
}

/// Why rows of a run cannot come back mended.
pub fn refusal(standing: &Mendable) -> Fault {
    match standing {
        Mendable::NoFile => Fault::give_up(
            "mend.no_source",
            "Esta ejecución no leyó un archivo fuente: no hay filas que corregir.",
            "Corrija las filas en la ejecución del conjunto de datos de origen.",
        ),
        Mendable::NotOver => Fault::give_up(
            "mend.not_over",
            "La ejecución aún no termina: todavía puede rechazar más filas.",
            "Espere a que termine y descargue de nuevo las filas rechazadas.",
        ),
        Mendable::NoRejects | Mendable::Yes(_) => Fault::give_up(
            "mend.no_rejects",
            "Esta ejecución no rechazó ninguna fila.",
            "No hay nada que corregir aquí; revise que sea la ejecución correcta.",
        ),
        Mendable::Superseded(newer) => Fault::give_up(
            "mend.superseded",
            format!(
                "Después de esta ejecución se cargó otro archivo (ejecución {newer}): la corrección traería de vuelta el anterior."
            ),
            format!("Corrija las filas rechazadas de la ejecución {newer}."),
        ),
    }
}

fn no_file() -> Fault {
    Fault::give_up("mend.no_file", "No llegó ningún archivo, o llegó vacío.", "Elija el archivo corregido y súbalo.")
}

fn too_large() -> Fault {
    Fault::give_up(
        "mend.too_large",
        format!("El archivo pesa más de {MAX_FILE_WORDS}."),
        "Deje en él solo las filas que corrigió, con su número en la columna «fila».",
    )
}

fn same_file() -> Fault {
    Fault::give_up(
        "mend.same_file",
        "Es el archivo fuente, sin corregir.",
        "Suba el archivo de filas rechazadas que descargó aquí, ya corregido.",
    )
}

/// The form broke off, or went beyond what is received at all.
fn broken(error: &MultipartError) -> Fault {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        return too_large();
    }
    Fault::give_up("mend.form", "El envío se interrumpió antes de terminar.", "Súbalo otra vez.")
}

fn status(code: &str) -> StatusCode {
    match code {
        "mend.no_file" | "mend.form" => StatusCode::BAD_REQUEST,
        "mend.too_large" => StatusCode::PAYLOAD_TOO_LARGE,
        "mend.not_table" | "mend.same_file" => StatusCode::UNPROCESSABLE_ENTITY,
        _ => StatusCode::CONFLICT,
    }
}

/// The name a browser gave, without folders and control characters; only for people to read.
fn given_name(name: &str) -> String {
    let bare: String =
        crate::shell::file_name(name).chars().filter(|c| !c.is_control()).take(LONGEST_NAME).collect::<String>();
    let bare = bare.trim();
    if bare.is_empty() { "sin nombre".into() } else { bare.into() }
}

fn local(error: std::io::Error) -> PageError {
    PageError::Internal(anyhow::Error::new(error).context("keeping an upload"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_workbook_and_a_text_table_are_known_by_their_first_bytes() {
        for good in
            [&b"PK\x03\x04\x00\x00"[..], b"fila;COMUNA\r\n17;QUILL\xd3N", b"\xff\xfef\x00i\x00", b"\xef\xbb\xbffila;a"]
        {
            assert_eq!(table(good), Ok(()));
        }
        for bad in [&b"%PDF-1.7"[..], b"\x00\x01\x02", b"<html>", b"\xd0\xcf\x11\xe0\xa1"] {
            assert_eq!(table(bad).expect_err("no table").code, "mend.not_table");
        }
    }

    #[test]
    fn the_name_of_a_file_is_kept_without_folders() {
        assert_eq!(given_name("C:\\Users\\ana\\rechazos corregidos.xlsx"), "rechazos corregidos.xlsx");
        assert_eq!(given_name("../../etc/passwd\r\n"), "passwd");
        assert_eq!(given_name(""), "sin nombre");
        assert_eq!(given_name(&"ñ".repeat(500)).chars().count(), LONGEST_NAME);
    }

    #[test]
    fn every_refusal_has_a_status_of_its_kind() {
        let superseded = refusal(&Mendable::Superseded(RunId(15)));
        assert!(superseded.what.contains("ejecución 15") && superseded.remedy.contains("15"));
        assert_eq!(status(&superseded.code), StatusCode::CONFLICT);
        assert_eq!(status(&too_large().code), StatusCode::PAYLOAD_TOO_LARGE);
        assert_eq!(status(&no_file().code), StatusCode::BAD_REQUEST);
        assert_eq!(status(&same_file().code), StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(base(Mendable::NoRejects).expect_err("refused").code, "mend.no_rejects");
    }
}
