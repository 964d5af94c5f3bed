//! Figures of other pages that lead to where they come from.

use askama::Template;
use goreos_db::read::RowFilter;

use super::address::address;
use crate::shell::Shell;
use crate::words::NOTHING;

/// A number of a table: the number itself is the link.
#[derive(Debug, Clone, Template)]
#[template(path = "_traced.html")]
pub struct Traced {
    pub value: String,
    /// What it is, for who does not see the table around it.
    pub what: String,
    /// None when there is no number.
    pub href: Option<String>,
}

/// The words beside a number that stands by itself.
#[derive(Debug, Clone, Template)]
#[template(path = "_origin.html")]
pub struct Origin(pub Traced);

impl askama::filters::HtmlSafe for Traced {}
impl askama::filters::HtmlSafe for Origin {}

/// Makes the links of one page: all in its edition, and with the filters that its figures share.
#[derive(Debug, Clone)]
pub struct Tracer {
    edition: Option<i64>,
    dataset: String,
    filter: RowFilter,
}

impl Tracer {
    /// For the figures of a dataset on that page.
    pub fn new(shell: &Shell, dataset: &str, filter: RowFilter) -> Self {
        Self { edition: shell.edition.as_ref().map(|edition| edition.number), dataset: dataset.into(), filter }
    }

    /// For the figures of a whole dataset.
    pub fn of_dataset(shell: &Shell, dataset: &str) -> Self {
        Self::new(shell, dataset, RowFilter::default())
    }

    /// The same page, another dataset.
    #[must_use]
    pub fn of(&self, dataset: &str, filter: RowFilter) -> Self {
        Self { edition: self.edition, dataset: dataset.into(), filter }
    }

    /// The same, narrower.
    #[must_use]
    pub fn with(&self, narrow: impl FnOnce(&mut RowFilter)) -> Self {
        let mut narrower = self.clone();
        narrow(&mut narrower.filter);
        narrower
    }

    /// A number of a table.
    pub fn number(&self, measure: &str, value: impl Into<String>, what: impl Into<String>) -> Traced {
        let value = value.into();
        let href = (value != NOTHING).then(|| address(&self.dataset, measure, &self.filter, self.edition));
        Traced { value, what: what.into(), href }
    }

    /// The words beside a number.
    pub fn origin(&self, measure: &str, value: impl Into<String>, what: impl Into<String>) -> Origin {
        Origin(self.number(measure, value, what))
    }
}
