//! The report as its readers meet it: a PDF file, read back with poppler's `pdftotext`.

mod sample;

use std::path::Path;
use std::process::Command;

use goreos_reports::{ComunaReport, Fonts, ReportError, comuna};

use sample::{chillan, initiative};

/// The fonts the web pages use; the project's set-up puts them there.
fn fonts() -> Fonts {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web/static/vendor/fonts");
    let entries = std::fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("no fonts in {} ({error}): run ./dev assets", folder.display()));
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("a readable folder").path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "ttf"));
    paths.sort();
    let files = paths.iter().map(|path| std::fs::read(path).expect("a readable font")).collect();
    Fonts::new(files).expect("Roboto and Roboto Slab; run ./dev assets")
}

/// Renders, leaves the file in `target/tmp` for people to look at, and returns the text page by page.
fn pages(name: &str, report: &ComunaReport) -> Vec<String> {
    let bytes = comuna(report, &fonts()).expect("a report");
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name).with_extension("pdf");
    std::fs::write(&path, bytes).expect("a writable target/tmp");
    let output = Command::new("pdftotext").arg("-layout").arg(&path).arg("-").output().expect("poppler-utils");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    text.split_terminator('\u{c}').map(str::to_owned).collect()
}

#[test]
fn the_same_report_is_the_same_bytes() {
    let first = comuna(&chillan(), &fonts()).expect("a report");
    let second = comuna(&chillan(), &fonts()).expect("a report");
    assert!(first == second, "two renderings differ");
}

#[test]
fn another_edition_is_other_bytes() {
    let mut later = chillan();
    later.edition.number.0 += 1;
    assert!(comuna(&chillan(), &fonts()).expect("a report") != comuna(&later, &fonts()).expect("a report"));
}

#[test]
fn a_planner_reads_comuna_edition_figures_and_sources() {
    let text = pages("typical", &chillan()).join("\n");
    for expected in [
        "Chillán",
        "Generado desde la edición 7, publicada el 04-03-2026.",
        "184.739",
        "Inversión por tipología",
        "Edición 7",
        "Página 1 de",
        "archivo fuente SHA-256 9f86d081",
    ] {
        assert!(text.contains(expected), "no {expected:?} in:\n{text}");
    }
}

#[test]
fn the_file_says_what_it_is_and_declares_both_standards() {
    let bytes = comuna(&chillan(), &fonts()).expect("a report");
    let file = String::from_utf8_lossy(&bytes);
    for expected in [
        "<pdfaid:part>2</pdfaid:part>",
        "<pdfaid:conformance>A</pdfaid:conformance>",
        "<pdfuaid:part>1</pdfuaid:part>",
        "Ficha de inversión comunal: Chillán",
        "Gobierno Regional de Ñuble",
        "2026-03-04",
        "es-CL",
    ] {
        assert!(file.contains(expected), "no {expected:?} in the file's metadata");
    }
}

#[test]
fn example_data_is_told_on_every_page_and_real_data_is_not_blamed() {
    let mut report = chillan();
    report.initiatives = (0..120).map(initiative).collect();
    let marked = pages("example", &report);
    assert!(marked.len() > 2);
    assert!(marked.iter().all(|page| page.contains("DATOS DE EJEMPLO")));

    report.example_data = false;
    report.sources.iter_mut().for_each(|source| source.example = false);
    let real = pages("real", &report).join("\n");
    assert!(!real.to_uppercase().contains("DATOS DE EJEMPLO"), "{real}");
}

#[test]
fn three_hundred_initiatives_flow_with_their_header_and_no_row_cut() {
    let mut report = chillan();
    report.initiatives = (0..300).map(initiative).collect();
    for (index, row) in report.initiatives.iter_mut().enumerate() {
        row.name = format!("{}{}", "Obras complementarias de la etapa anterior. ".repeat(index % 11), row.name);
    }
    let pages = pages("long", &report);
    let of_the_table: Vec<_> = pages.iter().filter(|page| page.contains("4000")).collect();
    assert!(of_the_table.len() > 5, "300 rows on {} pages", of_the_table.len());
    for page in &of_the_table {
        assert!(page.contains("Código") && page.contains("Tipología"), "no header on:\n{page}");
        assert!(page.contains("Chillán · Edición 7"), "no running header on:\n{page}");
    }
    for row in &report.initiatives {
        let ending = row.name.rsplit(' ').next().expect("a name");
        let page = of_the_table.iter().find(|page| page.contains(&row.code));
        let page = page.unwrap_or_else(|| panic!("{} is lost", row.code));
        assert!(page.contains(ending), "{} is cut", row.code);
    }
    let last = pages.len();
    assert!(pages[last - 1].contains(&format!("Página {last} de {last}")));
}

#[test]
fn markup_in_names_prints_as_itself() {
    let nasty = r#"#panic("x") *a* _b_ $x^2$ `c` <script>alert('1')</script> "q" \n @cita // /* [d] {e} "#;
    let mut report = chillan();
    report.comuna = nasty.to_owned();
    report.initiatives[0].name = nasty.to_owned();
    report.sources[0].title = nasty.to_owned();
    report.notes = vec![nasty.to_owned()];
    let text = pages("markup", &report).join(" ");
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for expected in [r#"#panic("x") *a* _b_ $x^2$"#, "<script>alert('1')</script>", r#""q" \n @cita // /* [d] {e}"#] {
        assert!(flat.contains(expected), "no {expected:?} in:\n{text}");
    }
}

#[test]
fn characters_without_a_glyph_and_endless_words_do_not_fail_the_report() {
    let mut report = chillan();
    report.comuna = "Chi\u{202E}llán 🏔 漢字 \u{E000} a\nb\u{0}".to_owned();
    report.initiatives[0].name = "M".repeat(300);
    report.initiatives[0].typology = "W".repeat(80);
    let text = pages("glyphs", &report).join("\n");
    assert!(text.contains("Chillán � �� � a b"), "{text}");
}

#[test]
fn an_empty_report_says_what_is_missing() {
    let mut report = chillan();
    report.figures.clear();
    report.by_year.clear();
    report.by_typology.clear();
    report.initiatives.clear();
    report.sources.clear();
    report.notes.clear();
    report.map.legend.clear();
    let text = pages("empty", &report).join("\n");
    for expected in
        ["Sin cifras", "Sin inversión registrada", "Sin inversión clasificada", "Sin iniciativas", "Sin fuentes"]
    {
        assert!(text.contains(expected), "no {expected:?} in:\n{text}");
    }
    assert!(!text.contains("Notas"), "a heading over nothing:\n{text}");
}

#[test]
fn a_map_that_is_not_an_svg_or_looks_outside_is_refused() {
    let with_map = |svg: &str| {
        let mut report = chillan();
        report.map.svg = svg.to_owned();
        comuna(&report, &fonts()).expect_err("no report")
    };
    let broken = with_map("<svg");
    assert!(matches!(&broken, ReportError::Layout(why) if why.contains("SVG")), "{broken}");

    for href in ["/etc/passwd", "../Cargo.toml", "http://127.0.0.1/x.png", "report.json"] {
        let outside = with_map(&format!(
            r#"<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><image href="{href}" width="9" height="9"/></svg>"#
        ));
        assert!(matches!(&outside, ReportError::Layout(why) if why.contains(href)), "{outside}");
    }
}
