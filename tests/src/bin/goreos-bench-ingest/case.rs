//! What is loaded, and by whom.

use goreos_testkit::{Cadastre, Form};

/// What the files follow from.
const SEED: u64 = 20_261_125;

/// A file to load.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) form: Form,
    pub(crate) rows: u64,
    /// Turns of ours and of the floor.
    pub(crate) rounds: usize,
    /// Turns of the others, which take minutes with large files.
    peer_rounds: usize,
}

/// Smallest first.
pub(crate) const CASES: [Case; 5] = [
    Case { name: "shapefile-100k", form: Form::Shapefile, rows: 100_000, rounds: 5, peer_rounds: 5 },
    Case { name: "shapefile-500k", form: Form::Shapefile, rows: 500_000, rounds: 5, peer_rounds: 5 },
    Case { name: "shapefile-5m", form: Form::Shapefile, rows: 5_000_000, rounds: 2, peer_rounds: 1 },
    Case { name: "csv-1m", form: Form::Csv, rows: 1_000_000, rounds: 3, peer_rounds: 3 },
    Case { name: "csv-5m", form: Form::Csv, rows: 5_000_000, rounds: 2, peer_rounds: 1 },
];

/// Who loads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Contender {
    Goreos,
    Ogr2ogr,
    Ogr2ogrFast,
    Shp2pgsql,
    Geopandas,
    Floor,
}

impl Case {
    pub(crate) fn scaled(self, scale: u64) -> Self {
        Self { rows: self.rows / scale, ..self }
    }

    pub(crate) fn rounds_of(self, contender: Contender) -> usize {
        if contender.is_peer() { self.peer_rounds } else { self.rounds }
    }

    pub(crate) fn cadastre(self) -> Cadastre {
        Cadastre { form: self.form, rows: self.rows, seed: SEED }
    }
}

impl Contender {
    /// In the order of a round: the floor copies the shape of our table, so ours comes first.
    pub(crate) const ALL: [Self; 6] =
        [Self::Goreos, Self::Ogr2ogr, Self::Ogr2ogrFast, Self::Shp2pgsql, Self::Geopandas, Self::Floor];

    pub(crate) fn of(form: Form) -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(move |contender| form == Form::Shapefile || *contender != Self::Shp2pgsql)
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Goreos => "goreos",
            Self::Ogr2ogr => "ogr2ogr",
            Self::Ogr2ogrFast => "ogr2ogr-fast",
            Self::Shp2pgsql => "shp2pgsql",
            Self::Geopandas => "geopandas",
            Self::Floor => "floor",
        }
    }

    pub(crate) fn is_peer(self) -> bool {
        !matches!(self, Self::Goreos | Self::Floor)
    }

    /// What it did for its figure.
    pub(crate) fn note(self) -> &'static str {
        match self {
            Self::Goreos => {
                "from the request in the ledger to the published edition: stored, hashed, checked, reprojected, accounted for; memory of worker and child together; downloads are made after publication and not counted"
            }
            Self::Ogr2ogr => "ogr2ogr as documented, COPY; one process",
            Self::Ogr2ogrFast => "ogr2ogr, COPY, one transaction, numbers as int8 and float8, GiST after the rows",
            Self::Shp2pgsql => "shp2pgsql -D -I, reprojecting in the database, piped to psql",
            Self::Geopandas => "read_file or read_csv, to_crs, to_postgis, then a primary key",
            Self::Floor => {
                "COPY BINARY FREEZE of rows encoded before, from a file of the server; the indexes of our table; ANALYZE"
            }
        }
    }
}
