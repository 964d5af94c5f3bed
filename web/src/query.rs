//! Query strings, read and written in one order, so that one state has one address.

use std::borrow::Cow;

use url::form_urlencoded;

/// The pairs of a query string whose value is not empty: a form sends every field, chosen or not.
pub fn pairs(raw: &str) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
    form_urlencoded::parse(raw.as_bytes()).filter(|(_, value)| !value.is_empty())
}

/// The value of one name.
pub fn value<'a>(raw: &'a str, name: &str) -> Option<Cow<'a, str>> {
    pairs(raw).find(|(key, _)| key == name).map(|(_, value)| value)
}

/// `path` with those pairs; without a question mark when there are none.
pub fn address<'a>(path: &str, pairs: impl IntoIterator<Item = (&'a str, String)>) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (key, value) in pairs {
        query.append_pair(key, &value);
    }
    let query = query.finish();
    if query.is_empty() { path.into() } else { format!("{path}?{query}") }
}

/// The page number of a list, from 1. Nothing given is the first page; nonsense is None.
pub fn page_number(raw: &str) -> Option<u32> {
    value(raw, "pagina").map_or(Some(1), |text| text.parse().ok().filter(|number| *number > 0))
}

/// Links to the pages before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pager {
    /// `Página 2 de 7`.
    pub words: String,
    pub previous: Option<String>,
    pub next: Option<String>,
}

impl Pager {
    /// For page `number` of a list of `total` rows; `link` makes the address of a page.
    pub fn new(number: u32, size: u32, total: i64, link: impl Fn(u32) -> String) -> Self {
        let pages = page_count(total, size);
        Self {
            words: format!("Página {number} de {pages}"),
            previous: (number > 1).then(|| link((number - 1).min(pages))),
            next: (number < pages).then(|| link(number + 1)),
        }
    }

    /// False for a list of one page.
    pub fn is_needed(&self) -> bool {
        self.previous.is_some() || self.next.is_some()
    }
}

fn page_count(total: i64, size: u32) -> u32 {
    let size = i64::from(size.max(1));
    u32::try_from((total.max(1) + size - 1) / size).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_only_what_was_chosen() {
        assert_eq!(address("/a", []), "/a");
        assert_eq!(address("/a", [("tipologia", "Agua & luz".to_owned())]), "/a?tipologia=Agua+%26+luz");
        assert_eq!(value("anio=&tipologia=Agua+%26+luz", "tipologia").as_deref(), Some("Agua & luz"));
        assert_eq!(value("anio=&tipologia=x", "anio"), None);
    }

    #[test]
    fn a_list_links_to_the_pages_before_and_after() {
        let pager = |number, total| Pager::new(number, 20, total, |page| format!("?pagina={page}"));
        let links = |pager: Pager| (pager.previous, pager.next);
        assert_eq!(links(pager(1, 0)), (None, None));
        assert_eq!(links(pager(1, 20)), (None, None));
        assert_eq!(links(pager(1, 21)), (None, Some("?pagina=2".into())));
        assert_eq!(links(pager(2, 60)), (Some("?pagina=1".into()), Some("?pagina=3".into())));
        assert_eq!(links(pager(9, 60)), (Some("?pagina=3".into()), None), "past the end leads back to the last page");
        assert_eq!(pager(2, 60).words, "Página 2 de 3");
    }

    #[test]
    fn a_page_number_is_a_positive_number_or_nothing() {
        assert_eq!(
            [page_number(""), page_number("pagina=3"), page_number("pagina=0"), page_number("pagina=x")],
            [Some(1), Some(3), None, None]
        );
    }
}
