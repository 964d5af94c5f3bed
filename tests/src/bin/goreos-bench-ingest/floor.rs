//! PostgreSQL alone: rows encoded before, from a file of its own, into a table and indexes like ours.

use std::time::Instant;

use anyhow::{Result, ensure};
use goreos_tests::ended_children_s;

use crate::server::psql;
use crate::stage::{Stage, Took};
use crate::verify::Loaded;

pub(crate) fn load(stage: &Stage) -> Result<(Took, Loaded)> {
    let ours = stage.release()?.table;
    let columns = |table: &str| {
        stage.server.query(&format!(
            "select string_agg(attname, ', ' order by attnum) from pg_attribute where attrelid = '{table}'::regclass and attnum > 0"
        ))
    };
    let (columns, encoded) = (columns(&ours)?, columns("bench.truth")?);
    ensure!(columns == encoded, "our table has the columns {columns}; the rows of the floor are encoded for {encoded}");
    let indexes = stage.server.query(&format!(
        "select regexp_replace(replace(indexdef, ' ON {ours} ', ' ON bench.floor '), 'INDEX \\S+ ON', 'INDEX ON')
         from pg_indexes where format('%s.%s', schemaname, tablename) = '{ours}' order by indexname"
    ))?;
    ensure!(indexes.lines().count() >= 2, "our table has a key and a GiST: {indexes}");
    let indexes = indexes.trim_end().replace('\n', ";\n") + ";";
    let encoded = stage.encoded.display();
    let script = format!(
        "set maintenance_work_mem = '256MB';
         begin;
         create table bench.floor (like {ours});
         copy bench.floor from '{encoded}' (format binary, freeze);
         commit;
         {indexes}
         analyze bench.floor"
    );
    let (server, own) = (stage.server.cpu_s(), ended_children_s(std::process::id()));
    let start = Instant::now();
    let mut loading = psql(stage.server.url());
    for statement in script.split(';') {
        loading.args(["-c", statement]);
    }
    let ended = loading.status()?;
    let wall_s = start.elapsed().as_secs_f64();
    ensure!(ended.success(), "the floor's statements failed");
    let cpu_s = stage.server.cpu_s() - server + ended_children_s(std::process::id()) - own;
    Ok((Took { wall_s, cpu_s, peak_mb: 0 }, Loaded { table: "bench.floor".into(), geometry: "geom" }))
}
