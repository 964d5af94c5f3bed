//! The pages of downloads, rendered with every sample.

use goreos_db::read::{Export, ExportRun, ExportedFile, Offered};
use goreos_domain::{DatasetId, ExportFormat, Fault, ReleaseId, RunId, RunState};

use super::pages::check;
use super::{NASTY, dataset, hours_ago, now, provenance, shell};
use crate::downloads::{DatasetRow, DownloadFragment, DownloadPage, DownloadsPage, Facts, build_download};
use crate::shell::Section;

fn offered(has_geometry: bool) -> Offered {
    Offered { release: ReleaseId(12), description: NASTY.into(), has_geometry }
}

fn export(dataset: &DatasetId, format: ExportFormat, skipped: Option<&str>) -> Export {
    let file = ExportedFile { object_key: "exports/12/a".into(), bytes: 1_234_567, sha256: "0f".repeat(32) };
    Export {
        release: ReleaseId(12),
        format,
        file_name: format.file_name(dataset, ReleaseId(12)),
        media_type: format.media_type().into(),
        file: skipped.is_none().then_some(file),
        skipped: skipped.map(str::to_owned),
        created_at: hours_ago(1),
    }
}

#[test]
fn downloads_are_listed_with_the_files_most_people_want() {
    let shell = || shell(Section::Downloads, true);
    let exports: Vec<Export> = ExportFormat::of(true).map(|format| export(&dataset("capa"), format, None)).collect();
    let row = |title: &str, exports: &[Export]| {
        DatasetRow::new(&shell(), &provenance("capa", title, true), &offered(true), exports, now())
    };
    let page = DownloadsPage { shell: shell(), rows: vec![row("Comunas", &exports), row(NASTY, &[])] };
    let html = check("downloads", &page);
    assert!(html.contains("href=\"/descargas/capa/12/capa-12-excel.csv\"") && html.contains("1,2 MB"));
    assert!(html.contains("href=\"/descargas/capa?edicion=4\"") && !html.contains("capa-12.geojson"));
    let page = DownloadsPage { shell: shell(), rows: Vec::new() };
    assert!(check("downloads-empty", &page).contains("Todavía no hay datos que descargar"));
}

#[test]
fn the_files_of_a_dataset_say_what_they_are_for_and_why_one_is_missing() {
    let page = |name: &str, has_geometry: bool, exports: &[Export], run: Option<ExportRun>| {
        let shell = shell(Section::Downloads, false);
        let (held, offered) = (provenance("capa", "Comunas", false), offered(has_geometry));
        let body = build_download(&shell, &held, &offered, exports, run.as_ref());
        let fragment = check(&format!("{name}-part"), &DownloadFragment { body: body.clone() });
        let html = check(name, &DownloadPage { facts: Facts::new(&shell, &held, &offered), shell, body });
        assert!(html.contains(fragment.trim()), "the page includes the very fragment");
        html
    };
    let run = |state, fault| Some(ExportRun { run: RunId(31), state, fault });
    let too_long = |format| (format == ExportFormat::Xlsx).then_some("Tiene más filas que una hoja de Excel.");
    let all = |has_geometry| -> Vec<Export> {
        ExportFormat::of(has_geometry).map(|format| export(&dataset("capa"), format, too_long(format))).collect()
    };
    let layer = page("download", true, &all(true), run(RunState::Published, None));
    assert!(layer.contains("capa-12.gpkg") && layer.contains("Para mapas") && layer.contains(&"0f".repeat(32)));
    assert!(layer.contains("No se ofrece: Tiene más filas") && !layer.contains("capa-12.xlsx"));
    assert!(layer.contains("http://127.0.0.1:8080/descargas/capa.csv") && !layer.contains("hx-trigger"));
    let table = page("download-table", false, &all(false), None);
    assert!(!table.contains("Para mapas") && table.contains("Python, R o DuckDB"));
    let waiting = page("download-waiting", true, &[], run(RunState::Running, None));
    assert!(waiting.contains("se están escribiendo") && waiting.contains("hx-trigger=\"every 2s\""));
    assert!(page("download-unasked", true, &[], None).contains("no se han escrito"));
    let fault = Fault::give_up("exports.failed", NASTY, "Avise");
    let failed = page("download-failed", true, &[], run(RunState::Failed, Some(fault)));
    assert!(failed.contains("no se pudieron escribir") && failed.contains("/ejecuciones/31"));
}
