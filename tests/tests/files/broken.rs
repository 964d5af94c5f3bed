//! Every way to be wrong that the data team has met, each with its stable code. `tests/README.md` lists them.

use std::fmt::Write;

use goreos_testkit::{Cell, Encoding, Geometry, Layer, Regional, Sheet, archive, regional_clean};
use serde_json::Value;

use crate::desk::{Desk, causes};
use crate::ways::{AREAS, POINTS, WGS84};

/// A contract of a small table.
fn table(format: &str) -> String {
    format!(
        "id = \"obras\"\ntitle = \"Obras\"\ntheme = \"t\"\nowner = \"o\"\nlicence = \"l\"\n\n[source]\npath = \"a\"\n{format}\n\n\
         [[column]]\nname = \"codigo\"\ntype = \"text\"\n\n[[column]]\nname = \"monto\"\ntype = \"int\"\nsum = true\n"
    )
}

fn layer_contract(format: &str) -> String {
    Regional::contract("capa", &format!("path = \"a\"\nformat = \"{format}\""), AREAS)
}

/// A shapefile of areas, by parts.
struct Parts(Vec<(String, Vec<u8>)>);

impl Parts {
    fn new() -> Self {
        Self(regional_clean(21, 40).layer(true).shapefile_parts("capa", Some(WGS84)))
    }

    fn part(&mut self, extension: &str) -> &mut Vec<u8> {
        let part = self.0.iter_mut().find(|(name, _)| name.ends_with(extension));
        &mut part.expect("that part").1
    }

    fn without(mut self, extension: &str) -> Vec<u8> {
        self.0.retain(|(name, _)| !name.ends_with(extension));
        archive(&self.0)
    }

    fn with(mut self, extension: &str, change: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
        change(self.part(extension));
        archive(&self.0)
    }
}

/// The file as a whole is refused, for that reason, in words that say what to do.
fn refused(desk: &Desk, name: &str, contract: &str, bytes: &[u8], code: &str) {
    let report = desk.check_bytes(contract, bytes);
    assert_eq!(report["error"]["code"], code, "{name}: {report}");
    for said in ["what", "remedy"] {
        assert!(
            report["error"][said].as_str().is_some_and(|text| text.ends_with(['.', '?', ')', '»'])),
            "{name}: {report}"
        );
    }
}

#[test]
fn a_shapefile_whose_parts_are_broken_is_refused_whole() {
    let desk = Desk::new();
    let contract = layer_contract("shapefile");
    let half = |bytes: &mut Vec<u8>| bytes.truncate(bytes.len() / 2);
    let records = |count: u32| move |dbf: &mut Vec<u8>| dbf[4..8].copy_from_slice(&count.to_le_bytes());
    let declared = |words: i32| move |shp: &mut Vec<u8>| shp[24..28].copy_from_slice(&words.to_be_bytes());
    let index = |shx: &mut Vec<u8>| shx[100 + 8 * 3..100 + 8 * 3 + 4].copy_from_slice(&7_i32.to_be_bytes());
    for (name, bytes, code) in [
        ("shp cortado", Parts::new().with(".shp", half), "shapefile.truncated"),
        ("dbf cortado", Parts::new().with(".dbf", half), "shapefile.truncated"),
        ("sin shx", Parts::new().without(".shx"), "shapefile.incomplete"),
        ("sin dbf", Parts::new().without(".dbf"), "shapefile.incomplete"),
        ("sin shp", Parts::new().without(".shp"), "shapefile.missing"),
        ("shx equivocado", Parts::new().with(".shx", index), "shapefile.damaged"),
        ("dbf con más registros", Parts::new().with(".dbf", records(41)), "shapefile.truncated"),
        ("dbf con menos registros", Parts::new().with(".dbf", records(39)), "shapefile.truncated"),
        ("shp que dice medir 2 GB", Parts::new().with(".shp", declared(1 << 30)), "shapefile.truncated"),
        (
            "dbf que dice tener dos mil millones de filas",
            Parts::new().with(".dbf", records(2_000_000_000)),
            "shapefile.truncated",
        ),
        (
            "zip cortado",
            {
                let mut whole = archive(&Parts::new().0);
                half(&mut whole);
                whole
            },
            "file.damaged_zip",
        ),
        ("un zip dentro de otro", archive(&[("capa.zip", archive(&Parts::new().0))]), "file.nested_zip"),
        ("un csv llamado shp", b"codigo;monto\nA;1\n".to_vec(), "file.not_a_zip"),
    ] {
        refused(&desk, name, &contract, &bytes, code);
    }
}

#[test]
fn two_layers_in_a_zip_are_a_question_that_the_contract_answers() {
    let desk = Desk::new();
    let mut parts = Parts::new().0;
    parts.extend(regional_clean(22, 30).layer(true).shapefile_parts("otra", Some(WGS84)));
    let both = archive(&parts);
    refused(&desk, "dos capas", &layer_contract("shapefile"), &both, "shapefile.several");
    let said = desk.check_bytes(&layer_contract("shapefile"), &both)["error"].to_string();
    assert!(["capa", "otra"].iter().all(|layer| said.contains(layer)), "names both: {said}");
    let chosen = Regional::contract("capa", "path = \"a\"\nformat = \"shapefile\"\nlayer = \"otra\"", AREAS);
    assert_eq!(desk.check_bytes(&chosen, &both)["rows_read"], 30);
}

#[test]
fn a_file_without_rows_or_columns_is_refused() {
    let desk = Desk::new();
    let empty = Layer { features: Vec::new(), ..regional_clean(23, 1).layer(true) };
    let bare = Layer { fields: vec!["OTRA".into()], ..regional_clean(23, 1).layer(true) };
    let header = Sheet::of_texts([&["codigo", "monto"][..]]);
    for (name, contract, bytes, code) in [
        ("csv vacío", table("format = \"csv\""), Vec::new(), "file.empty"),
        ("csv de encabezado", table("format = \"csv\""), b"codigo;monto\n".to_vec(), "file.no_rows"),
        ("csv en blanco", table("format = \"csv\""), b"\n\n \n".to_vec(), "file.no_header"),
        ("csv sin columnas del contrato", table("format = \"csv\""), b"a;b\n1;2\n".to_vec(), "columns.missing"),
        ("xlsx de encabezado", table("format = \"xlsx\"\nsheet = \"H\""), header.xlsx("H"), "file.no_rows"),
        ("xlsx sin filas", table("format = \"xlsx\"\nsheet = \"H\""), Sheet::default().xlsx("H"), "file.no_rows"),
        ("ods de encabezado", table("format = \"ods\"\nsheet = \"H\""), header.ods("H"), "file.no_rows"),
        ("shapefile sin filas", layer_contract("shapefile"), empty.shapefile("capa", Some(WGS84)), "file.no_rows"),
        ("shapefile sin columnas", layer_contract("shapefile"), bare.shapefile("capa", Some(WGS84)), "columns.missing"),
        ("geojson sin filas", layer_contract("geojson"), empty.geojson().into_bytes(), "file.no_rows"),
        ("geoparquet sin filas", layer_contract("geoparquet"), empty.geoparquet(), "file.no_rows"),
    ] {
        refused(&desk, name, &contract, &bytes, code);
    }
}

#[test]
fn bytes_that_are_not_the_format_are_refused_whatever_the_name() {
    let desk = Desk::new();
    let sheet = Sheet::of_texts([&["codigo", "monto"][..], &["A", "1"]]);
    for (name, format, bytes, code) in [
        ("texto con NUL", "csv", b"codigo;monto\nA;\0\n".to_vec(), "file.not_csv"),
        ("xlsx llamado csv", "csv", sheet.xlsx("H"), "file.not_csv"),
        ("csv llamado xlsx", "xlsx", b"codigo;monto\nA;1\n".to_vec(), "file.not_xlsx"),
        ("ods llamado xlsx", "xlsx", sheet.ods("H"), "file.not_xlsx"),
        ("xlsx llamado ods", "ods", sheet.xlsx("H"), "file.not_ods"),
        ("xlsx con contraseña", "xlsx", encrypted(), "file.encrypted"),
    ] {
        refused(&desk, name, &table(&format!("format = \"{format}\"")), &bytes, code);
    }
    for (name, format, code) in [
        ("csv llamado gpkg", "geopackage", "file.not_geopackage"),
        ("csv llamado geojson", "geojson", "file.not_geojson"),
        ("csv llamado fgb", "flatgeobuf", "file.not_flatgeobuf"),
        ("csv llamado kml", "kml", "file.not_kml"),
        ("csv llamado parquet", "geoparquet", "file.not_geoparquet"),
    ] {
        refused(&desk, name, &layer_contract(format), b"codigo;monto\nA;1\n", code);
    }
}

/// Rows `A1;1` to `An;n` under their header.
fn numbered(rows: u32) -> String {
    (1..=rows).fold("codigo;monto\n".to_owned(), |mut text, row| {
        writeln!(text, "A{row};{row}").expect("a String takes all");
        text
    })
}

#[test]
fn a_quote_that_nothing_closes_costs_its_row_alone() {
    let desk = Desk::new();
    for after in ["", "C;8\n", "C;8\nD;9\n"] {
        let report = desk.check_bytes(&table("format = \"csv\""), format!("{}\"B;7\n{after}", numbered(5_000)));
        assert_eq!(causes(&report), [("row.quotes".to_owned(), String::new(), 5_002)], "{report}");
        assert_eq!(report["rows_read"], 5_001 + after.lines().count(), "{report}");
    }
    refused(&desk, "encabezado abierto", &table("format = \"csv\""), b"\"codigo;monto\nA;1\n", "file.open_quote");
}

#[test]
fn a_nul_byte_costs_its_row_alone() {
    let desk = Desk::new();
    let text = numbered(300).replace("A200;", "A\u{0}200;");
    let report = desk.check_bytes(&table("format = \"csv\""), text);
    assert_eq!(causes(&report), [("row.nul".to_owned(), String::new(), 201)], "{report}");
    assert_eq!((&report["rows_read"], &report["rows_rejected"]), (&300.into(), &1.into()), "{report}");
}

#[test]
fn line_ends_may_be_mixed_and_a_mark_may_stand_in_the_middle() {
    let desk = Desk::new();
    let contract = table("format = \"csv\"");
    let good = |name: &str, bytes: &[u8], sum: &str| {
        let report = desk.check_bytes(&contract, bytes);
        assert_eq!(
            (&report["rows_rejected"], &report["sums"]["monto"]),
            (&Value::from(0), &Value::from(sum)),
            "{name}: {report}"
        );
    };
    good("líneas mezcladas", b"codigo;monto\r\nA;1\nB;2\r\nC;3\n", "6");
    good("líneas de Mac", b"codigo;monto\rA;1\rB;2\r", "3");
    good("sin fin de línea", b"codigo;monto\nA;1\nB;2", "3");
    good("líneas en blanco", b"codigo;monto\n\nA;1\n;\n\nB;2\n\n", "3");
    // Two files joined: the second one's mark of UTF-8 stands before its first cell.
    good("BOM en medio", "\u{feff}codigo;monto\nÑ;1\n\u{feff}B;2\n".as_bytes(), "3");
    let report = desk.check_bytes(&contract, "codigo;monto\nA;1\nB;\u{feff}2\n".as_bytes());
    assert_eq!(report["sums"]["monto"], "3", "{report}");
}

#[test]
fn a_hundred_thousand_columns_are_refused_at_once() {
    let desk = Desk::new();
    let mut text = String::new();
    for line in ["c", "1"] {
        for column in 0..100_000 {
            write!(text, "{line}{column};").expect("a String takes all");
        }
        text.push('\n');
    }
    refused(&desk, "cien mil columnas", &table("format = \"csv\""), text.as_bytes(), "file.too_many_columns");
}

#[test]
fn a_column_that_changes_after_a_thousand_rows_costs_those_rows() {
    let desk = Desk::new();
    let mut rows = vec![vec![Cell::text("codigo"), Cell::text("monto")]];
    for row in 1..=1_200_u32 {
        let amount = if row > 1_000 && row % 2 == 0 { "s/i".to_owned() } else { row.to_string() };
        rows.push(vec![Cell::text(format!("A{row}")), Cell::text(amount)]);
    }
    let sheet = Sheet { rows, merged: Vec::new() };
    for (format, bytes) in [
        ("format = \"csv\"", sheet.csv(';', Encoding::Utf8)),
        ("format = \"xlsx\"\nsheet = \"H\"", sheet.xlsx("H")),
        ("format = \"ods\"\nsheet = \"H\"", sheet.ods("H")),
    ] {
        let report = desk.check_bytes(&table(format), bytes);
        assert_eq!(causes(&report), [("value.not_integer".to_owned(), "monto".to_owned(), 1_003)], "{report}");
        assert_eq!((&report["rows_read"], &report["rows_rejected"]), (&1_200.into(), &100.into()), "{report}");
    }
}

#[test]
fn positions_that_cannot_be_cost_their_row() {
    let desk = Desk::new();
    // Rows of a province lie nowhere; they are left out here.
    let mut base = regional_clean(24, 40).layer(false);
    base.features.retain(|feature| feature.geometry.is_some());
    let strict = POINTS.replace(", missing = \"keep\"", "");
    // A row may lack a geometry or not: one that is damaged costs its row all the same.
    for policy in [strict.as_str(), POINTS] {
        let contract =
            |format: &str| Regional::contract("capa", &format!("path = \"a\"\nformat = \"{format}\""), policy);
        for (at, code) in [
            ([f64::NAN, -36.0], "geometry.not_finite"),
            ([f64::INFINITY, -36.0], "geometry.not_finite"),
            // Latitude first.
            ([-36.6, -72.1], "geometry.outside_chile"),
        ] {
            let mut layer = base.clone();
            layer.features[7].geometry = Some(Geometry::Point(at));
            let report = desk.check_bytes(&contract("geoparquet"), layer.geoparquet());
            assert_eq!(causes(&report), [(code.to_owned(), String::new(), 8)], "{at:?}: {report}");
            let report = desk.check_bytes(&contract("shapefile"), layer.shapefile("capa", Some(WGS84)));
            assert_eq!(causes(&report), [(code.to_owned(), String::new(), 8)], "{at:?}: {report}");
        }
    }
}

#[test]
fn a_formula_counts_with_the_result_it_was_saved_with() {
    let desk = Desk::new();
    let formula = |value| Cell::kept("", goreos_testkit::Native::Formula("=1+1", value));
    let sheet = Sheet {
        rows: vec![
            vec![Cell::text("codigo"), Cell::text("monto")],
            vec![Cell::text("A"), formula(40.0)],
            vec![Cell::text("B"), formula(2.0)],
            vec![Cell::text("C"), Cell::kept("#REF!", goreos_testkit::Native::Error)],
        ],
        merged: Vec::new(),
    };
    for (format, bytes) in [("xlsx", sheet.xlsx("H")), ("ods", sheet.ods("H"))] {
        let report = desk.check_bytes(&table(&format!("format = \"{format}\"\nsheet = \"H\"")), &bytes);
        assert_eq!(report["sums"]["monto"], "42", "{report}");
        assert_eq!(causes(&report), [("value.error_cell".to_owned(), "monto".to_owned(), 4)], "{report}");
        let lenient = table(&format!("format = \"{format}\"\nsheet = \"H\"\nerrors = \"null\""));
        let report = desk.check_bytes(&lenient, &bytes);
        assert_eq!((&report["rows_rejected"], &report["sums"]["monto"]), (&0.into(), &"42".into()), "{report}");
    }
}

#[test]
fn two_sheets_with_data_are_a_question_that_the_contract_answers() {
    let desk = Desk::new();
    let sheet = Sheet::of_texts([&["codigo", "monto"][..], &["A", "1"]]);
    for (format, bytes) in [("xlsx", sheet.xlsx("OBRAS")), ("ods", sheet.ods("OBRAS"))] {
        let contract = table(&format!("format = \"{format}\""));
        refused(&desk, "dos hojas", &contract, &bytes, "sheet.several");
        let said = desk.check_bytes(&contract, &bytes)["error"].to_string();
        assert!(["NOTAS", "OBRAS"].iter().all(|name| said.contains(name)), "names both: {said}");
        let absent = table(&format!("format = \"{format}\"\nsheet = \"OBRA\""));
        refused(&desk, "hoja ausente", &absent, &bytes, "sheet.unknown");
    }
}

/// What Excel writes when a workbook has a password: a compound file with the package inside, encrypted.
fn encrypted() -> Vec<u8> {
    const FREE: u32 = 0xffff_ffff;
    const END: u32 = 0xffff_fffe;
    let mut file = vec![0; 512 * 12];
    let mut put = |at: usize, bytes: &[u8]| file[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1");
    // Version 3, little-endian, sectors of 512 bytes and of 64.
    put(24, &[0x3e, 0, 3, 0, 0xfe, 0xff, 9, 0, 6, 0]);
    // One sector of the table of sectors: the first. The directory is in the second.
    put(44, &1_u32.to_le_bytes());
    put(48, &1_u32.to_le_bytes());
    put(56, &4096_u32.to_le_bytes());
    put(60, &END.to_le_bytes());
    put(68, &END.to_le_bytes());
    put(76, &0_u32.to_le_bytes());
    for place in 1..109 {
        put(76 + 4 * place, &FREE.to_le_bytes());
    }
    let chain: Vec<u32> = [0xffff_fffd, END].into_iter().chain(3..10).chain([END]).collect();
    for place in 0..128 {
        put(512 + 4 * place, &chain.get(place).copied().unwrap_or(FREE).to_le_bytes());
    }
    for (place, (name, kind, child, start, size)) in
        [("Root Entry", 5_u8, 1_u32, END, 0_u32), ("EncryptedPackage", 2, FREE, 2, 4096)].into_iter().enumerate()
    {
        let at = 1024 + 128 * place;
        let letters: Vec<u8> = name.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect();
        put(at, &letters);
        put(at + 64, &u16::try_from(letters.len()).expect("a short name").to_le_bytes());
        put(at + 66, &[kind, 1]);
        for (offset, value) in [(68, FREE), (72, FREE), (76, child), (116, start), (120, size)] {
            put(at + offset, &value.to_le_bytes());
        }
    }
    file
}
