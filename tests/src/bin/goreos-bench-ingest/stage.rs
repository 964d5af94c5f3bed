//! Everything a case needs: its files, a platform and a database of its own, the truth.

use std::fs::remove_file;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, Result, ensure};
use goreos_testkit::Form;
use goreos_tests::{Installation, told};
use tempfile::TempDir;

use crate::case::{Case, Contender};
use crate::server::{Server, psql};
use crate::verify::{self, Loaded};
use crate::{floor, ours, peers};

/// The dataset.
pub(crate) const DATASET: &str = "predios";

/// What a contender took.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Took {
    pub(crate) wall_s: f64,
    /// Of all processes, those of the database too.
    pub(crate) cpu_s: f64,
    /// 0: none of its own.
    pub(crate) peak_mb: u64,
}

pub(crate) struct Stage {
    pub(crate) case: Case,
    pub(crate) server: Server,
    /// The file a peer opens.
    pub(crate) file: PathBuf,
    /// The rows as the floor takes them, a file of the server.
    pub(crate) encoded: PathBuf,
    // Dropped in this order: the platform's processes end before its database.
    pub(crate) installation: Installation,
    _folder: TempDir,
}

impl Stage {
    pub(crate) async fn set(case: Case, folder: &Path) -> Result<Self> {
        let folder = TempDir::with_prefix_in("bench-ingest-", folder).context("a folder for the files")?;
        let cadastre = case.cadastre();
        let file = cadastre.write(folder.path()).context("write the files")?;
        let installation = Installation::new().await.with_dataset(DATASET, &cadastre.contract(DATASET));
        let source = installation.dataset(DATASET).join(cadastre.source());
        let own = folder.path().join(cadastre.source());
        std::fs::hard_link(&own, &source)
            .or_else(|_| std::fs::copy(&own, &source).map(|_| ()))
            .context("the source file")?;
        installation.register().await;
        let server = Server::open(&told("GOREOS_BENCH_ADMIN_URL"), installation.database_url())?;
        let data = server.query("show data_directory")?;
        let home = Path::new(&data).parent().context("the cluster's folder")?;
        let encoded = home.join(format!("bench-{}.copy", std::process::id()));
        let stage = Self { case, server, file, encoded, installation, _folder: folder };
        stage.truth().context("the truth")?;
        Ok(stage)
    }

    /// The rows of the generator, not by way of a file, transformed by PostGIS: table `bench.truth`, and encoded for the floor.
    fn truth(&self) -> Result<()> {
        let cadastre = self.case.cadastre();
        let (kind, as_loaded) = match self.case.form {
            Form::Shapefile => ("multipolygon", "st_transform(geom, 4326)"),
            Form::Csv => ("point", "st_x(geom), st_y(geom), geom"),
        };
        let place = if self.case.form == Form::Csv { "lon float8, lat float8, " } else { "" };
        let columns = "folio bigint not null, rol text, comuna text, destino text, avaluo bigint, superficie float8";
        self.server.query(&format!(
            "create schema bench; create schema peers authorization goreos;
             create unlogged table bench.written ({columns}, geom geometry({kind}, {}));
             create unlogged table bench.truth (source_row bigint, {columns}, {place}geom geometry({kind}, 4326))",
            cadastre.srid()
        ))?;
        let mut copying = psql(self.server.url())
            .args(["-c", "copy bench.written from stdin (format binary)"])
            .stdin(Stdio::piped())
            .spawn()
            .context("psql is installed")?;
        let input = copying.stdin.take().context("its input")?;
        cadastre.write_copy(&mut std::io::BufWriter::with_capacity(1 << 20, input))?;
        ensure!(copying.wait()?.success(), "the rows are copied");
        // Rows of a table are counted as a spreadsheet does, with the header as the first.
        let first = i32::from(self.case.form == Form::Csv);
        let encoded = self.encoded.display();
        self.server.query(&format!(
            "copy (select folio + {first}, folio, rol, comuna, destino, avaluo, superficie, {as_loaded} from bench.written)
               to '{encoded}' (format binary);
             drop table bench.written;
             copy bench.truth from '{encoded}' (format binary);
             create unique index on bench.truth (folio);
             analyze bench.truth"
        ))?;
        Ok(())
    }

    /// One turn: the disk is quiet, the contender loads, what it loaded is checked, and dropped unless it is ours.
    pub(crate) async fn run(&self, contender: Contender) -> Result<Took> {
        self.server.query("checkpoint")?;
        let (took, loaded) = match contender {
            Contender::Goreos => ours::load(self).await?,
            Contender::Floor => floor::load(self)?,
            peer => peers::load(self, peer)?,
        };
        verify::verify(self, &loaded)?;
        if contender != Contender::Goreos {
            self.server.query(&format!("drop table {}", loaded.table))?;
        }
        Ok(took)
    }

    /// Our newest release.
    pub(crate) fn release(&self) -> Result<Loaded> {
        let table = self.server.query("select table_name from releases order by id desc limit 1")?;
        ensure!(!table.is_empty(), "there is no release: goreos must be among the contenders");
        Ok(Loaded { table: format!("releases.{table}"), geometry: "geom" })
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        let _ = remove_file(&self.encoded);
    }
}
