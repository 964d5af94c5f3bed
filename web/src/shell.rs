//! What surrounds every page: the head, the menu, the edition.

use std::sync::Arc;

use goreos_db::Edition;
use goreos_db::read::Provenance;

use crate::query::address;
use crate::state::Site;
use crate::words;

/// An entry of the menu.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    Home,
    Dashboard,
    Runs,
    Editions,
    Documents,
    Downloads,
    /// A page that is in no menu.
    Elsewhere,
}

/// The menu, in order.
const MENU: [(Section, &str, &str); 6] = [
    (Section::Home, "/", "Inicio"),
    (Section::Dashboard, "/tableros/inversion", "Inversión"),
    (Section::Documents, "/documentos", "Documentos"),
    (Section::Downloads, "/descargas", "Descargas"),
    (Section::Runs, "/ejecuciones", "Ejecuciones"),
    (Section::Editions, "/ediciones", "Ediciones"),
];

/// A line of the menu as the template shows it.
pub struct MenuItem {
    pub href: String,
    pub label: &'static str,
    pub current: bool,
    /// Loads that wait for a person, beside the entry that leads to them; 0 for none.
    pub waiting: i64,
}

/// The edition a page shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EditionTag {
    pub number: i64,
    /// Of its own page.
    pub path: String,
    /// `04-03-2026 09:05`
    pub published: String,
    /// The address names it, so it stays what it is.
    pub pinned: bool,
}

/// The layout's part of every page struct.
#[derive(Debug, Clone)]
pub struct Shell {
    pub site: Arc<Site>,
    pub section: Section,
    pub edition: Option<EditionTag>,
    /// Where "ir a la vigente" leads: this page without the edition.
    pub unpinned: String,
    /// Seconds after which a browser without JavaScript asks again.
    pub refresh_s: Option<u32>,
    /// Loads that wait at the gate; never told on a page that may be kept.
    pub waiting: i64,
}

impl Shell {
    /// Around a page of no edition.
    pub fn bare(site: &Arc<Site>, section: Section) -> Self {
        Self { site: Arc::clone(site), section, edition: None, unpinned: "/".into(), refresh_s: None, waiting: 0 }
    }

    /// Around a page of that edition.
    pub fn of(site: &Arc<Site>, section: Section, edition: Option<&Edition>, pinned: bool) -> Self {
        let edition = edition.map(|edition| EditionTag {
            number: edition.id.0,
            path: format!("/ediciones/{}", edition.id),
            published: words::moment(edition.created_at),
            pinned,
        });
        Self { edition, ..Self::bare(site, section) }
    }

    /// With the address of this page in the current edition.
    #[must_use]
    pub fn unpinned(mut self, address: impl Into<String>) -> Self {
        self.unpinned = address.into();
        self
    }

    /// An address of ours that stays in the edition the reader chose.
    pub fn link(&self, path: &str) -> String {
        match &self.edition {
            Some(edition) if edition.pinned => {
                let mark = if path.contains('?') { '&' } else { '?' };
                format!("{path}{mark}edicion={}", edition.number)
            }
            _ => path.to_owned(),
        }
    }

    /// The edition for a hidden field of a form, when the address names one.
    pub fn pinned_number(&self) -> Option<i64> {
        self.edition.as_ref().filter(|edition| edition.pinned).map(|edition| edition.number)
    }

    /// The menu.
    pub fn menu(&self) -> Vec<MenuItem> {
        let item = |(section, path, label): (Section, &str, &'static str)| MenuItem {
            href: self.link(path),
            label,
            current: section == self.section,
            waiting: if section == Section::Runs { self.waiting } else { 0 },
        };
        MENU.map(item).into()
    }
}

/// Where the figures of a page come from, as its last lines say.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    pub lines: Vec<SourceLine>,
}

/// One dataset behind a page.
#[derive(Debug, Clone)]
pub struct SourceLine {
    pub title: String,
    pub words: String,
    pub example: bool,
}

impl Sources {
    /// In the order given.
    pub fn new(provenance: &[Provenance]) -> Self {
        Self { lines: provenance.iter().map(SourceLine::new).collect() }
    }

    /// Some figure rests on invented data.
    pub fn has_example(&self) -> bool {
        self.lines.iter().any(|line| line.example)
    }
}

impl SourceLine {
    fn new(p: &Provenance) -> Self {
        let origin = match &p.source {
            Some(file) => format!("archivo {} recibido el {}", file_name(&file.origin), words::day(file.received_at)),
            None if p.inputs.is_empty() => "calculado por la plataforma".to_owned(),
            None => format!("calculado a partir de {}", p.inputs.join(", ")),
        };
        let credit = if p.attribution.is_empty() { &p.owner } else { &p.attribution };
        let words = format!("{credit}. Licencia {}. Versión {}, {origin}.", p.licence, p.release);
        Self { title: p.title.clone(), words, example: p.example }
    }
}

/// The last part of a path or address: folders of the server are nobody's business.
pub fn file_name(origin: &str) -> &str {
    origin.trim_end_matches('/').rsplit(['/', '\\']).next().unwrap_or(origin)
}

/// The address of a page in an edition, chosen or current.
pub fn in_edition<'a>(path: &str, pairs: impl IntoIterator<Item = (&'a str, String)>, edition: Option<i64>) -> String {
    address(path, pairs.into_iter().chain(edition.map(|number| ("edicion", number.to_string()))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assets::Assets;

    fn shell(pinned: bool) -> Shell {
        let site = Arc::new(Site::new("16", "http://localhost", Assets::default()).expect("a site"));
        Shell::of(&site, Section::Home, Some(&Edition::of(4, [])), pinned)
    }

    #[test]
    fn links_stay_in_the_edition_that_was_chosen() {
        assert_eq!(shell(true).link("/comunas/16101"), "/comunas/16101?edicion=4");
        assert_eq!(shell(true).link("/ejecuciones?estado=failed"), "/ejecuciones?estado=failed&edicion=4");
        assert_eq!(shell(false).link("/comunas/16101"), "/comunas/16101");
        assert!(shell(true).menu().iter().all(|item| item.href.ends_with("?edicion=4")));
    }

    #[test]
    fn a_source_never_shows_folders_of_the_server() {
        assert_eq!(file_name("/var/lib/goreos/inversiones.csv"), "inversiones.csv");
        assert_eq!(file_name("https://www.ine.gob.cl/censo/poblacion.csv"), "poblacion.csv");
        assert_eq!(file_name("C:\\datos\\a.csv"), "a.csv");
        assert_eq!(file_name("a.csv"), "a.csv");
    }
}
