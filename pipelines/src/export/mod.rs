//! The files of a release.
//!
//! Its rows are read from the database once, in the order of the files, and kept on the local disk as PostgreSQL sent them
//! ([`Spool`]); each format is written from there. Memory is bounded by a row group or a stretch of rows, whatever the release. The
//! same release gives the same bytes, whenever they are made: dates are those of the release.

mod about;
mod csv;
mod failure;
mod flatgeobuf;
mod geojson;
mod geopackage;
mod index;
mod ogr;
mod parquet;
mod points;
mod readme;
mod shapefile;
mod spool;
mod survey;
#[cfg(test)]
mod tests;
mod xlsx;

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use futures::TryStreamExt as _;
use goreos_db::Connection;
use goreos_db::export::{self, Subject};
use goreos_domain::ExportFormat;
use tokio::io::AsyncWriteExt as _;
use tokio_util::sync::CancellationToken;

use self::about::About;
pub use self::failure::Failure;
use self::spool::Rows;
use self::survey::Survey;
use crate::Stop;

/// A release on the local disk, ready to be written in any format.
#[derive(Debug)]
pub struct Spool {
    about: About,
    survey: Survey,
    file: PathBuf,
    stop: CancellationToken,
}

impl Spool {
    /// Brings the rows of a release into a folder, and looks them over. Once `stop` is cancelled, whatever reads them ends.
    pub async fn fill(
        connection: &mut Connection,
        subject: &Subject,
        folder: &Path,
        stop: CancellationToken,
    ) -> Result<Self, Stop> {
        let file = folder.join("rows");
        let mut out = tokio::io::BufWriter::with_capacity(1 << 20, tokio::fs::File::create(&file).await?);
        let mut rows = export::rows(connection, subject).await?;
        while let Some(piece) = rows.try_next().await? {
            out.write_all(&piece).await?;
        }
        out.flush().await?;
        let about = About::new(subject);
        let surveyed = tokio::task::spawn_blocking(move || Self::looked_over(about, file, stop)).await;
        surveyed.map_err(|error| Stop::Fault(crate::internal(&error)))?.map_err(Stop::from)
    }

    fn looked_over(about: About, file: PathBuf, stop: CancellationToken) -> Result<Self, Failure> {
        let mut rows = Rows::open(&file, &about, &stop)?;
        let survey = Survey::of(&mut rows, about.columns.len(), about.geometry())?;
        Ok(Self { about, survey, file, stop })
    }

    /// The formats that the release is offered in.
    pub fn formats(&self) -> impl Iterator<Item = ExportFormat> + use<> {
        ExportFormat::of(self.about.geometry().is_some())
    }

    /// Writes one file. It blocks: call it off the async threads. What it leaves behind when it fails is for the caller to remove.
    pub fn write(&self, format: ExportFormat, path: &Path) -> Result<(), Failure> {
        let geometry = || self.about.geometry().ok_or_else(|| Failure::unfit("Este conjunto no tiene geometría."));
        match format {
            ExportFormat::Xlsx => xlsx::write(self, path),
            ExportFormat::Geopackage => geopackage::write(self, geometry()?, path),
            ExportFormat::Shapefile => shapefile::write(self, geometry()?, path),
            ExportFormat::Flatgeobuf => flatgeobuf::write(self, geometry()?, path),
            ExportFormat::Geoparquet | ExportFormat::Parquet => parquet::write(self, path),
            ExportFormat::Geojson => {
                let geometry = geometry()?;
                buffered(path, |out| geojson::write(self, geometry, out))
            }
            ExportFormat::Csv => buffered(path, |out| csv::write(self, csv::Reader::Program, out)),
            ExportFormat::CsvExcel => buffered(path, |out| csv::write(self, csv::Reader::Excel, out)),
            ExportFormat::Readme => buffered(path, |out| {
                Ok(out.write_all(readme::text(&self.about, &readme::notes(&self.about)).as_bytes())?)
            }),
        }
    }

    fn rows(&self) -> Result<Rows, Failure> {
        Rows::open(&self.file, &self.about, &self.stop)
    }
}

fn buffered(path: &Path, write: impl FnOnce(&mut BufWriter<File>) -> Result<(), Failure>) -> Result<(), Failure> {
    let mut out = BufWriter::with_capacity(1 << 20, File::create(path)?);
    write(&mut out)?;
    Ok(out.flush()?)
}
