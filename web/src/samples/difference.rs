//! The comparison of editions, rendered with every sample.

use goreos_db::Edition;
use goreos_db::difference::{
    Cell, Changed, Compared, ComparedColumn, ComunaDelta, Counts, DifferenceFile, DifferenceRun, FigureDelta, Kind,
    Values,
};
use goreos_domain::{EditionId, Fault, MoneyUnit, ReleaseId, RunId, RunState};

use super::gate::{outlines, point};
use super::pages::check;
use super::{NASTY, dataset, hours_ago, provenance, shell};
use crate::difference::{
    Counted, DatasetPage, Differing, FileFragment, Loaded, Subject, build_dataset, build_summary, dot,
};
use crate::shell::Section;

fn edition(number: i64) -> Edition {
    let mut edition = Edition::of(number, []);
    edition.created_at = hours_ago(24 * (9 - number));
    edition
}

fn figure(column: &str, title: &str, unit: Option<MoneyUnit>, scale: i128) -> FigureDelta {
    let comunas = outlines().into_iter().zip(0_i128..).map(|(comuna, place)| ComunaDelta {
        cut: comuna.cut,
        before: (place != 4).then_some((place * 37 % 97 + 3) * scale),
        after: (place != 6).then_some((place * 37 % 97 + 3) * scale + (place % 3 - 1) * scale / 2),
    });
    let comunas: Vec<_> = comunas.collect();
    FigureDelta {
        column: column.into(),
        title: title.into(),
        unit,
        before: Some(comunas.iter().filter_map(|comuna| comuna.before).sum()),
        after: Some(comunas.iter().filter_map(|comuna| comuna.after).sum()),
        comunas,
    }
}

fn differing(id: &str, title: &str, releases: (Option<i64>, Option<i64>), counts: Counted) -> Differing {
    Differing {
        provenance: provenance(id, title, id == "inversiones"),
        before: releases.0.map(ReleaseId),
        after: releases.1.map(ReleaseId),
        counts,
        figures: Vec::new(),
    }
}

#[test]
fn two_editions_are_compared_dataset_by_dataset_and_comuna_by_comuna() {
    let counts = Counts { added: 12, removed: 3, changed: 1_402, moved: 0, same: 897 };
    let mut indicators = differing(
        "inversion_comunal",
        "Inversión por comuna, año y tipología",
        (Some(4), Some(8)),
        Counted::Done(counts),
    );
    indicators.figures = vec![
        figure("monto", "Monto FNDR", Some(MoneyUnit::Pesos), 61_234_567),
        figure("iniciativas", "Iniciativas", None, 4),
    ];
    let typical = [
        differing("inversiones", "Iniciativas de inversión", (Some(3), Some(7)), Counted::Done(counts)),
        indicators,
        differing("predios", NASTY, (Some(5), Some(9)), Counted::TooLong),
        differing("colegios", "Colegios", (None, Some(10)), Counted::OneSided),
        differing("postas", "Postas", (Some(6), Some(11)), Counted::Gone),
    ];
    let page = |pinned, differing: &[Differing]| {
        build_summary(shell(Section::Editions, pinned), (&edition(3), &edition(7)), differing, 3, &outlines())
    };
    let html = check("difference", &page(false, &typical));
    assert!(html.contains("href=\"/ediciones/3...7/inversiones\"") && html.contains("<strong>1.402</strong>"));
    assert!(html.contains("href=\"/ediciones/7...3\"") && html.contains("3 conjuntos siguen iguales"));
    assert!(html.contains("Monto FNDR por comuna") && html.contains("cifra-0-mapa"));
    assert!(!html.contains("/ediciones/3...7/colegios") && !html.contains("/ediciones/3...7/postas"));
    assert!(check("difference-pinned", &page(true, &typical)).contains("/ediciones/3...7/inversiones?edicion=4"));
    assert!(check("difference-none", &page(false, &[])).contains("tienen los mismos datos"));
}

fn subject(editions: bool) -> Subject {
    Subject {
        dataset: dataset("inversiones"),
        title: "Iniciativas de inversión".into(),
        example: true,
        from: ReleaseId(3),
        to: ReleaseId(7),
        editions: editions.then_some((EditionId(3), EditionId(7))),
        tolerance_m: 2.5,
        path: if editions { "/ediciones/3...7/inversiones" } else { "/versiones/3...7" }.into(),
    }
}

fn column(name: &str, title: &str, values: Values) -> ComparedColumn {
    ComparedColumn { name: name.into(), title: title.into(), values }
}

fn row(kind: Kind, key: &str, number: u32) -> Changed {
    let cell = |column: &str, before: &str, after: &str| Cell {
        column: column.into(),
        before: Some(before.into()).filter(|_| kind != Kind::Added),
        after: Some(after.into()).filter(|_| kind != Kind::Removed),
    };
    let still = kind == Kind::Moved;
    let (east, south) = (f64::from(number % 7) * 0.09, f64::from(number % 5) * 0.06);
    Changed {
        kind,
        key: vec![("codigo".into(), Some(key.into()))],
        cells: vec![
            cell("monto", "52800000", if still { "52800000" } else { "42800000" }),
            cell("nombre", NASTY, if still { NASTY } else { "Reposición de la posta rural de Cato" }),
            cell("fecha", "2024-03-05", "2024-03-05"),
        ],
        moved_m: still.then_some(123.4),
        before: (kind != Kind::Added).then(|| point(-72.2 + east, -36.5 - south)),
        after: (kind != Kind::Removed).then(|| point(-72.2 + east, -36.5 - south)),
    }
}

fn typical() -> Loaded {
    let rows: Vec<Changed> = (0..24)
        .zip(Kind::ALL.into_iter().cycle())
        .map(|(number, kind)| row(kind, &format!("{number:04}-2019"), number))
        .chain([row(Kind::Changed, NASTY, 3)])
        .collect();
    Loaded {
        compared: Compared {
            dataset: "inversiones".into(),
            key: vec![column("codigo", "Código", Values::Text)],
            columns: vec![
                column("monto", "Monto FNDR", Values::Money),
                column("nombre", "Nombre", Values::Text),
                column("fecha", "Fecha del certificado", Values::Date),
            ],
            came: vec![column("etapa", "Etapa", Values::Text)],
            went: vec![column("estado", NASTY, Values::Text)],
            geometry: true,
        },
        counts: Some(Counts { added: 6, removed: 6, changed: 2_407, moved: 6, same: 1_402 }),
        dots: rows.iter().filter_map(dot).collect(),
        rows: Some(rows),
        outlines: outlines(),
        file: None,
        run: None,
    }
}

fn page(name: &str, subject: &Subject, loaded: &Loaded, kind: Option<Kind>) -> String {
    let page: DatasetPage = build_dataset(shell(Section::Editions, false), subject, loaded, kind, 1);
    let fragment = check(&format!("{name}-file"), &FileFragment { file: page.file.clone() });
    let html = check(name, &page);
    assert!(subject.from == subject.to || html.contains(fragment.trim()), "the page includes the very fragment");
    html
}

#[test]
fn a_dataset_is_compared_row_by_row_with_a_map_and_files() {
    let html = page("difference-dataset", &subject(true), &typical(), None);
    assert!(html.contains("<td class=\"was\">52.800.000</td><td class=\"is\">42.800.000</td>"));
    assert!(html.contains("a 123,4 m") && html.contains("más de 2,5 m") && html.contains("mapa-diferencias"));
    assert!(html.contains("?cambio=movida#filas") && html.contains("pagina=2"));
    assert!(html.contains("href=\"/ediciones/3...7/inversiones.csv\""));
    assert!(html.contains("method=\"post\" action=\"/ediciones/3...7/inversiones.gpkg\""));
    let html = page("difference-releases", &subject(false), &typical(), Some(Kind::Changed));
    assert!(html.contains("/versiones/3...7.csv?cambio=modificada") && html.contains("aria-current=\"true\""));
}

#[test]
fn what_takes_too_long_or_is_being_made_is_said() {
    let run = |state, fault| Some(DifferenceRun { run: RunId(51), state, fault });
    let waits = Loaded { counts: None, rows: None, dots: Vec::new(), run: run(RunState::Running, None), ..typical() };
    let html = page("difference-waits", &subject(true), &waits, None);
    assert!(html.contains("Se están contando en la cola") && html.contains("hx-trigger=\"every 2s\""));
    let fault = Fault::give_up("difference.release_gone", NASTY, "Compare ediciones vigentes");
    let failed = Loaded { run: run(RunState::Failed, Some(fault)), ..typical() };
    assert!(page("difference-failed", &subject(true), &failed, None).contains("no se pudo preparar"));
    let file = DifferenceFile { object_key: "x".into(), bytes: 3_140_000, sha256: "ab".into() };
    let ready = Loaded { file: Some(file), run: run(RunState::Published, None), ..typical() };
    let html = page("difference-ready", &subject(true), &ready, None);
    assert!(html.contains("3,1 MB") && !html.contains("hx-trigger") && !html.contains("method=\"post\""));
}

#[test]
fn nothing_to_show_says_so() {
    let same = Loaded {
        counts: Some(Counts { same: 20, ..Counts::default() }),
        rows: Some(Vec::new()),
        dots: Vec::new(),
        compared: Compared { geometry: false, ..Compared::default() },
        ..typical()
    };
    let html = page("difference-same", &subject(true), &same, None);
    assert!(html.contains("Ninguna fila difiere") && html.contains("se comparan filas enteras"));
    let equal = Subject { to: ReleaseId(3), ..subject(true) };
    assert!(page("difference-equal", &equal, &Loaded::default(), None).contains("la misma versión de este conjunto"));
}
