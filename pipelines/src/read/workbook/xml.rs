//! The XML of OpenDocument, token by token, never more of it in memory than one tag or one stretch of text.
//!
//! What programs write, no more: no document type, so no entities but the five of XML and characters by number.

use std::io::{self, BufRead, Read};

/// Longest tag or stretch of text.
const MOST_BYTES: u64 = 4 << 20;

/// A piece of a document. An empty element is a start and an end.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Token {
    Start(Tag),
    End(String),
    Text(String),
}

/// A start tag; names with their usual prefix, as written.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Tag {
    pub(super) name: String,
    attributes: String,
}

impl Tag {
    /// The value of an attribute.
    pub(super) fn attribute(&self, name: &str) -> Option<String> {
        let mut rest = self.attributes.as_str();
        loop {
            let (found, after) = rest.split_once('=')?;
            let after = after.trim_start();
            let quote = after.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
            let (value, next) = after[1..].split_once(quote)?;
            if found.trim() == name {
                return Some(unescaped(value));
            }
            rest = next;
        }
    }

    /// How often an element says it is repeated; once when it does not say.
    pub(super) fn repeated(&self, name: &str) -> u64 {
        self.attribute(name).and_then(|count| count.trim().parse().ok()).unwrap_or(1)
    }
}

/// A document being read.
pub(super) struct Xml<R> {
    input: R,
    buffer: Vec<u8>,
    /// The next byte is the first of a tag.
    at_tag: bool,
    /// The end of the empty element just given.
    end: Option<String>,
}

impl<R: BufRead> Xml<R> {
    pub(super) fn new(input: R) -> Self {
        Self { input, buffer: Vec::new(), at_tag: false, end: None }
    }

    /// The next piece; `None` at the end.
    ///
    /// # Errors
    /// What reading gives; `InvalidData` for what is no XML.
    pub(super) fn next(&mut self) -> io::Result<Option<Token>> {
        loop {
            if let Some(name) = self.end.take() {
                return Ok(Some(Token::End(name)));
            }
            if self.at_tag {
                self.at_tag = false;
                if let Some(token) = self.tag()? {
                    return Ok(Some(token));
                }
                continue;
            }
            self.buffer.clear();
            self.at_tag = self.until(b'<')?;
            if !self.buffer.is_empty() {
                return Ok(Some(Token::Text(unescaped(&self.text()?))));
            }
            if !self.at_tag {
                return Ok(None);
            }
        }
    }

    /// Passes over the rest of an element whose start was just given.
    pub(super) fn skip(&mut self) -> io::Result<()> {
        let mut depth = 1_u32;
        while depth > 0 {
            match self.next()? {
                Some(Token::Start(_)) => depth += 1,
                Some(Token::End(_)) => depth -= 1,
                Some(Token::Text(_)) => {}
                None => return Err(cut_short()),
            }
        }
        Ok(())
    }

    /// What stands between `<` and `>`; `None` for comments and instructions.
    fn tag(&mut self) -> io::Result<Option<Token>> {
        self.buffer.clear();
        self.rest_of_tag(quotes_are_closed)?;
        if self.buffer.starts_with(b"!--") {
            self.rest_of(|tag| tag.len() >= 5 && tag.ends_with(b"--"))?;
            return Ok(None);
        }
        if self.buffer.starts_with(b"![CDATA[") {
            self.rest_of(|tag| tag.ends_with(b"]]"))?;
            let text = self.text()?;
            return Ok(Some(Token::Text(text["![CDATA[".len()..text.len() - 2].to_owned())));
        }
        if self.buffer.starts_with(b"?") || self.buffer.starts_with(b"!") {
            return Ok(None);
        }
        let text = self.text()?;
        if let Some(name) = text.strip_prefix('/') {
            return Ok(Some(Token::End(name.trim().to_owned())));
        }
        let (inside, empty) = text.strip_suffix('/').map_or((text.as_str(), false), |inside| (inside, true));
        let (name, attributes) = inside.split_once(|c: char| c.is_ascii_whitespace()).unwrap_or((inside, ""));
        if empty {
            self.end = Some(name.to_owned());
        }
        Ok(Some(Token::Start(Tag { name: name.to_owned(), attributes: attributes.to_owned() })))
    }

    fn rest_of_tag(&mut self, whole: fn(&[u8]) -> bool) -> io::Result<()> {
        if !self.until(b'>')? {
            return Err(cut_short());
        }
        // Comments and character data end by rules of their own.
        if self.buffer.starts_with(b"!") { Ok(()) } else { self.rest_of(whole) }
    }

    /// Reads on, past each `>`, until the tag is whole.
    fn rest_of(&mut self, whole: fn(&[u8]) -> bool) -> io::Result<()> {
        while !whole(&self.buffer) {
            self.buffer.push(b'>');
            if !self.until(b'>')? {
                return Err(cut_short());
            }
        }
        Ok(())
    }

    /// Appends what stands before the next such byte, and passes over it; false when the end came first.
    fn until(&mut self, byte: u8) -> io::Result<bool> {
        let left = MOST_BYTES.saturating_sub(self.buffer.len() as u64);
        let read = (&mut self.input).take(left).read_until(byte, &mut self.buffer)?;
        if self.buffer.last() == Some(&byte) && read > 0 {
            self.buffer.pop();
            return Ok(true);
        }
        if read as u64 == left {
            return Err(invalid("un elemento es demasiado largo"));
        }
        Ok(false)
    }

    fn text(&self) -> io::Result<String> {
        String::from_utf8(self.buffer.clone()).map_err(|_| invalid("hay texto que no es UTF-8"))
    }
}

fn quotes_are_closed(tag: &[u8]) -> bool {
    let mut open = None;
    for byte in tag.iter().filter(|byte| matches!(byte, b'"' | b'\'')) {
        match open {
            None => open = Some(byte),
            Some(quote) if quote == byte => open = None,
            Some(_) => {}
        }
    }
    open.is_none()
}

fn invalid(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}

fn cut_short() -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, "el contenido termina antes de tiempo")
}

/// Text with its entities resolved; what is no entity stays as it is.
fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        if let Some((letter, next)) = after.split_once(';').and_then(|(name, next)| Some((entity(name)?, next))) {
            out.push(letter);
            rest = next;
        } else {
            out.push('&');
            rest = after;
        }
    }
    out.push_str(rest);
    out
}

fn entity(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(text: &str) -> Vec<String> {
        let mut xml = Xml::new(text.as_bytes());
        let mut found = Vec::new();
        while let Some(token) = xml.next().expect("XML") {
            found.push(match token {
                Token::Start(tag) => format!("<{}", tag.name),
                Token::End(name) => format!("/{name}"),
                Token::Text(text) => text,
            });
        }
        found
    }

    #[test]
    fn what_programs_write_is_read() {
        let text = "<?xml version=\"1.0\"?><!-- > -- <x> --><a b='1>2' c=\"it's\"><d/>x &amp; &#241;&#xF1; &nbsp;<![CDATA[<e>]]></a>";
        assert_eq!(tokens(text), ["<a", "<d", "/d", "x & ññ &nbsp;", "<e>", "/a"]);
        let Some(Token::Start(tag)) = Xml::new(&b"<a b='1>2' c = \"it's &lt;\" n='x'/>"[..]).next().expect("XML")
        else {
            panic!("a tag")
        };
        assert_eq!(tag.attribute("b").as_deref(), Some("1>2"));
        assert_eq!(tag.attribute("c").as_deref(), Some("it's <"));
        assert_eq!((tag.attribute("d"), tag.repeated("n"), tag.repeated("b")), (None, 1, 1));
    }

    #[test]
    fn what_is_cut_short_or_endless_is_refused() {
        for text in ["<a", "<a b='>", "<!-- x", "<![CDATA[ x"] {
            let mut xml = Xml::new(text.as_bytes());
            assert!(xml.next().is_err(), "{text}");
        }
        assert!(Xml::new(&b"<a><b></b>"[..]).skip().is_err());
        let long = format!("<a>{}", "x".repeat(5 << 20));
        let mut xml = Xml::new(long.as_bytes());
        xml.next().expect("the tag");
        assert!(xml.next().is_err());
    }
}
