//! `/tableros/inversion`

mod filter;
mod part;

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::{IntoResponse, Redirect, Response};
use goreos_db::read;

pub use filter::Filter;
pub use part::{DashboardPart, Figure};

use crate::boundary::PageError;
use crate::page::{Choice, html, wants_fragment};
use crate::shell::{Section, Shell, Sources};
use crate::state::AppState;
use crate::viewed::{Wanted, if_held};

/// The datasets the dashboard rests on, in the order they are named.
const DATASETS: [&str; 4] = ["inversion_comunal", "inversiones", "poblacion", "comunas"];

/// The whole page.
#[derive(Template)]
#[template(path = "dashboard.html")]
pub struct DashboardPage {
    pub shell: Shell,
    /// None when the edition lacks a dataset; `missing` says which.
    pub form: Option<FilterForm>,
    pub part: Option<DashboardPart>,
    pub missing: String,
}

/// What changes with a filter.
#[derive(Template)]
#[template(path = "_dashboard.html")]
pub struct DashboardFragment {
    pub part: DashboardPart,
}

/// The choices of the form.
#[derive(Debug, Clone)]
pub struct FilterForm {
    pub years: Vec<Choice>,
    pub provinces: Vec<Choice>,
    pub typologies: Vec<Choice>,
    pub measures: Vec<Choice>,
}

/// `GET /tableros/inversion`
pub async fn show(
    State(app): State<AppState>,
    wanted: Wanted,
    headers: HeaderMap,
    RawQuery(raw): RawQuery,
) -> Result<Response, PageError> {
    let raw = raw.unwrap_or_default();
    let filter = Filter::parse(&raw)?;
    let mut connection = app.connection().await?;
    let viewed = wanted.load(&mut connection).await?;
    let address = filter.address(viewed.pinned_number());
    let fragment = wants_fragment(&headers);
    if !fragment && format!("{}?{raw}", filter::PATH) != address && !raw.is_empty() {
        return Ok(Redirect::to(&address).into_response());
    }
    let shell = viewed.shell(&app, Section::Dashboard).unpinned(filter.address(None));
    let Some(edition) = &viewed.edition else {
        return html(&nothing(shell, String::new()), viewed.keep());
    };
    let loaded = if_held(read::dashboard(&mut connection, edition, &app.site.region, &filter.data).await)?;
    let data = match loaded {
        Ok(data) => data,
        Err(dataset) => return html(&nothing(shell, dataset), viewed.keep()),
    };
    let sources = Sources::new(&read::sources(&mut connection, edition, &DATASETS).await?);
    let part = part::build(&shell, &data, &filter, sources)?;
    if fragment {
        let mut response = html(&DashboardFragment { part }, viewed.keep())?;
        let address = HeaderValue::from_str(&address).map_err(|error| PageError::Internal(error.into()))?;
        response.headers_mut().insert(HeaderName::from_static("hx-push-url"), address);
        return Ok(response);
    }
    let form = Some(form(&data.choices, &filter));
    html(&DashboardPage { shell, form, part: Some(part), missing: String::new() }, viewed.keep())
}

fn nothing(shell: Shell, missing: String) -> DashboardPage {
    DashboardPage { shell, form: None, part: None, missing }
}

fn form(choices: &read::Choices, filter: &Filter) -> FilterForm {
    let data = &filter.data;
    FilterForm {
        years: choices
            .years
            .iter()
            .map(|year| Choice::new(year.to_string(), year.to_string(), data.year == Some(*year)))
            .collect(),
        provinces: choices
            .provinces
            .iter()
            .map(|province| {
                Choice::new(province.cut.as_str(), &province.name, data.province.as_ref() == Some(&province.cut))
            })
            .collect(),
        typologies: choices
            .typologies
            .iter()
            .map(|typology| Choice::new(typology, typology, data.typology.as_ref() == Some(typology)))
            .collect(),
        measures: filter::measures()
            .map(|(measure, code, title)| Choice::new(code, title, measure == filter.measure))
            .collect(),
    }
}

/// The form and the part of a dashboard, for rendering samples.
#[cfg(test)]
pub fn samples(
    shell: &Shell,
    data: &read::Dashboard,
    filter: &Filter,
    sources: Sources,
) -> (FilterForm, DashboardPart) {
    (form(&data.choices, filter), part::build(shell, data, filter, sources).expect("readable boundaries"))
}
