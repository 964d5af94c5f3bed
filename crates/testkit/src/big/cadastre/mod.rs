//! The files that `./dev bench ingest` loads: a cadastre like that of a region, from a seed, as a Latin-1 shapefile in UTM 18S or as a
//! cp1252 CSV with longitude and latitude; and the same rows as a database should hold them.

mod copy;
mod layer;
mod parcel;
mod table;

use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

/// How the cadastre is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Areas: `predios.shp` with its parts, and `predios.zip` with all of them.
    Shapefile,
    /// Positions: `predios.csv`.
    Csv,
}

/// So many parcels, always the same for the same seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cadastre {
    /// How they are sent.
    pub form: Form,
    /// How many.
    pub rows: u64,
    /// What they follow from.
    pub seed: u64,
}

impl Cadastre {
    /// Writes the files into a folder; gives the one a peer opens.
    pub fn write(self, folder: &Path) -> io::Result<PathBuf> {
        match self.form {
            Form::Shapefile => layer::write(self, folder),
            Form::Csv => {
                let path = folder.join("predios.csv");
                let mut out = BufWriter::with_capacity(1 << 20, File::create(&path)?);
                table::write(self, &mut out)?;
                out.flush()?;
                Ok(path)
            }
        }
    }

    /// Writes the rows as PostgreSQL's binary COPY takes them: `folio bigint, rol, comuna, destino text, avaluo bigint, superficie float8,
    /// geom geometry`. Areas are in EPSG:32718, as in the file: to be transformed by another than the loader under test.
    pub fn write_copy(self, out: &mut impl io::Write) -> io::Result<()> {
        copy::write(self, out)
    }

    /// The reference system of the coordinates in [`Cadastre::write_copy`].
    pub fn srid(self) -> u32 {
        match self.form {
            Form::Shapefile => 32_718,
            Form::Csv => 4326,
        }
    }

    /// The file that a contract names.
    pub fn source(self) -> &'static str {
        match self.form {
            Form::Shapefile => "predios.zip",
            Form::Csv => "predios.csv",
        }
    }

    /// A contract with a type for every column, what is required, a least value, a total, and a key.
    pub fn contract(self, id: &str) -> String {
        let (format, geometry) = match self.form {
            Form::Shapefile => ("shapefile", "from = \"file\", type = \"multipolygon\""),
            Form::Csv => ("csv", "columns = [\"lon\", \"lat\"], crs = \"EPSG:4326\", type = \"point\""),
        };
        let mut text = super::head(id, self.source(), format);
        text.push_str("encoding = \"windows-1252\"\n");
        if self.form == Form::Csv {
            text.push_str("delimiter = \";\"\ndecimal = \".\"\n");
        }
        text.push_str("\n[load]\nkey = [\"folio\"]\n");
        let place: &[(&str, &str)] = match self.form {
            Form::Shapefile => &[],
            Form::Csv => &[("lon", "real\"\nrequired = true"), ("lat", "real\"\nrequired = true")],
        };
        let columns = [
            ("folio", "int\"\nrequired = true\nmin = 1"),
            ("rol", "text\"\nrequired = true"),
            ("comuna", "text\"\nrequired = true"),
            ("destino", "text\"\nrequired = true"),
            ("avaluo", "money\"\nunit = \"CLP\"\nrequired = true\nmin = 0\nsum = true"),
            ("superficie", "real\"\nrequired = true\nmin = 0"),
        ];
        for (name, kind) in columns.iter().chain(place) {
            text.push_str(&super::column(name, kind));
        }
        text + &format!("\n[place]\ngeometry = {{ {geometry} }}\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sized(form: Form) -> Cadastre {
        Cadastre { form, rows: 500, seed: 7 }
    }

    #[test]
    fn the_same_seed_writes_the_same_bytes() {
        for form in [Form::Shapefile, Form::Csv] {
            let [first, second] = [tempfile::tempdir(), tempfile::tempdir()].map(|folder| folder.expect("a folder"));
            let [one, two] = [&first, &second].map(|folder| sized(form).write(folder.path()).expect("a file"));
            assert_eq!(std::fs::read(one).expect("read"), std::fs::read(two).expect("read"));
            let other = Cadastre { seed: 8, ..sized(form) }.write(second.path()).expect("a file");
            assert_ne!(
                std::fs::read(first.path().join(other.file_name().expect("a name"))).expect("read"),
                std::fs::read(&other).expect("read")
            );
        }
    }

    #[test]
    fn a_contract_is_one() {
        for form in [Form::Shapefile, Form::Csv] {
            let contract = goreos_domain::Contract::parse(&sized(form).contract("predios"));
            assert!(contract.is_ok(), "{contract:?}");
        }
    }
}
