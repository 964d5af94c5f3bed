//! Text that was read in the wrong encoding once and written again: `Ã‘uble` for Ñuble.

use std::borrow::Cow;

use super::Charset;

/// First bytes of UTF-8: of the letters and signs of western languages, of dashes and quotes, and of the letters by which windows-1252
/// shows a half of Spanish ones that were converted once more.
const FIRST: [u8; 6] = [0xc2, 0xc3, 0xe2, 0xc5, 0xc6, 0xcb];

/// What UTF-8 was taken for, with the characters by which its first bytes then show, in the same order.
const TAKEN_FOR: [(Charset, &[char]); 3] = [
    (Charset::WINDOWS_1252, &['Â', 'Ã', 'â', 'Å', 'Æ', 'Ë']),
    (Charset::MACINTOSH, &['¬', '√', '‚']),
    (Charset::IBM850, &['┬', '├', 'Ô']),
];

/// The text with each such piece mended; what is right stays as it is, also in the same cell. Mends what happened up to three times over.
pub fn mend_mojibake(text: &str) -> Cow<'_, str> {
    let mut mended = Cow::Borrowed(text);
    for _ in 0..3 {
        match mend_once(&mended) {
            Some(next) => mended = Cow::Owned(next),
            None => break,
        }
    }
    mended
}

fn mend_once(text: &str) -> Option<String> {
    if text.is_ascii() {
        return None;
    }
    let mut out = String::new();
    let (mut from, mut rest) = (0, text);
    while let Some(letter) = rest.chars().next() {
        let at = text.len() - rest.len();
        // What stands before it, mended where it was.
        let before = if from == at { out.chars().next_back() } else { text[..at].chars().next_back() };
        match piece(rest).filter(|(meant, _)| fits(*meant, before)) {
            Some((meant, length)) => {
                out.push_str(&text[from..at]);
                out.push(meant);
                from = at + length;
                rest = &rest[length..];
            }
            None => rest = &rest[letter.len_utf8()..],
        }
    }
    (from > 0).then(|| {
        out.push_str(&text[from..]);
        out
    })
}

/// A question opens at the beginning of a word; elsewhere the sign stands for a letter that was lost, or is the half of one.
fn fits(meant: char, before: Option<char>) -> bool {
    !matches!(meant, '¿' | '¡')
        || before.is_none_or(|letter| letter.is_whitespace() || matches!(letter, '(' | '"' | 'Ã' | 'Â'))
}

/// The character meant by the first characters of the text, and their length in bytes.
fn piece(text: &str) -> Option<(char, usize)> {
    let mut letters = text.chars();
    let lead = letters.next().filter(|letter| !letter.is_ascii())?;
    let (charset, place) = TAKEN_FOR.iter().find_map(|(charset, leads)| {
        leads.iter().position(|candidate| *candidate == lead).map(|place| (*charset, place))
    })?;
    let mut bytes = [FIRST[place], 0, 0];
    let width = if place == 2 { 3 } else { 2 };
    let mut length = lead.len_utf8();
    for byte in &mut bytes[1..width] {
        let letter = letters.next()?;
        *byte = charset.byte_of(letter).filter(|byte| (0x80..0xc0).contains(byte))?;
        length += letter.len_utf8();
    }
    let meant = std::str::from_utf8(&bytes[..width]).ok()?.chars().next()?;
    // Letters and signs of western languages, and the dashes and quotes of word processors; nothing else was ever meant.
    let odd = matches!(meant, '×' | '÷' | 'ÿ' | 'Ð' | 'ð' | 'Þ' | 'þ');
    // A half of a letter that was converted once more; of Á and Í by bytes that windows-1252 leaves without a letter.
    let half = matches!(
        meant,
        '\u{81}'
            | '\u{8d}'
            | '\u{8f}'
            | '\u{90}'
            | '\u{9d}'
            | 'Œ'
            | 'œ'
            | 'Š'
            | 'š'
            | 'Ÿ'
            | 'Ž'
            | 'ž'
            | 'ƒ'
            | 'ˆ'
            | '˜'
    );
    let plausible = half || !odd && matches!(meant, '\u{a0}'..='\u{ff}' | '\u{2010}'..='\u{2044}' | '€' | '™');
    plausible.then_some((meant, length))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_was_read_twice_is_mended_and_what_is_right_stays() {
        for (text, meant) in [
            ("Ã‘uble", "Ñuble"),
            ("PeÃ±alolÃ©n y Aysén", "Peñalolén y Aysén"),
            ("REGIÃ“N DE Ã‘UBLE", "REGIÓN DE ÑUBLE"),
            ("RegiÃƒÂ³n", "Región"),
            ("NÂ° 5 â€“ Â¿quÃ©?", "N° 5 – ¿qué?"),
            ("√ëuble", "Ñuble"),
            ("├æuble", "Ñuble"),
            ("Ã\u{81}rea", "Área"),
            ("Ã¿UBLE, SINTÃ¿Â¿TICO", "Ã¿UBLE, SINTÃ¿Â¿TICO"),
            ("SÃO PAULO, Â, MAÇÃ", "SÃO PAULO, Â, MAÇÃ"),
            ("Ñuble ± 5 √2", "Ñuble ± 5 √2"),
        ] {
            assert_eq!(mend_mojibake(text), meant, "{text}");
        }
        assert!(matches!(mend_mojibake("Ñuble"), Cow::Borrowed(_)));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn spanish_comes_back_from_every_wrong_reading(
            text in "[a-zA-ZáéíóúüñÁÉÍÓÚÜÑ¿¡º° ,;.0-9-]{0,20}",
            charset in prop_oneof![Just(Charset::WINDOWS_1252), Just(Charset::MACINTOSH), Just(Charset::IBM850)],
        ) {
            prop_assert_eq!(mend_mojibake(&text), text.as_str());
            prop_assume!(!text.contains(['¿', '¡']));
            let (wrong, _) = charset.decode(text.as_bytes());
            prop_assert_eq!(mend_mojibake(&wrong), text.as_str());
            let (twice, _) = Charset::WINDOWS_1252.decode(wrong.as_bytes());
            if charset == Charset::WINDOWS_1252 {
                prop_assert_eq!(mend_mojibake(&twice), text.as_str());
            }
        }

        #[test]
        fn no_text_breaks_the_mending(text in ".*") {
            let mended = mend_mojibake(&text);
            prop_assert!(mended.len() <= text.len());
        }
    }
}
