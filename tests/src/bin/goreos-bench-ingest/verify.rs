//! What was loaded against the truth: every row, every cell, every position, before any time counts.

use std::io::{BufReader, Read};
use std::process::{Child, ChildStdout, Stdio};

use anyhow::{Context, Result, bail, ensure};

use crate::rows::{Rows, differ};
use crate::server::psql;
use crate::stage::Stage;

/// Most that a coordinate may differ, in degrees: 11 µm. Two versions of PROJ differ by less.
const TOLERANCE_DEG: f64 = 1e-10;

/// Where a contender put the rows.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) table: String,
    /// The column of the geometry.
    pub(crate) geometry: &'static str,
}

/// Says what is wrong with a table; nothing when it is right.
pub(crate) fn verify(stage: &Stage, loaded: &Loaded) -> Result<()> {
    let Loaded { table, geometry } = loaded;
    let shape = stage.server.query(&format!(
        "select count(*) filter (where i.indisunique) > 0, count(*) filter (where a.amname = 'gist') > 0,
                (select st_srid({geometry}) = 4326 from {table} limit 1)
         from pg_index i join pg_class c on c.oid = i.indexrelid join pg_am a on a.oid = c.relam
         where i.indrelid = '{table}'::regclass and i.indisvalid"
    ))?;
    ensure!(shape == "t|t|t", "a key, a GiST and EPSG:4326 are asked for, and found: {shape}");
    let cells = "folio::bigint, rol::text, comuna::text, destino::text, avaluo::bigint, superficie::float8";
    let as_read = |table: &str, geometry: &str| {
        let multi = if stage.case.form == goreos_testkit::Form::Csv {
            geometry.to_owned()
        } else {
            format!("st_multi({geometry})")
        };
        format!(
            "copy (select {cells}, st_asbinary({multi}, 'NDR') from {table} order by folio) to stdout (format binary)"
        )
    };
    let mut truth = Stream::start(stage.server.url(), &as_read("bench.truth", "geom"))?;
    let mut found = Stream::start(stage.server.url(), &as_read(table, geometry))?;
    let mut rows = 0;
    loop {
        match (truth.rows.next()?, found.rows.next()?) {
            (None, None) => break,
            (Some(truth), Some(found)) => {
                rows += 1;
                if let Some(column) = differ(truth, found, TOLERANCE_DEG)? {
                    bail!("row {rows} differs from the truth in column {}", column + 1);
                }
            }
            (truth, _) => {
                bail!("{} rows than {rows}", if truth.is_none() { "there are more" } else { "there are no more" })
            }
        }
    }
    ensure!(rows == stage.case.rows, "{rows} rows, and {} were written", stage.case.rows);
    Ok(())
}

/// A query's rows as they come. Dropping it ends psql.
struct Stream {
    psql: Child,
    rows: Rows<BufReader<ChildStdout>>,
}

impl Stream {
    fn start(url: &str, statement: &str) -> Result<Self> {
        let mut psql = psql(url)
            .args(["-c", "set work_mem = '256MB'", "-c", statement])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .context("psql is installed")?;
        let mut out = BufReader::with_capacity(1 << 20, psql.stdout.take().context("its output")?);
        let mut head = [0; 19];
        out.read_exact(&mut head).context("rows of a table")?;
        Ok(Self { psql, rows: Rows::new(out) })
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        let _ = self.psql.kill();
        let _ = self.psql.wait();
    }
}
