//! PDF/A refuses a character without a glyph, and typst would refuse the whole report for one emoji in a name.

use serde_json::Value;

use crate::Fonts;

const REPLACEMENT: char = '\u{FFFD}';

/// Replaces, in every string, what no font can draw. Invisible characters go, other white space becomes a space.
pub(crate) fn make_printable(value: &mut Value, fonts: &Fonts) {
    match value {
        Value::String(text) if !text.bytes().all(is_plain) => {
            *text = text.chars().filter_map(|character| printable(character, fonts)).collect();
        }
        Value::Array(items) => items.iter_mut().for_each(|item| make_printable(item, fonts)),
        Value::Object(fields) => fields.values_mut().for_each(|field| make_printable(field, fonts)),
        _ => {}
    }
}

fn is_plain(byte: u8) -> bool {
    byte == b' ' || byte.is_ascii_graphic()
}

fn printable(character: char, fonts: &Fonts) -> Option<char> {
    match character {
        ' '..='~' => Some(character),
        _ if character.is_whitespace() || character.is_control() => Some(' '),
        // Zero width and direction marks: they could make a name read as another.
        '\u{00AD}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}' => None,
        // Private use: the font may have a glyph, but PDF/A wants a meaning.
        '\u{E000}'..='\u{F8FF}' => Some(REPLACEMENT),
        _ if fonts.can_draw(character) => Some(character),
        _ if fonts.can_draw(REPLACEMENT) => Some(REPLACEMENT),
        _ => Some('?'),
    }
}
