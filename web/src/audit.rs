//! `/auditoria`: who did what, and why.

use askama::Template;
use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use chrono::NaiveDate;
use futures::stream;
use goreos_db::audit::{self, Action, Filter, Line};
use goreos_db::read::{self, Page};
use goreos_domain::{DatasetId, RunId, defused};

use crate::boundary::PageError;
use crate::documents::attachment;
use crate::page::{Choice, Keep, REVALIDATE, html};
use crate::query::{Pager, page_number, value};
use crate::runs::csv_line;
use crate::shell::{Section, Shell, in_edition};
use crate::state::AppState;
use crate::viewed::Wanted;
use crate::words::{ago, counted, moment};

const PATH: &str = "/auditoria";
const CSV_PATH: &str = "/auditoria.csv";
const PAGE_SIZE: u32 = 50;

/// The trail.
#[derive(Template)]
#[template(path = "audit.html")]
pub struct AuditPage {
    pub shell: Shell,
    pub actions: Vec<Choice>,
    pub datasets: Vec<Choice>,
    /// `2026-03-04`, as a field of a form holds it; empty when not chosen.
    pub from: String,
    pub to: String,
    /// The run whose lines these are, when only they are shown.
    pub run: Option<i64>,
    pub rows: Vec<AuditRow>,
    pub total: String,
    pub pager: Pager,
    pub csv: String,
    /// The list without filters, when there are any.
    pub unfiltered: Option<String>,
}

/// A line.
#[derive(Debug, Clone)]
pub struct AuditRow {
    pub at: String,
    pub ago: String,
    pub actor: String,
    pub action: &'static str,
    /// For its colour.
    pub code: &'static str,
    pub words: String,
    pub subject: String,
    pub run: Option<(i64, String)>,
    pub edition: Option<(i64, String)>,
    pub comment: String,
}

/// `GET /auditoria`
pub async fn list(State(app): State<AppState>, wanted: Wanted, RawQuery(raw): RawQuery) -> Result<Response, PageError> {
    let raw = raw.unwrap_or_default();
    let filter = parse(&raw)?;
    let number =
        page_number(&raw).ok_or_else(|| PageError::BadRequest("El número de página no se entiende.".into()))?;
    let mut connection = app.connection().await?;
    let viewed = wanted.load(&mut connection).await?;
    let lines = audit::list(&mut connection, &filter, Page::numbered(number, PAGE_SIZE)).await?;
    let datasets = read::home(&mut connection, None).await?;
    let shell = viewed.shell(&app, Section::Elsewhere).unpinned(address(PATH, &filter, number, None));
    let pinned = viewed.pinned_number();
    let now = app.now();
    let chosen = filter.dataset.as_ref();
    let day = |day: Option<NaiveDate>| day.map(|day| day.to_string()).unwrap_or_default();
    let page = AuditPage {
        actions: Action::ALL
            .iter()
            .map(|action| Choice::new(action.code(), action.spanish(), filter.action == Some(*action)))
            .collect(),
        datasets: datasets.into_iter().map(|d| Choice::new(d.id.as_str(), d.title, chosen == Some(&d.id))).collect(),
        from: day(filter.from),
        to: day(filter.to),
        run: filter.run.map(|run| run.0),
        rows: lines.items.iter().map(|line| AuditRow::new(&shell, line, now)).collect(),
        total: counted(lines.total, "anotación", "anotaciones"),
        pager: Pager::new(number, PAGE_SIZE, lines.total, |page| address(PATH, &filter, page, pinned)),
        csv: address(CSV_PATH, &filter, 1, None),
        unfiltered: (filter != Filter::default()).then(|| shell.link(PATH)),
        shell,
    };
    html(&page, Keep::Revalidate)
}

/// `GET /auditoria.csv`: the same lines, all of them, as Spanish Excel opens them.
pub async fn list_csv(State(app): State<AppState>, RawQuery(raw): RawQuery) -> Result<Response, PageError> {
    const HEAD: [&str; 10] =
        ["n", "fecha", "quien", "accion", "que", "conjunto", "ejecucion", "edicion", "comentario", "detalle"];
    let filter = parse(&raw.unwrap_or_default())?;
    let first = format!("\u{feff}{}", csv_line(HEAD.into_iter().map(Into::into)));
    // Lines that are added meanwhile push the others down: what was written already is passed over by its number.
    let start = (app, 1_u32, i64::MAX, Some(first));
    let rows = stream::try_unfold(start, move |(app, number, last, first)| {
        let filter = filter.clone();
        async move {
            if let Some(first) = first {
                return Ok::<_, PageError>(Some((first, (app, number, last, None))));
            }
            let mut connection = app.connection().await?;
            let lines = audit::list(&mut connection, &filter, Page::numbered(number, Page::MAX_SIZE)).await?.items;
            drop(connection);
            let Some(oldest) = lines.last().map(|line| line.id) else { return Ok(None) };
            let text: String = lines.iter().filter(|line| line.id < last).map(record).collect();
            Ok(Some((text, (app, number + 1, oldest, None))))
        }
    });
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8")),
        (CACHE_CONTROL, HeaderValue::from_static(REVALIDATE)),
    ];
    Ok((headers, attachment("auditoria.csv")?, Body::from_stream(rows)).into_response())
}

fn record(line: &Line) -> String {
    let number = |id: Option<i64>| id.map(|id| id.to_string()).unwrap_or_default();
    let text = |text: &str| defused(text).into_owned();
    csv_line(
        [
            line.id.to_string(),
            moment(line.at),
            text(&line.actor),
            line.action.spanish().into(),
            text(&told(line)),
            line.dataset.as_ref().map(ToString::to_string).unwrap_or_default(),
            number(line.run.map(|run| run.0)),
            number(line.edition.map(|edition| edition.0)),
            text(&line.comment),
            text(&line.detail.to_string()),
        ]
        .into_iter(),
    )
}

fn parse(raw: &str) -> Result<Filter, PageError> {
    let unclear = |what: &str, text: &str| PageError::BadRequest(format!("«{text}» no es {what}."));
    let action = value(raw, "accion")
        .map(|code| Action::parse(&code).ok_or_else(|| unclear("una acción de la auditoría", &code)))
        .transpose()?;
    let dataset = value(raw, "conjunto").map(|id| DatasetId::parse(&id)).transpose();
    let dataset = dataset.map_err(|error| PageError::BadRequest(error.to_string()))?;
    let day = |name: &str| {
        value(raw, name).map(|text| text.parse().map_err(|_| unclear("un día (2026-03-04)", &text))).transpose()
    };
    let run: Option<RunId> = value(raw, "ejecucion")
        .map(|text| text.parse().map_err(|_| unclear("el número de una ejecución", &text)))
        .transpose()?;
    Ok(Filter { action, dataset, run, edition: None, from: day("desde")?, to: day("hasta")? })
}

fn address(path: &str, filter: &Filter, page: u32, edition: Option<i64>) -> String {
    let pairs = [
        filter.action.map(|action| ("accion", action.code().to_owned())),
        filter.dataset.as_ref().map(|dataset| ("conjunto", dataset.to_string())),
        filter.from.map(|day| ("desde", day.to_string())),
        filter.to.map(|day| ("hasta", day.to_string())),
        filter.run.map(|run| ("ejecucion", run.to_string())),
        (page > 1).then(|| ("pagina", page.to_string())),
    ];
    in_edition(path, pairs.into_iter().flatten(), edition)
}

impl AuditRow {
    /// The row of a line.
    pub fn new(shell: &Shell, line: &Line, now: chrono::DateTime<chrono::Utc>) -> Self {
        Self {
            at: moment(line.at),
            ago: ago(line.at, now),
            actor: line.actor.clone(),
            action: line.action.spanish(),
            code: line.action.code(),
            words: told(line),
            subject: line
                .dataset_title
                .clone()
                .or_else(|| line.dataset.as_ref().map(ToString::to_string))
                .unwrap_or_default(),
            run: line.run.map(|run| (run.0, shell.link(&format!("/ejecuciones/{run}")))),
            edition: line.edition.map(|edition| (edition.0, format!("/ediciones/{edition}"))),
            comment: line.comment.clone(),
        }
    }
}

/// A line as one sentence: who did what.
pub fn told(line: &Line) -> String {
    let Line { actor, action, .. } = line;
    let detail = |key: &str| line.detail.get(key).and_then(serde_json::Value::as_i64);
    let edition = line.edition.map_or_else(|| "otra edición".into(), |edition| format!("la edición {edition}"));
    match action {
        Action::Publish => match line.detail.get("approved_by").and_then(serde_json::Value::as_str) {
            Some(by) => format!("Se publicó {edition}, con la aprobación de {by}"),
            None => format!("Se publicó {edition}, a pedido de {actor}"),
        },
        Action::Wait => "La compuerta la dejó en espera de aprobación".into(),
        Action::Approve => format!("{actor} la aprobó"),
        Action::Refuse => format!("{actor} la rechazó"),
        Action::Supersede => match detail("by") {
            Some(by) => format!("La ejecución {by}, más nueva, tomó su lugar"),
            None => "Una ejecución más nueva tomó su lugar".into(),
        },
        Action::Rollback => match detail("to") {
            Some(to) => format!("{actor} volvió a la edición {to}, con {edition}"),
            None => format!("{actor} volvió atrás, con {edition}"),
        },
        Action::Tag | Action::Untag => {
            let name = line.detail.get("tag").and_then(serde_json::Value::as_str).unwrap_or_default();
            let verb = if *action == Action::Tag { "puso" } else { "quitó" };
            format!("{actor} {verb} la etiqueta «{name}» de {edition}")
        }
        Action::Drop => format!("Se retiró {edition} al cumplirse su plazo"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_filters_of_the_trail_stay_in_its_address() {
        let filter =
            parse("accion=rollback&conjunto=inversiones&desde=2026-03-01&hasta=2026-03-31&pagina=2").expect("a filter");
        assert_eq!(
            address(PATH, &filter, 2, Some(3)),
            "/auditoria?accion=rollback&conjunto=inversiones&desde=2026-03-01&hasta=2026-03-31&pagina=2&edicion=3"
        );
        assert_eq!(address(CSV_PATH, &parse("ejecucion=7").expect("a filter"), 1, None), "/auditoria.csv?ejecucion=7");
        assert_eq!(parse("accion=&desde=&hasta=").expect("none"), Filter::default());
    }

    #[test]
    fn a_filter_that_names_nothing_is_an_error() {
        for bad in ["accion=borrar", "conjunto=a;drop", "desde=ayer", "hasta=2026-02-30", "ejecucion=x"] {
            assert!(matches!(parse(bad), Err(PageError::BadRequest(_))), "{bad}");
        }
    }
}
