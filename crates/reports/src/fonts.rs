use typst::foundations::Bytes;
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;

use crate::ReportError;

/// The families the templates name.
const FAMILIES: [&str; 2] = ["Roboto", "Roboto Slab"];

/// The fonts of every report, parsed once. The system's fonts are never used: they differ between machines.
#[derive(Debug)]
pub struct Fonts {
    book: LazyHash<FontBook>,
    fonts: Vec<Font>,
}

impl Fonts {
    /// Takes the contents of TTF or OTF files, in any order.
    ///
    /// # Errors
    /// [`ReportError::MissingFont`] when no file holds one of the families the templates name.
    pub fn new(files: Vec<Vec<u8>>) -> Result<Self, ReportError> {
        let given = files.len();
        let fonts: Vec<Font> = files.into_iter().flat_map(|file| Font::iter(Bytes::new(file))).collect();
        let book = FontBook::from_fonts(&fonts);
        if let Some(family) = FAMILIES.into_iter().find(|family| !book.contains_family(&family.to_lowercase())) {
            return Err(ReportError::MissingFont { family, files: given });
        }
        Ok(Self { book: LazyHash::new(book), fonts })
    }

    /// Whether some font has a glyph for the character.
    pub(crate) fn can_draw(&self, character: char) -> bool {
        self.fonts.iter().any(|font| font.info().coverage.contains(u32::from(character)))
    }

    pub(crate) fn book(&self) -> &LazyHash<FontBook> {
        &self.book
    }

    pub(crate) fn get(&self, index: usize) -> Option<Font> {
        self.fonts.get(index).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_are_not_fonts_are_told_by_the_family_that_is_missing() {
        let error = Fonts::new(vec![b"not a font".to_vec()]).expect_err("there is no font in it");
        assert_eq!(error.to_string(), "no font of the family \"Roboto\" among the 1 font files given");
    }
}
