//! The tools one would use otherwise, each as its documentation says.

use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use goreos_testkit::Form;
use goreos_tests::{Watch, ended_children_s, repository, told};

use crate::case::Contender;
use crate::stage::{Stage, Took};
use crate::verify::Loaded;

pub(crate) fn load(stage: &Stage, peer: Contender) -> Result<(Took, Loaded)> {
    let (script, geometry) = script(stage.case.form, peer);
    let table = "peers.predios";
    let mut command = Command::new("bash");
    command
        .args(["-euo", "pipefail", "-c", script])
        .env("FILE", &stage.file)
        .env("TABLE", table)
        .env("DATABASE", stage.installation.database_url().replacen("postgres://", "postgresql://", 1))
        .stdin(Stdio::null())
        .stdout(Stdio::null());
    if peer == Contender::Geopandas {
        command
            .env("PYTHON", told("GOREOS_PEERS_PYTHON"))
            .env("SCRIPT", repository().join("tests/peers/ingest_geopandas.py"));
    }
    let (server, own) = (stage.server.cpu_s(), ended_children_s(std::process::id()));
    let start = Instant::now();
    let mut loading = command.spawn().context("bash")?;
    let watch = Watch::over(loading.id());
    let ended = loading.wait()?;
    let wall_s = start.elapsed().as_secs_f64();
    let usage = watch.end();
    ensure!(ended.success(), "{} ended with {ended}", peer.name());
    let cpu_s = stage.server.cpu_s() - server + ended_children_s(std::process::id()) - own;
    Ok((
        Took { wall_s, cpu_s, peak_mb: usage.peak.own_mb.max(usage.peak.child_mb) },
        Loaded { table: table.into(), geometry },
    ))
}

/// What is run, and the column it puts the geometry in.
fn script(form: Form, peer: Contender) -> (&'static str, &'static str) {
    match (peer, form) {
        (Contender::Ogr2ogr, Form::Shapefile) => (
            r#"ogr2ogr -f PostgreSQL "$DATABASE" "$FILE" -nln "$TABLE" -t_srs EPSG:4326 -nlt PROMOTE_TO_MULTI"#,
            "wkb_geometry",
        ),
        (Contender::Ogr2ogr, Form::Csv) => (
            r#"PGCLIENTENCODING=WIN1252 ogr2ogr -f PostgreSQL "$DATABASE" "$FILE" -nln "$TABLE" -a_srs EPSG:4326 \
                -oo AUTODETECT_TYPE=YES -oo X_POSSIBLE_NAMES=lon -oo Y_POSSIBLE_NAMES=lat"#,
            "wkb_geometry",
        ),
        (Contender::Ogr2ogrFast, Form::Shapefile) => (
            r#"ogr2ogr -f PostgreSQL "$DATABASE" "$FILE" -nln "$TABLE" -t_srs EPSG:4326 -nlt PROMOTE_TO_MULTI --config PG_USE_COPY YES \
                -gt unlimited -lco SPATIAL_INDEX=NONE -lco PRECISION=NO -lco GEOMETRY_NAME=geom -lco FID=id
               psql -qX -v ON_ERROR_STOP=1 "$DATABASE" -c "create index on $TABLE using gist (geom)""#,
            "geom",
        ),
        (Contender::Ogr2ogrFast, Form::Csv) => (
            r#"PGCLIENTENCODING=WIN1252 ogr2ogr -f PostgreSQL "$DATABASE" "$FILE" -nln "$TABLE" -a_srs EPSG:4326 --config PG_USE_COPY YES \
                -oo AUTODETECT_TYPE=YES -oo X_POSSIBLE_NAMES=lon -oo Y_POSSIBLE_NAMES=lat -oo KEEP_GEOM_COLUMNS=NO \
                -gt unlimited -lco SPATIAL_INDEX=NONE -lco PRECISION=NO -lco GEOMETRY_NAME=geom -lco FID=id
               psql -qX -v ON_ERROR_STOP=1 "$DATABASE" -c "create index on $TABLE using gist (geom)""#,
            "geom",
        ),
        (Contender::Geopandas, _) => (r#""$PYTHON" "$SCRIPT" "$FILE" "$DATABASE" "$TABLE""#, "geom"),
        _ => (
            r#"shp2pgsql -D -I -s 32718:4326 -W LATIN1 -g geom "$FILE" "$TABLE" 2>/dev/null | psql -qX -v ON_ERROR_STOP=1 "$DATABASE""#,
            "geom",
        ),
    }
}
