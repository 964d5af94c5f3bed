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
    ] {
        assert_eq!(refused(&GOOD.replace(from, to)).code, "contract.inconsistent", "{from} -> {to}");
    }
    assert_eq!(refused("id = 7").code, "contract.unreadable");
    assert_eq!(refused(&GOOD.replace("\"5%\"", "\"500%\"")).code, "contract.unreadable");
}
