//! Why a run stops before its end.

use goreos_db::DbError;
use goreos_domain::Fault;
use goreos_objects::ObjectsError;

/// The ways a run ends without an edition.
#[derive(Debug, thiserror::Error)]
pub enum Stop {
    /// Something is wrong, and the fault says whether to try again.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// The run is another worker's now, or was cancelled.
    #[error("the run is no longer ours")]
    FencedOut,
}

impl From<DbError> for Stop {
    fn from(error: DbError) -> Self {
        match error {
            DbError::FencedOut => Self::FencedOut,
            DbError::NotInEdition(dataset) => Self::Fault(Fault::give_up(
                "derive.missing_input",
                format!("La edición no tiene el conjunto «{dataset}», que hace falta aquí."),
                format!("Cargue {dataset}; después vuelva a pedirlo."),
            )),
            DbError::DependentViews { dataset, views } => Self::Fault(Fault::give_up(
                "publish.dependent_view",
                format!(
                    "Las columnas de layers.{dataset} cambian, y sobre ella hay vistas de otros: {}. No se publicó nada.",
                    views.join(", ")
                ),
                "Pida a su dueño que las borre, vuelva a pedir la ejecución con goreos retry, y que las cree de nuevo.",
            )),
            DbError::LayersBusy { sessions } => Self::Fault(Fault::later(
                "publish.layers_busy",
                format!(
                    "Otras sesiones tienen abiertas las vistas de layers y no las sueltan: {}.",
                    sessions.join(", ")
                ),
                "Se intenta de nuevo. Si se repite, pida que cierren la transacción abierta en QGIS u otro programa.",
            )),
            other if other.is_transient() => {
                tracing::warn!(error = &other as &dyn std::error::Error, "The database failed");
                Self::Fault(Fault::later(
                    "database.unavailable",
                    "La base de datos no respondió.",
                    "Se intenta de nuevo; si se repite, avise al equipo de la plataforma.",
                ))
            }
            other => Self::Fault(crate::internal(&chain(&other))),
        }
    }
}

impl From<ObjectsError> for Stop {
    fn from(error: ObjectsError) -> Self {
        let fault = match error {
            ObjectsError::Missing(key) | ObjectsError::Damaged(key) => Fault::give_up(
                "objects.damaged",
                format!("El archivo guardado «{key}» falta o está dañado."),
                "Cargue el archivo de nuevo y avise al equipo de la plataforma.",
            ),
            ObjectsError::Changed(file) => Fault::later(
                "file.changing",
                format!("El archivo «{file}» cambió mientras se leía."),
                "Se intenta de nuevo cuando termine de copiarse.",
            ),
            other => Fault::later(
                "objects.unavailable",
                format!("El almacén de archivos falló: {}.", chain(&other)),
                "Se intenta de nuevo; si se repite, avise al equipo de la plataforma.",
            ),
        };
        Self::Fault(fault)
    }
}

impl From<std::io::Error> for Stop {
    fn from(error: std::io::Error) -> Self {
        Self::Fault(Fault::later(
            "disk.unavailable",
            format!("El disco del servidor falló: {error}."),
            "Revise el espacio libre.",
        ))
    }
}

/// An error and its causes on one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        text.push_str(": ");
        text.push_str(&next.to_string());
        cause = next.source();
    }
    text
}
