use proptest::prelude::*;
use proptest::sample::Index;

use super::*;

const GOOD: &str = r#"
id = "inversiones"
title = "Iniciativas de inversión"
theme = "Inversión pública"
owner = "DIPIR"
licence = "CC-BY-4.0"
example = true

[source]
path = "sample/inversiones.csv"
format = "csv"
encoding = "windows-1252"
delimiter = ";"
decimal = ","
header_row = 3
null = ["", "-"]

[load]
key = ["codigo"]

[[column]]
name = "codigo"
type = "text"
required = true

[[column]]
name = "comuna"
type = "text"

[[column]]
name = "monto"
from = ["MONTO FNDR M$"]
type = "money"
unit = "CLP_thousands"
sum = true

[place]
territory = { by = "name", column = "comuna", level = "comuna", also = ["provincia", "region"], region = "16" }

[gate]
rejected = { warn = "1%", stop = "5%" }
"#;

fn refused(text: &str) -> Fault {
    Contract::parse(text).expect_err("must be refused")
}

#[test]
fn a_good_contract_is_read_whole() {
    let contract = Contract::parse(GOOD).expect("good");
    assert_eq!(contract.columns.len(), 3);
    assert_eq!(contract.access, Access::Public);
    let stop = contract.gate.rejected.stop.expect("a limit").fraction();
    assert!((stop - 0.05).abs() < 1e-12);
    let json = serde_json::to_string(&contract).expect("to JSON");
    assert_eq!(serde_json::from_str::<Contract>(&json).expect("and back"), contract);
}

#[test]
fn what_the_contract_leaves_open_is_detected() {
    let silent = ["encoding = \"windows-1252\"\n", "delimiter = \";\"\n", "decimal = \",\"\n", "header_row = 3\n"];
    let text = silent.iter().fold(GOOD.to_owned(), |text, line| text.replace(line, ""));
    let source = Contract::parse(&text).expect("good").source.expect("a source");
    assert_eq!((source.encoding, source.delimiter, source.decimal, source.header_row), (None, None, None, None));
}

#[test]
fn an_unknown_key_is_named_with_its_nearest_neighbour_and_line() {
    let fault = refused(&GOOD.replace("delimiter =", "delimitador ="));
    assert_eq!(fault.code, "contract.unknown_key");
    assert!(fault.what.contains("'delimitador'"), "{fault:?}");
    assert!(fault.remedy.contains("¿Quiso decir 'delimiter'?"), "{fault:?}");
    assert!(fault.place.contains("línea 13"), "{fault:?}");
}

#[test]
fn contradictions_are_refused() {
    for (from, to) in [
        ("key = [\"codigo\"]", "key = [\"nada\"]"),
        ("unit = \"CLP_thousands\"", ""),
        ("name = \"comuna\"", "name = \"codigo\""),
        ("name = \"comuna\"", "name = \"geom\""),
        ("\"windows-1252\"", "\"latin-nada\""),
        ("delimiter = \";\"", "delimiter = '\"'"),
        ("header_row = 3", "header_row = 0"),
        ("type = \"text\"\n\n[[column]]\nname = \"monto\"", "type = \"int\"\n\n[[column]]\nname = \"monto\""),
    ] {
        assert_eq!(refused(&GOOD.replace(from, to)).code, "contract.inconsistent", "{from} -> {to}");
    }
    let placed = "[place]\nterritory = { by = \"name\", column = \"comuna\", level = \"comuna\", also = [\"provincia\", \"region\"], region = \"16\" }";
    for instead in [
        "[place]\nterritory = { by = \"name\", level = \"comuna\" }",
        "[place]\nterritory = { by = \"point\", level = \"comuna\" }",
        "[place]\nterritory = { by = \"point\", column = \"comuna\", level = \"comuna\" }",
        "[place]\ngeometry = { from = \"file\" }",
        "[place]\ngeometry = { columns = [\"codigo\", \"comuna\"], crs = \"EPSG:4326\" }",
    ] {
        assert!(GOOD.contains(placed));
        assert_eq!(refused(&GOOD.replace(placed, instead)).code, "contract.inconsistent", "{instead}");
    }
    for (from, to) in [
        ("key = [\"codigo\"]", "mode = \"upsert\""),
        ("key = [\"codigo\"]", "key = [\"codigo\"]\ndelete_missing = true"),
        ("header_row = 3", "sheet = \"Hoja1\""),
    ] {
        assert_eq!(refused(&GOOD.replace(from, to)).code, "contract.inconsistent", "{from} -> {to}");
    }
    assert_eq!(refused("id = 7").code, "contract.unreadable");
    for wrong in ["\"-5%\"", "\"NaN%\"", "\"inf%\"", "\"5\"", "\"%\"", "0.05"] {
        assert_eq!(refused(&GOOD.replace("\"5%\"", wrong)).code, "contract.unreadable", "{wrong}");
    }
}

#[test]
fn limits_of_the_gate_make_sense() {
    let gate = "rejected = { warn = \"1%\", stop = \"5%\" }";
    for key in ["rejected", "shrink", "empty"] {
        let fault = refused(&GOOD.replace(gate, &format!("{key} = {{ wait = \"101%\" }}")));
        assert_eq!(fault.code, "contract.inconsistent");
        assert!(fault.what.contains(&format!("[gate] {key}: 101%")), "{fault:?}");
    }
    for key in ["growth", "total", "indicator"] {
        let good = GOOD.replace(gate, &format!("{key} = {{ warn = \"50%\", wait = \"50%\", stop = \"400%\" }}"));
        assert!(Contract::parse(&good).is_ok(), "{key}");
        let fault = refused(&good.replacen("50%", "60%", 1));
        assert!(fault.what.contains(&format!("[gate] {key}: warn, wait y stop")), "{fault:?}");
    }
    for (wrong, code) in [
        ("moved_m = -1.0", "contract.inconsistent"),
        ("moved_m = inf", "contract.inconsistent"),
        ("drift = \"ask\"", "contract.unreadable"),
        ("approval = \"never\"", "contract.unreadable"),
        ("shrinks = { wait = \"5%\" }", "contract.unknown_key"),
    ] {
        assert_eq!(refused(&GOOD.replace(gate, wrong)).code, code, "{wrong}");
    }
    let good =
        Contract::parse(&GOOD.replace(gate, "moved_m = 0.5\ndrift = \"wait\"\napproval = \"always\"")).expect("good");
    assert_eq!((good.gate.drift, good.gate.approval), (Drift::Wait, Approval::Always));
}

#[test]
fn a_limit_is_passed_by_what_is_greater_and_the_strongest_holds() {
    let share = |text: &str| Share::try_from(text.to_owned()).ok();
    let limit = GateLimit { warn: share("5%"), wait: share("20%"), stop: None };
    assert_eq!(limit.judge(0.05), (Reaction::Publish, None));
    assert_eq!(limit.judge(0.06), (Reaction::Warn, share("5%")));
    assert_eq!(limit.judge(f64::INFINITY), (Reaction::Wait, share("20%")));
    assert_eq!(limit.judge(-1.0), (Reaction::Publish, None));
}

const DERIVED: &str = r#"
id = "inversion_comunal"
title = "Inversión por comuna"
theme = "Inversión pública"
owner = "DIPIR"
licence = "CC-BY-4.0"

[derive]
inputs = ["inversiones"]
query = "query.sql"
key = ["territory_cut", "anio"]

[[derive.figure]]
column = "monto"
title = "Monto"
unit = "CLP"

[[derive.figure]]
column = "iniciativas"
title = "Iniciativas"
"#;

#[test]
fn figures_and_keys_of_a_derived_dataset_make_sense() {
    let derive = Contract::parse(DERIVED).expect("good").derive.expect("derived");
    assert_eq!((derive.key.len(), derive.figures.len()), (2, 2));
    for (from, to) in [
        ("\"anio\"", "\"territory_cut\""),
        ("column = \"iniciativas\"", "column = \"monto\""),
        ("title = \"Iniciativas\"", "title = \" \""),
        ("unit = \"CLP\"", "unit = \"CLP_thousands\""),
    ] {
        assert_eq!(refused(&DERIVED.replacen(from, to, 1)).code, "contract.inconsistent", "{from} -> {to}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_breaks_the_reading_of_a_contract(text in any::<String>(), lines in "([a-z]{1,3}|[\\[\\]{}\"'=.,#ñ🗺\n ]){0,40}") {
        prop_assert!(Contract::parse(&text).is_err());
        prop_assert!(Contract::parse(&lines).is_err());
    }

    #[test]
    fn a_damaged_contract_is_refused_or_means_what_it_says(
        from: Index, length in 0_usize..40, instead in prop_oneof![".{0,6}", "[\\[\\]{}\"'=.,#0-9ñ🗺\n ]{0,6}"],
    ) {
        let chars: Vec<char> = GOOD.chars().collect();
        let from = from.index(chars.len());
        let rest = chars[from..].iter().skip(length);
        let damaged: String = chars[..from].iter().copied().chain(instead.chars()).chain(rest.copied()).collect();
        match Contract::parse(&damaged) {
            Ok(contract) => {
                let json = serde_json::to_string(&contract).expect("to JSON");
                prop_assert_eq!(serde_json::from_str::<Contract>(&json).expect("and back"), contract);
            }
            Err(fault) => prop_assert!(fault.code.starts_with("contract.") && !fault.remedy.is_empty(), "{:?}", fault),
        }
    }
}
