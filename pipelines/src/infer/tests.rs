//! Drafts take the files they were made from.

use std::path::Path;

use goreos_domain::DatasetId;

use super::{Draft, Part, draft, look};
use crate::trial::{Trial, trial};

/// The draft for these bytes, and what it makes of them.
fn inferred(bytes: &[u8]) -> (Draft, Trial) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("source");
    std::fs::write(&file, bytes).expect("written");
    inferred_file(&file)
}

fn inferred_file(file: &Path) -> (Draft, Trial) {
    let scratch = tempfile::tempdir().expect("a folder");
    let profile = look(file, scratch.path(), &Part::default(), true, &mut |_| Ok(())).expect("a profile");
    let draft = draft(profile, "archivo.csv", &DatasetId::parse("borrador").expect("an id")).expect("a draft");
    let trial = trial(&draft.toml, file).unwrap_or_else(|fault| panic!("{fault}\n{}", draft.toml));
    (draft, trial)
}

/// Name and type of each column, in order.
fn types(draft: &Draft) -> Vec<String> {
    let unit = |unit: Option<goreos_domain::MoneyUnit>| unit.map(|unit| format!(" {unit:?}")).unwrap_or_default();
    draft
        .contract
        .columns
        .iter()
        .map(|column| format!("{} {:?}{}", column.name, column.kind, unit(column.unit)))
        .collect()
}

const SHEET: &str = "\
;PLANILLA DE INVERSIONES;;;;;;;;\n\
 ;CÓDIGO ÚNICO;AÑO PRESUPUESTARIO;COMUNA;MONTO FNDR M$;ENE;ENE;FECHA FIRMA;RUT;OBS\n\
;40-1;2023;CHILLÁN;$817,390;$1,000;;16.09.2025;76.123.456-0;\n\
;40-2;2024;QUIRIHUE, TREHUACO;$24,064;-$5,000;;4.11.25;12.345.678-5;\n\
;40-3;2024;REGIONAL;$2,800,000;#REF!;;N/A;12.345.678-5;\n\
;40-4;2024;PUNILLA;$1.5;;;29-10-2025;76.123.456-0;\n";

#[test]
fn a_regional_sheet_gets_a_contract_that_takes_all_of_it() {
    let (draft, trial) = inferred(SHEET.as_bytes());
    assert_eq!(
        types(&draft),
        [
            "codigo_unico Text",
            "ano_presupuestario Int",
            "comuna Text",
            "monto_fndr_m Money Thousands",
            "ene Money Thousands",
            "fecha_firma Date",
            "rut Rut",
        ],
        "{}",
        draft.toml
    );
    assert!(trial.rejects.is_empty(), "{:?}\n{}", trial.codes(), draft.toml);
    let source = draft.contract.source.as_ref().expect("a source");
    assert_eq!(
        (source.header_row, source.delimiter, source.null.as_slice()),
        (Some(2), Some(';'), &["N/A".to_owned()][..])
    );
    assert_eq!(draft.contract.load.key.iter().map(ToString::to_string).collect::<Vec<_>>(), ["codigo_unico"]);
    let rule = draft.contract.place.territory.as_ref().expect("a territory");
    assert_eq!(rule.region.as_ref().map(ToString::to_string).as_deref(), Some("16"));
    assert!(draft.toml.contains("# from = [\"ENE (2)\"]"), "an empty column stays a comment: {}", draft.toml);
    let optional: Vec<&str> =
        draft.contract.columns.iter().filter(|column| !column.required).map(|column| column.name.as_str()).collect();
    assert_eq!(optional, ["ene", "fecha_firma"]);
}

#[test]
fn what_would_refuse_rows_stays_a_comment() {
    let (draft, trial) = inferred("comuna,fecha,nota\nBulnes,1-1-2024,a\nNada,2-1-2024,b\nPinto,ayer,a\n".as_bytes());
    assert!(trial.rejects.is_empty(), "{:?}", trial.codes());
    assert_eq!(types(&draft), ["comuna Text", "fecha Text", "nota Text"]);
    assert!(draft.contract.place.territory.is_none());
}

#[test]
fn headers_that_only_differ_in_case_are_told() {
    let (draft, trial) = inferred("Monto,MONTO,2024\n1,2,3\n".as_bytes());
    assert_eq!(types(&draft), ["monto Int", "c_2024 Int"]);
    assert!(draft.toml.contains("«MONTO» queda fuera"), "{}", draft.toml);
    assert_eq!(trial.rows.len(), 1);
}

#[test]
fn degrees_in_two_columns_are_points_and_metres_are_a_question() {
    let (degrees, trial) = inferred("id,lon,lat\n1,-72.1,-36.6\n2,-71.9,-36.7\n".as_bytes());
    assert!(trial.rejects.is_empty(), "{:?}\n{}", trial.codes(), degrees.toml);
    assert!(degrees.contract.place.geometry.is_some(), "{}", degrees.toml);
    let (metres, trial) = inferred("id,este,norte\n1,760000,5940000\n2,761000,5941000\n".as_bytes());
    assert!(trial.rejects.is_empty() && metres.contract.place.geometry.is_none());
    let told: String =
        metres.toml.split(['#', '\n', ' ']).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    assert!(told.contains("huso 18 (EPSG:32718) o 19 (EPSG:32719)"), "{}", metres.toml);
}

#[test]
fn a_cell_that_writes_toml_writes_nothing() {
    let (draft, trial) = inferred("a\n[[column]],x\nb\n\"x\n[place]\"\n".as_bytes());
    assert!(draft.contract.place.geometry.is_none());
    assert_eq!(trial.rows.len() + trial.rejects.len(), usize::try_from(trial.summary.rows_read).expect("few"));
}

#[test]
fn a_file_without_rows_has_no_draft() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("source");
    std::fs::write(&file, "a,b\n").expect("written");
    let profile = look(&file, folder.path(), &Part::default(), true, &mut |_| Ok(())).expect("a profile");
    let fault = draft(profile, "a.csv", &DatasetId::parse("a").expect("an id")).expect_err("nothing to go by");
    assert_eq!(fault.code, "file.no_rows");
}
