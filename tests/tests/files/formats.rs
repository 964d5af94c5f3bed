//! One spreadsheet, sent in fourteen ways: each gives the same release, to the unit, and refuses the same rows for the same reasons.

use std::collections::{BTreeMap, BTreeSet};

use goreos_testkit::{Regional, SUMS, regional};
use goreos_tests::Installation;
use serde_json::Value;

use crate::ways::{AREAS, POINTS, Way, layers, tables};

/// Rows of the spreadsheet: enough for every quirk and every flaw.
const ROWS: usize = 150;

/// Registers the ways as datasets, loads each, and compares with the truth.
async fn all_alike(truth: &Regional, ways: Vec<Way>, place: &str) -> Installation {
    let mut installation = Installation::new().await;
    for way in &ways {
        let source = format!("path = \"archivo\"\n{}", way.source);
        installation = installation.with_dataset(way.id, &Regional::contract(way.id, &source, place));
        installation.write(way.id, "archivo", &way.bytes);
    }
    installation.register().await;
    let _worker = installation.worker();
    let _scheduler = installation.scheduler();
    for way in &ways {
        let run = installation.ingest(&[way.id]).await;
        assert_eq!(run.state, "published", "{}: {:?}", way.id, run.fault);
        same_rows(&installation, truth, way.id);
        same_sums(&installation, truth, way.id);
        same_rejects(&installation, truth, way);
        let findings: Value = installation
            .rows(&format!("select report->'findings' as findings from runs where id = {}", run.id))[0]["findings"]
            .take();
        for (note, value) in way.found {
            let found = findings[note].as_str().unwrap_or_default().to_lowercase();
            assert_eq!(found, value.to_lowercase(), "{}: {findings}", way.id);
        }
    }
    installation
}

fn same_rows(installation: &Installation, truth: &Regional, id: &str) {
    let rows = installation.rows(&format!(
        "select codigo, territory_cuts as cuts, fecha::text as day from layers.{id} order by source_row"
    ));
    let kept = truth.kept();
    for (row, (code, cuts, day)) in rows.iter().zip(&kept) {
        assert_eq!(row["codigo"], code.as_str(), "{id}");
        let found: BTreeSet<&str> = row["cuts"].as_array().expect("codes").iter().filter_map(Value::as_str).collect();
        assert_eq!(found, cuts.iter().copied().collect(), "{id}: {code}");
        assert_eq!(row["day"].as_str(), day.as_deref(), "{id}: {code}");
    }
    assert_eq!(rows.len(), kept.len(), "{id}");
}

fn same_sums(installation: &Installation, truth: &Regional, id: &str) {
    let mut found: BTreeMap<(&str, i64, String), i64> = BTreeMap::new();
    for column in SUMS {
        let sums = installation.rows(&format!(
            "select anio, territory_level as level, sum({column})::bigint as pesos from layers.{id} where {column} is not null group by 1, 2"
        ));
        for sum in sums {
            let level = sum["level"].as_str().expect("a level").to_owned();
            let [year, pesos] = ["anio", "pesos"].map(|name| sum[name].as_i64().expect("a number"));
            found.insert((column, year, level), pesos);
        }
    }
    let expected: BTreeMap<(&str, i64, String), i64> = truth
        .pesos()
        .into_iter()
        .map(|((column, year, level), pesos)| ((column, year, level.to_owned()), pesos))
        .collect();
    assert_eq!(found, expected, "{id}");
}

fn same_rejects(installation: &Installation, truth: &Regional, way: &Way) {
    let rejects = installation.rows(&format!(
        "select source_row, reasons from rejects j join runs r on r.id = j.run_id and r.fence = j.fence
         where r.dataset_id = '{}' order by source_row",
        way.id
    ));
    let found: Vec<(i64, BTreeSet<(String, String)>)> = rejects
        .iter()
        .map(|reject| {
            let reasons = reject["reasons"].as_array().expect("reasons").iter();
            let text = |reason: &Value, name: &str| reason[name].as_str().expect("text").to_owned();
            let reasons = reasons.map(|reason| (text(reason, "column"), text(reason, "code"))).collect();
            (reject["source_row"].as_i64().expect("a row"), reasons)
        })
        .collect();
    let expected: Vec<(i64, BTreeSet<(String, String)>)> = truth
        .refused()
        .into_iter()
        .map(|row| {
            let number = way.first + i64::try_from(row.index).expect("few rows");
            let reasons = row.reasons.into_iter().map(|(column, code)| (column.to_owned(), code.to_owned())).collect();
            (number, reasons)
        })
        .collect();
    assert_eq!(found, expected, "{}", way.id);
}

#[tokio::test]
async fn a_spreadsheet_gives_the_same_release_in_every_encoding_and_as_a_workbook() {
    let truth = regional(16, ROWS);
    all_alike(&truth, tables(&truth.sheet()), "").await;
}

#[tokio::test]
async fn points_give_the_same_release_in_every_format() {
    let truth = regional(17, ROWS);
    let installation = all_alike(&truth, layers(&truth.layer(false)), POINTS).await;
    let shapes = |id: &str| {
        installation.query(&format!(
            "select md5(string_agg(codigo || st_astext(a.geom, 6), ' ' order by codigo))
             from layers.{id} a join layers.geojson b using (codigo) where b.geom is not null"
        ))
    };
    let first = shapes("geojson");
    for id in ["shapefile", "geopackage", "flatgeobuf", "kml", "geoparquet"] {
        assert_eq!(shapes(id), first, "{id}");
    }
    assert_eq!(
        installation.number("select count(*) from layers.geojson where geom is not null"),
        i64::try_from(truth.located().len()).expect("few rows")
    );
}

#[tokio::test]
async fn areas_give_the_same_release_in_every_format() {
    let truth = regional(18, ROWS);
    let installation = all_alike(&truth, layers(&truth.layer(true)), AREAS).await;
    for id in ["shapefile", "geopackage", "geojson", "flatgeobuf", "kml", "geoparquet"] {
        let differing = format!(
            "select count(*) from layers.{id} a join layers.geojson b using (codigo)
             where a.geom is null and b.geom is not null or st_area(st_symdifference(a.geom, b.geom)) > 1e-9"
        );
        assert_eq!(installation.number(&differing), 0, "{id}");
        assert_eq!(
            installation
                .number(&format!("select count(*) from layers.{id} where geom is not null and not st_isvalid(geom)")),
            0
        );
    }
}
