//! Names and numbers that identify things.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Longest dataset or column name; PostgreSQL cuts identifiers at 63 bytes and release tables append a number.
const MAX_IDENTIFIER: usize = 40;

/// True for `[a-z][a-z0-9_]*` of at most 40 bytes: safe as an SQL identifier without quoting.
fn is_identifier(text: &str) -> bool {
    text.len() <= MAX_IDENTIFIER
        && text.starts_with(|first: char| first.is_ascii_lowercase())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

/// The text is no identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' no sirve como nombre: minúsculas sin acento, dígitos y '_', comienza con letra, hasta 40 caracteres")]
pub struct IdentifierError(String);

macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Checks the text.
            pub fn parse(text: &str) -> Result<Self, IdentifierError> {
                if is_identifier(text) { Ok(Self(text.into())) } else { Err(IdentifierError(text.into())) }
            }

            /// The text, safe to stand in SQL unquoted.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdentifierError;
            fn try_from(text: String) -> Result<Self, Self::Error> {
                Self::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0
            }
        }
    };
}

identifier! {
    /// The id of a dataset: the folder's name, the table's stem, the word in every URL.
    DatasetId
}
identifier! {
    /// The name of a column in a release table.
    ColumnName
}

macro_rules! number {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = std::num::ParseIntError;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    };
}

number! {
    /// A row of the ledger.
    RunId
}
number! {
    /// An immutable table; also the number at the end of its name.
    ReleaseId
}
number! {
    /// The number that binds all that a reader sees.
    EditionId
}

/// A coordinate reference system by its EPSG code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Srid(u32);

impl Srid {
    /// Longitude and latitude on WGS 84, in degrees: what every release is stored in.
    pub const WGS84: Self = Self(4326);

    /// The EPSG code.
    pub fn code(self) -> u32 {
        self.0
    }
}

/// The text names no EPSG code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' no es un sistema de coordenadas: se espera algo como EPSG:32718")]
pub struct SridError(String);

impl TryFrom<String> for Srid {
    type Error = SridError;
    fn try_from(text: String) -> Result<Self, SridError> {
        text.strip_prefix("EPSG:")
            .and_then(|code| code.parse().ok())
            .filter(|code| (1024..=32767).contains(code))
            .map(Self)
            .ok_or(SridError(text))
    }
}

impl From<Srid> for String {
    fn from(srid: Srid) -> Self {
        srid.to_string()
    }
}

impl fmt::Display for Srid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EPSG:{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_cannot_break_out_of_sql() {
        for bad in ["", "Comunas", "1a", "a b", "a;drop", "a\"", "año", &"a".repeat(41)] {
            assert!(DatasetId::parse(bad).is_err(), "{bad}");
        }
        assert_eq!(DatasetId::parse("inversion_comunal").expect("valid").as_str(), "inversion_comunal");
    }

    #[test]
    fn a_crs_is_written_with_its_authority() {
        assert_eq!(Srid::try_from("EPSG:32718".to_owned()).expect("valid").code(), 32718);
        assert!(Srid::try_from("32718".to_owned()).is_err());
        assert!(Srid::try_from("EPSG:7".to_owned()).is_err());
    }
}
