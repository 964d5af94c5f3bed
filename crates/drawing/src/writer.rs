//! A writer for well-formed, escaped SVG. The only place that makes markup.

use std::fmt::Write as _;

use crate::paint::{Medium, Role};

/// Writes elements in order; attributes follow the `open` they belong to.
#[derive(Default)]
pub(crate) struct Writer {
    out: String,
    open: Vec<&'static str>,
    in_tag: bool,
}

impl Writer {
    pub(crate) fn open(&mut self, tag: &'static str) -> &mut Self {
        self.end_tag();
        self.out.push('<');
        self.out.push_str(tag);
        self.open.push(tag);
        self.in_tag = true;
        self
    }

    pub(crate) fn attr(&mut self, name: &str, value: &str) -> &mut Self {
        debug_assert!(self.in_tag, "an attribute follows its element's opening");
        self.out.push(' ');
        self.out.push_str(name);
        self.out.push_str("=\"");
        escape_into(&mut self.out, value);
        self.out.push('"');
        self
    }

    pub(crate) fn num(&mut self, name: &str, value: f64) -> &mut Self {
        self.attr(name, &number(value))
    }

    /// Names the element's part for the page's stylesheet, or gives it its colours for print.
    pub(crate) fn paint(&mut self, medium: Medium, role: Role) -> &mut Self {
        match medium {
            Medium::Page => self.attr("class", &role.class()),
            Medium::Print { palette, .. } => {
                for (name, value) in role.attributes(palette) {
                    self.attr(name, value);
                }
                self
            }
        }
    }

    pub(crate) fn text(&mut self, text: &str) -> &mut Self {
        self.end_tag();
        escape_into(&mut self.out, text);
        self
    }

    pub(crate) fn close(&mut self) -> &mut Self {
        let tag = self.open.pop().unwrap_or_default();
        if self.in_tag {
            self.out.push_str("/>");
            self.in_tag = false;
        } else {
            self.out.push_str("</");
            self.out.push_str(tag);
            self.out.push('>');
        }
        self
    }

    /// An element that holds only text.
    pub(crate) fn leaf(&mut self, tag: &'static str, text: &str) -> &mut Self {
        self.open(tag).text(text).close()
    }

    pub(crate) fn finish(mut self) -> String {
        while !self.open.is_empty() {
            self.close();
        }
        self.out
    }

    fn end_tag(&mut self) {
        if std::mem::take(&mut self.in_tag) {
            self.out.push('>');
        }
    }
}

/// At most one decimal, never `-0`: the same value is always the same bytes.
pub(crate) fn number(value: f64) -> String {
    let tenths = (value * 10.0).round() / 10.0;
    let mut text = String::new();
    if !tenths.is_finite() || tenths == 0.0 {
        text.push('0');
    } else if tenths.fract() == 0.0 {
        _ = write!(text, "{tenths:.0}");
    } else {
        _ = write!(text, "{tenths:.1}");
    }
    text
}

fn escape_into(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\t' | '\n' | '\r' => out.push(' '),
            // XML 1.0 has no way to write these.
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => {}
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_in_text_and_attributes_is_escaped_and_control_characters_are_dropped() {
        let mut w = Writer::default();
        w.open("text").attr("data-code", "\"'><&").text("<script>\u{0}a\nb</script>");
        assert_eq!(w.finish(), "<text data-code=\"&quot;&#39;&gt;&lt;&amp;\">&lt;script&gt;a b&lt;/script&gt;</text>");
    }

    #[test]
    fn numbers_have_at_most_one_decimal_and_no_negative_zero() {
        let cases = [(1.0, "1"), (1.25, "1.3"), (-0.04, "0"), (-2.5, "-2.5"), (f64::NAN, "0")];
        for (value, written) in cases {
            assert_eq!(number(value), written);
        }
    }

    #[test]
    fn an_element_without_content_closes_itself_and_finish_closes_the_rest() {
        let mut w = Writer::default();
        w.open("g").open("rect").num("x", 1.0).close();
        assert_eq!(w.finish(), "<g><rect x=\"1\"/></g>");
    }
}
