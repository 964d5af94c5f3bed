//! The state machine of a run and the steps it goes through.

use serde::{Deserialize, Serialize};

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $code:literal / $spanish:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub enum $name { $($(#[$vdoc])* $variant),+ }

        impl $name {
            /// Every value, in order.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// As kept in the ledger.
            pub fn code(self) -> &'static str {
                match self { $(Self::$variant => $code),+ }
            }

            /// As shown to people.
            pub fn spanish(self) -> &'static str {
                match self { $(Self::$variant => $spanish),+ }
            }

            /// From the ledger's word.
            pub fn parse(text: &str) -> Option<Self> {
                match text { $($code => Some(Self::$variant),)+ _ => None }
            }
        }

        impl TryFrom<String> for $name {
            type Error = String;
            fn try_from(text: String) -> Result<Self, String> {
                Self::parse(&text).ok_or_else(|| format!(concat!("unknown ", stringify!($name), " '{}'"), text))
            }
        }

        impl From<$name> for String {
            fn from(word: $name) -> Self {
                word.code().into()
            }
        }
    };
}

words! {
    /// Where a run stands.
    RunState {
        /// Accepted, not yet taken by a worker.
        Queued = "queued" / "en cola",
        /// A worker holds its lease.
        Running = "running" / "en curso",
        /// Built, and a steward must look.
        AwaitingApproval = "awaiting_approval" / "espera aprobación",
        /// Its result is what readers see (or saw).
        Published = "published" / "publicada",
        /// The source was the same as before; nothing to do.
        Unchanged = "unchanged" / "sin cambios",
        /// Ended without effect, and says why.
        Failed = "failed" / "fallida",
        /// Stopped by a person.
        Cancelled = "cancelled" / "cancelada",
    }
}

impl RunState {
    /// True when nothing more will happen to the run.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Published | Self::Unchanged | Self::Failed | Self::Cancelled)
    }
}

words! {
    /// The steps from a source file to an edition, in order.
    Phase {
        /// Bytes into the object store, under their hash.
        Fetch = "fetch" / "recepción",
        /// Bytes into rows.
        Read = "read" / "lectura",
        /// Rows against the contract.
        Check = "check" / "revisión",
        /// Rows onto the territory.
        Place = "place" / "ubicación",
        /// Rows into the release table.
        Build = "build" / "carga",
        /// Indicators against the candidate edition.
        Derive = "derive" / "indicadores",
        /// Candidate against current.
        Gate = "gate" / "compuerta",
        /// The next edition.
        Publish = "publish" / "publicación",
    }
}

words! {
    /// What can run.
    Job {
        /// A source file becomes a release.
        Ingest = "ingest" / "carga de datos",
        /// A document is rendered.
        Report = "report" / "informe",
        /// The files of a release are written.
        Exports = "exports" / "archivos para descargar",
        /// Two releases are compared, and what differs is written as a file.
        Difference = "difference" / "comparación",
        /// Editions nobody needs any more are dropped.
        Retention = "retention" / "retiro de ediciones",
    }
}

words! {
    /// Who asked for a run.
    Trigger {
        /// A person at a terminal or a page.
        Manual = "manual" / "a pedido",
        /// A tick of a schedule.
        Schedule = "schedule" / "programada",
    }
}

words! {
    /// What the audit trail tells.
    AuditAction {
        /// A run's releases became the next edition.
        Publish = "publish" / "publicación",
        /// The gate asks a person.
        Wait = "wait" / "espera en la compuerta",
        /// A steward lets a waiting run publish.
        Approve = "approve" / "aprobación",
        /// A steward ends a waiting run.
        Refuse = "refuse" / "rechazo",
        /// A newer run took the place of a waiting one.
        Supersede = "supersede" / "reemplazo",
        /// An older edition's releases came back.
        Rollback = "rollback" / "vuelta atrás",
        /// An edition got a name that keeps it.
        Tag = "tag" / "etiqueta",
        /// It lost it.
        Untag = "untag" / "retiro de etiqueta",
        /// Retention let go of an edition.
        Drop = "drop" / "retiro de edición",
    }
}
