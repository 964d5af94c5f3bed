//! The rules on whole batches.

use proptest::prelude::*;

use super::*;

const KINDS: [&str; 9] = ["text", "int", "real", "money", "date", "cut", "period", "rut", "bool"];
/// A good cell of each.
const GOOD: [&str; 9] = ["x", "1", "1", "1", "1-1-2024", "16101", "2024-T1", "12.345.678-5", "sí"];

fn contract(rules: &str) -> Contract {
    let mut text = format!(
        "id='a'\ntitle='A'\ntheme='t'\nowner='o'\nlicence='l'\n[source]\npath='a.csv'\nformat='csv'\n\
         null=['-', 's/i', '#N/A']\n{rules}\n"
    );
    for kind in KINDS {
        let unit = if kind == "money" { "unit='CLP_thousands'\n" } else { "" };
        for part in ["[[column]]\nname='", kind, "'\ntype='", kind, "'\nrequired=true\n", unit] {
            text.push_str(part);
        }
    }
    Contract::parse(&text).expect("a contract")
}

/// One row under headers in capitals.
fn batch(cells: &[impl AsRef<str>]) -> Batch {
    Batch::of_rows(&[cells])
}

fn checked(contract: &Contract, batch: &Batch) -> Checked {
    let headers = Headers::new(contract.columns.iter().map(|column| column.name.as_str().to_uppercase()));
    let places: Vec<usize> = (0..contract.columns.len()).collect();
    check(contract, contract.source.as_ref().expect("a source"), &headers, &places, batch)
}

fn codes(found: &Checked) -> Vec<(&str, &str)> {
    found.reasons[0].iter().map(|reason| (reason.header.as_str(), reason.code.as_str())).collect()
}

#[test]
fn a_good_row_is_typed_and_has_no_reason() {
    let (contract, batch) = (contract(""), batch(&GOOD));
    let found = checked(&contract, &batch);
    assert_eq!(codes(&found), []);
    let texts: Vec<String> = found.columns.iter().map(|column| column.text(0)).collect();
    assert_eq!(texts, ["x", "1", "1", "1000", "2024-01-01", "16101", "2024-T1", "12345678-5", "true"]);
}

#[test]
fn every_rule_is_tried_on_every_cell_and_each_reason_names_its_header() {
    let (contract, batch) = (contract(""), batch(&["-", "a", "b", "c", "d", "e", "f", "g", "h"]));
    let found = checked(&contract, &batch);
    let expected = [
        ("TEXT", "value.missing"),
        ("INT", "value.not_integer"),
        ("REAL", "value.not_real"),
        ("MONEY", "value.not_money"),
        ("DATE", "value.not_date"),
        ("CUT", "value.not_cut"),
        ("PERIOD", "value.not_period"),
        ("RUT", "value.not_rut"),
        ("BOOL", "value.not_bool"),
    ];
    assert_eq!(codes(&found), expected);
}

#[test]
fn a_cell_of_control_characters_holds_no_value() {
    let mut cells = GOOD;
    cells[0] = "\u{1}";
    let (contract, batch) = (contract(""), batch(&cells));
    let found = checked(&contract, &batch);
    assert_eq!(codes(&found), [("TEXT", "value.missing")]);
    assert_eq!(found.reasons[0][0].why, "Falta «TEXT».");
}

#[test]
fn an_error_cell_is_refused_or_no_value_as_the_contract_says() {
    let mut cells = GOOD;
    cells[3] = "#¡REF!";
    let (strict, lenient) = (contract(""), contract("errors='null'"));
    let error = batch(&cells);
    let refused = checked(&strict, &error);
    assert_eq!(codes(&refused), [("MONEY", "value.error_cell")]);
    assert_eq!(refused.reasons[0][0].why, "La celda trae un error de la planilla: «#¡REF!».");
    assert_eq!(codes(&checked(&lenient, &error)), [("MONEY", "value.missing")]);
    cells[3] = "#N/A";
    assert_eq!(codes(&checked(&strict, &batch(&cells))), [("MONEY", "value.missing")], "listed as no value");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_required_cell_has_either_a_value_or_a_reason(
        cells in proptest::collection::vec(
            prop_oneof![
                ".*", "[0-9.,$M()-]{0,8}", "[0-9]{1,2}-[0-9]{1,2}-20[0-9]{2}", "161[0-9]{2}", "[ \u{1}\u{7f}-]{0,3}", "#[A-Z/]{0,5}[!?]?",
                "[0-9]{7,8}-[0-9K]", "20[0-9]{2}-[TS]?[0-9]{1,2}", "s[iíI]|no|x",
            ], KINDS.len(),
        ),
    ) {
        let (contract, batch) = (contract(""), batch(&cells));
        let found = checked(&contract, &batch);
        for (column, (values, cell)) in contract.columns.iter().zip(found.columns.iter().zip(&cells)) {
            let reasons = found.reasons[0].iter().filter(|r| r.column == column.name.as_str());
            let kept = !values.text(0).is_empty();
            prop_assert_eq!(reasons.count(), usize::from(!kept), "{}: {:?}", column.name, cell);
        }
        prop_assert!(found.reasons[0].iter().all(|r| !r.why.is_empty() && !r.remedy.is_empty() && cells.contains(&r.value)));
    }
}
