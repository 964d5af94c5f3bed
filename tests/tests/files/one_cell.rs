//! One bad cell anywhere never costs another row.

use goreos_testkit::{Geometry, Regional, regional_clean};
use serde_json::Value;

use crate::desk::{Desk, causes};
use crate::ways::{AREAS, POINTS, Way, layers, tables};

/// Rows of a file.
const ROWS: usize = 60;
/// A cell of each column that cannot be, and what it is refused for.
const BAD: [(&str, &str, &str); 6] = [
    ("codigo", "", "value.missing"),
    ("anio", "dos mil", "value.not_integer"),
    ("comuna", "COMUNA INEXISTENTE", "place.unknown"),
    ("monto_total", "por definir", "value.not_money"),
    ("monto_fndr", "1.2.3", "value.not_money"),
    ("fecha", "31-02-2024", "value.not_date"),
];

/// Checks a way of sending the file; only that row may be refused, for that reason.
fn only_that_row(desk: &Desk, way: &Way, place: &str, index: usize, (column, code): (&str, &str)) {
    let contract = Regional::contract(way.id, &format!("path = \"archivo\"\n{}", way.source), place);
    let report = desk.check_bytes(&contract, &way.bytes);
    let row = way.first + i64::try_from(index).expect("few rows");
    assert_eq!(causes(&report), [(code.to_owned(), column.to_owned(), row)], "{}, {column}: {report}", way.id);
    let counts = ["rows_read", "rows_good", "rows_rejected"].map(|name| report[name].as_u64());
    let rows = ROWS as u64;
    assert_eq!(counts, [Some(rows), Some(rows - 1), Some(1)], "{}, {column}", way.id);
}

#[test]
fn a_bad_cell_of_a_table_costs_its_row_and_no_other() {
    let desk = Desk::new();
    for (turn, (column, text, code)) in BAD.into_iter().enumerate() {
        // The first row, the last one, and some between.
        let index = turn * (ROWS - 1) / (BAD.len() - 1);
        let mut rows = regional_clean(3, ROWS);
        rows.write(index, column, text);
        for way in tables(&rows.sheet()) {
            only_that_row(&desk, &way, "", index, (column, code));
        }
    }
}

#[test]
fn a_bad_cell_of_a_layer_costs_its_row_and_no_other() {
    let desk = Desk::new();
    for (turn, (column, text, code)) in BAD.into_iter().enumerate() {
        let index = turn * (ROWS - 1) / (BAD.len() - 1);
        let mut rows = regional_clean(4, ROWS);
        rows.write(index, column, text);
        for way in layers(&rows.layer(false)) {
            only_that_row(&desk, &way, POINTS, index, (column, code));
        }
    }
}

#[test]
fn a_bad_geometry_costs_its_row_and_no_other() {
    let desk = Desk::new();
    let index = 30;
    // A bow tie: its sides cross.
    let tie = |[x, y]: [f64; 2]| {
        let at = |east: f64, north: f64| [x + east, y + north];
        Geometry::Area(vec![at(0.0, 0.0), at(0.004, 0.004), at(0.004, 0.0), at(0.0, 0.004), at(0.0, 0.0)])
    };
    let mut layer = regional_clean(5, ROWS).layer(true);
    layer.features[index].geometry = Some(tie([-72.1, -36.6]));
    for way in layers(&layer) {
        only_that_row(&desk, &way, AREAS, index, ("", "geometry.invalid"));
    }
    // Nowhere at all; GeoJSON cannot write it.
    let nowhere = Geometry::Point([f64::INFINITY, f64::NEG_INFINITY]);
    let mut layer = regional_clean(6, ROWS).layer(false);
    layer.features[index].geometry = Some(nowhere);
    let binary = |way: &Way| ["shapefile", "geoparquet"].contains(&way.id);
    let json = regional_clean(6, ROWS).layer(false);
    for way in layers(&json).into_iter().filter(binary) {
        let bytes = match way.id {
            "shapefile" => layer.shapefile("CARTERA", Some(crate::ways::WGS84)),
            _ => layer.geoparquet(),
        };
        only_that_row(&desk, &Way { bytes, ..way }, POINTS, index, ("", "geometry.not_finite"));
    }
}

#[test]
fn a_row_with_a_cell_too_many_or_too_few_costs_itself_alone() {
    let desk = Desk::new();
    let contract = "id = \"obras\"\ntitle = \"Obras\"\ntheme = \"t\"\nowner = \"o\"\nlicence = \"l\"\n\n[source]\npath = \"a\"\nformat = \"csv\"\n\n\
                    [[column]]\nname = \"codigo\"\ntype = \"text\"\n\n[[column]]\nname = \"monto\"\ntype = \"int\"\nsum = true\n";
    let report = desk.check_bytes(contract, "codigo;monto\nA;1\nB;2;3\nC\nD;4\n\"E;5\nF\";6\n");
    assert_eq!(causes(&report), [("row.cells".to_owned(), String::new(), 3)], "{report}");
    assert_eq!(report["causes"][0]["rows"], 2, "{report}");
    assert_eq!(report["sums"]["monto"], Value::from("11"), "the quoted cell with a line end is one cell: {report}");
}
