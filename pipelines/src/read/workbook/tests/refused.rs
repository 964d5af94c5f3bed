use super::files::{contract, edited, ods, ods_sheet, ods_with, rows, xlsx, zipped};
use crate::child::trial::trial_bytes;

fn code(format: &str, bytes: &[u8]) -> String {
    trial_bytes(&contract(format, "", "codigo text"), bytes).expect_err("refused").code
}

fn book() -> Vec<u8> {
    xlsx(&[("Hoja1", &|sheet| rows(sheet, 1, &[&["codigo", "monto"], &["A-1", "1"], &["A-2", "2"]]))])
}

/// The beginning of a compound file with a stream of that name.
fn compound(stream: &str) -> Vec<u8> {
    let mut bytes = vec![0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];
    bytes.resize(3 << 20, 0);
    bytes.extend(stream.encode_utf16().flat_map(u16::to_le_bytes));
    bytes.resize(4 << 20, 0);
    bytes
}

#[test]
fn a_workbook_with_a_password_says_so() {
    assert_eq!(code("xlsx", &compound("EncryptedPackage")), "file.encrypted");
    let manifest =
        "<manifest:manifest><manifest:file-entry><manifest:encryption-data/></manifest:file-entry></manifest:manifest>";
    assert_eq!(code("ods", &ods_with("", manifest)), "file.encrypted");
}

#[test]
fn what_is_no_workbook_of_that_format_is_refused_by_its_bytes() {
    let ods = ods(&ods_sheet("H", &[&["codigo"], &["A-1"]]));
    for (format, bytes, expected) in [
        ("xlsx", compound("Workbook"), "file.not_xlsx"),
        ("xlsx", b"codigo;monto\nA-1;1\n".to_vec(), "file.not_xlsx"),
        ("xlsx", ods.clone(), "file.not_xlsx"),
        ("xlsx", zipped([("a.txt", "a")]), "file.not_xlsx"),
        ("xlsx", zipped([("xl/workbook.bin", "a")]), "file.not_xlsx"),
        ("xlsx", Vec::new(), "file.empty"),
        ("ods", book(), "file.not_ods"),
        ("ods", b"\0\x01".to_vec(), "file.not_ods"),
    ] {
        assert_eq!(code(format, &bytes), expected);
    }
}

#[test]
fn a_damaged_workbook_is_refused() {
    let book = book();
    assert_eq!(code("xlsx", &book[..book.len() / 2]), "file.damaged_workbook");
    let cut = edited(&book, "xl/worksheets/sheet1.xml", |text| text[..text.len() / 2].to_owned());
    assert_eq!(code("xlsx", &cut), "file.damaged_workbook");
    let mut flipped = book.clone();
    let middle = flipped.len() / 4;
    for byte in &mut flipped[middle..middle + 64] {
        *byte ^= 0x55;
    }
    assert_eq!(code("xlsx", &flipped), "file.damaged_workbook");
    let sheet = ods_sheet("H", &[&["codigo"], &["A-1"]]);
    assert_eq!(code("ods", &ods(&sheet[..sheet.len() / 2])), "file.damaged_workbook");
}

#[test]
fn a_workbook_that_would_not_fit_in_memory_is_refused() {
    let strings = "xl/sharedStrings.xml";
    let announced = edited(&book(), strings, |text| {
        let (before, after) = text.split_once("uniqueCount=\"").expect("a count");
        format!("{before}uniqueCount=\"99999999999999{after}")
    });
    assert_eq!(code("xlsx", &announced), "file.refused_zip");
    let long = edited(&book(), strings, |text| text.replacen("codigo", &"x".repeat(5 << 20), 1));
    assert_eq!(code("xlsx", &long), "file.refused_zip");
}
