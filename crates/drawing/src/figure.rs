//! What every drawing has around it: size, title, description, the element `svg`.

use crate::paint::{Medium, Role};
use crate::writer::Writer;

/// Width and height in the drawing's own units: pixels on the page at natural size, points in print.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Size {
    pub width: f64,
    pub height: f64,
}

/// The words that stand for a drawing where it cannot be seen.
#[derive(Debug, Clone, Copy)]
pub struct Caption<'a> {
    /// Prefix of the ids inside the drawing; unique in its page. Letters, digits, `-` and `_` are kept.
    pub id: &'a str,
    pub title: &'a str,
    pub description: &'a str,
}

impl Caption<'_> {
    /// An id of a part of this drawing, safe inside `url(#…)`.
    pub(crate) fn id_of(&self, part: &str) -> String {
        let safe = |c: char| if c.is_ascii_alphanumeric() || c == '-' || c == '_' { c } else { '-' };
        format!("{}-{part}", self.id.chars().map(safe).collect::<String>())
    }
}

/// What [`open`] needs to know about a drawing.
#[derive(Clone, Copy)]
pub(crate) struct Sheet<'a> {
    pub(crate) caption: Caption<'a>,
    pub(crate) kind: &'static str,
    pub(crate) size: Size,
    /// With links it is a group for assistive technology: an image would hide them.
    pub(crate) links: bool,
}

/// Opens `svg` with its title and description.
pub(crate) fn open(w: &mut Writer, medium: Medium, sheet: Sheet) {
    let Sheet { caption, kind, size, links } = sheet;
    let (title, description) = (caption.id_of("title"), caption.id_of("desc"));
    let view_box = format!("0 0 {} {}", size.width, size.height);
    w.open("svg").attr("xmlns", "http://www.w3.org/2000/svg").attr("viewBox", &view_box);
    match medium {
        Medium::Page => w.attr("class", &format!("drawing {kind}")),
        Medium::Print { font_family, .. } => {
            w.num("width", size.width).num("height", size.height).attr("font-family", font_family)
        }
    };
    w.attr("role", if links && medium.is_page() { "group" } else { "img" });
    w.attr("aria-labelledby", &format!("{title} {description}"));
    w.open("title").attr("id", &title).text(caption.title).close();
    w.open("desc").attr("id", &description).text(caption.description).close();
}

/// A drawing of nothing, which says so.
pub(crate) fn empty(medium: Medium, sheet: Sheet, text: &str) -> String {
    let mut w = Writer::default();
    open(&mut w, medium, Sheet { links: false, ..sheet });
    w.open("text").paint(medium, Role::Note);
    w.num("x", sheet.size.width / 2.0).num("y", sheet.size.height / 2.0);
    w.attr("text-anchor", "middle").num("font-size", 14.0).text(text);
    w.finish()
}

/// Draws `content` inside a link when there is one and the medium can follow it.
pub(crate) fn linked(w: &mut Writer, medium: Medium, href: Option<&str>, content: impl FnOnce(&mut Writer)) {
    match href.filter(|_| medium.is_page()) {
        Some(href) => {
            w.open("a").attr("href", href);
            content(w);
            w.close();
        }
        None => content(w),
    }
}
