//! Where a figure comes from: of a file, of an indicator, of nothing.

use goreos_db::read::{
    Behind, EditionLine, Figure, FigureMeasure, FigureValue, Link, RowColumn, RowFilter, RowKind, RowLevel, RowSet,
    Trace,
};
use goreos_domain::{ColumnName, Contract, Cut, ReleaseId, RunId, Trigger};

use super::pages::check;
use super::{NASTY, dataset, file, hours_ago, shell};
use crate::provenance::build_provenance;
use crate::shell::Section;

fn source(id: &str, title: &str) -> Link {
    let text = format!(
        "id='{id}'\ntitle=\"\"\"{title}\"\"\"\ntheme='t'\nowner='DIPIR'\nlicence='CC-BY-4.0'\nexample=true\n[source]\npath='a.csv'\nformat='csv'\n\
         [load]\nkey=['codigo']\n[[column]]\nname='codigo'\ntype='text'\nrequired=true\n\
         [[column]]\nname='monto'\ntitle='Monto FNDR'\ntype='money'\nunit='CLP_thousands'\nsum=true\n\
         [gate]\nrejected = {{ warn = '1%', stop = '5%' }}\n"
    );
    Link {
        release: ReleaseId(12),
        rows: 2_314,
        carried: 3,
        built_at: hours_ago(3),
        contract: Contract::parse(&text).expect("a contract"),
        contract_sha: "9f86d081884c7d659a2f".into(),
        query: None,
        mends: 1,
        run: RunId(31),
        trigger: Trigger::Schedule,
        requested_by: "scheduler".into(),
        finished_at: Some(hours_ago(3)),
        accounting: Some([2_361, 2_314, 47]),
        source: Some(file("/srv/goreos/inversiones.csv")),
        earlier: vec![file("C:\\datos\\enero.csv")],
    }
}

fn derived() -> Link {
    let text = "id='inversion_comunal'\ntitle='Inversión por comuna'\ntheme='t'\nowner='DIPIR'\nlicence='CC-BY-4.0'\n\
                [derive]\ninputs=['inversiones', 'poblacion']\nquery='query.sql'\n[[derive.figure]]\ncolumn='monto'\ntitle='Monto FNDR'\nunit='CLP'\n";
    Link {
        contract: Contract::parse(text).expect("a contract"),
        query: Some(format!("-- {NASTY}\nselect 1 where 1 < 2")),
        source: None,
        carried: 0,
        earlier: Vec::new(),
        mends: 0,
        ..source("x", "X")
    }
}

fn column(name: &str, title: &str, kind: RowKind) -> RowColumn {
    RowColumn { name: name.into(), title: title.into(), kind }
}

fn behind(rows: usize, is_public: bool) -> Behind {
    let row = |number: usize| {
        let name = if number == 0 { NASTY.to_owned() } else { format!("CONSTRUCCIÓN SEDE {number}") };
        vec![
            Some((number + 4).to_string()),
            Some(format!("400{number:05}")),
            Some(name),
            Some("2024".into()),
            None,
            Some("1817390000".into()),
        ]
    };
    Behind {
        set: RowSet {
            dataset: dataset("inversiones"),
            release: ReleaseId(12),
            title: "Iniciativas de inversión".into(),
            columns: vec![
                column("source_row", "Fila del archivo", RowKind::Whole),
                column("codigo", "Código", RowKind::Text),
                column("nombre", "Nombre de la iniciativa", RowKind::Text),
                column("anio", "Año", RowKind::Code),
                column("fecha_certificado", "Fecha del certificado", RowKind::Date),
                column("monto", "Monto FNDR", RowKind::Pesos),
            ],
            is_public,
            filter: RowFilter::default(),
            newest: false,
        },
        measured: ColumnName::parse("monto").ok(),
        count: 61,
        sum: FigureValue::Pesos(8_765_432_100),
        first: (0..rows).map(row).collect(),
    }
}

fn line() -> EditionLine {
    super::pages::edition_line(4, Some(RunId(31)))
}

fn figure(measure: FigureMeasure) -> Figure {
    let filter = RowFilter {
        year: Some(2024),
        level: Some(RowLevel::Comuna),
        territories: vec![Cut::parse("16302").expect("a code")],
        typology: Some(NASTY.into()),
        ..RowFilter::default()
    };
    Figure { dataset: dataset("inversion_comunal"), measure, filter }
}

#[test]
fn a_figure_leads_to_its_rows_its_rule_and_its_file() {
    let amount = figure(FigureMeasure::Sum(ColumnName::parse("monto").expect("a name")));
    let people = Figure { dataset: dataset("poblacion"), measure: FigureMeasure::Inhabitants, ..amount.clone() };
    let trace = Trace {
        value: FigureValue::PesosEach(Some(326_082.8)),
        terms: vec![(amount, FigureValue::Pesos(8_765_432_100)), (people, FigureValue::People(Some(26_881)))],
        rows: behind(20, true),
        chain: vec![derived(), source("inversiones", NASTY), source("poblacion", "Población")],
    };
    let page =
        build_provenance(shell(Section::Elsewhere, true), &figure(FigureMeasure::PerInhabitant), &trace, &line());
    let html = check("provenance", &page);
    for told in [
        "$ 326.083",
        "$ 326.082,80",
        "$ 8.765.432.100",
        "26.881",
        "61 filas",
        "Las 20 mayores, de 61",
        "Fila del archivo",
        "2.361 leídas = 2.314 cargadas + 47 rechazadas",
        "inversiones.csv",
        "9f86d081884c7d65",
        "con 1 archivo de filas corregidas",
        "enero.csv",
        "select 1 where 1 &#60; 2",
        "filas rechazadas: sobre 1 % avisa",
        "/descargas/inversiones?edicion=4",
        "comuna de Coihueco",
        "filas.csv?cifra=por_habitante",
    ] {
        assert!(html.contains(told), "the page tells {told}");
    }
    assert!(!html.contains("/srv/"), "no folder of the server is told");
}

#[test]
fn a_figure_of_nothing_and_one_of_a_closed_dataset_say_so() {
    let trace = |rows| Trace {
        value: FigureValue::Whole(0),
        terms: Vec::new(),
        rows,
        chain: vec![source("inversiones", "Iniciativas")],
    };
    let page = |name: &str, rows| {
        let page =
            build_provenance(shell(Section::Elsewhere, false), &figure(FigureMeasure::Rows), &trace(rows), &line());
        check(name, &page)
    };
    let empty = Behind { count: 0, measured: None, sum: FigureValue::Whole(0), ..behind(0, true) };
    assert!(page("provenance-empty", empty).contains("Ninguna fila con estos filtros"));
    let closed = page("provenance-closed", behind(0, false));
    assert!(closed.contains("no son públicas") && !closed.contains("filas.csv"));
}
