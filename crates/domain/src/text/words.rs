//! Words by which a reader sees that a text is read right: places of Chile, and what such files speak of.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::{Gazetteer, Level};

/// Common words with an accent or an ñ, in lower case.
const COMMON: &str = "\
    adjudicación administración adquisición agrícola alcantarillado ampliación análisis aéreo año años aprobación área áreas asignación \
    atención básica básico biobío calificación camión categoría certificación código códigos común comunicación conservación construcción \
    contratación convención corrección cotización creación crédito cálculo década declaración decreto dé demolición descripción diagnóstico \
    difusión dirección diseño dirección distribución división día días económica económico edificación educación ejecución elección \
    electrónica electrónico eléctrica eléctrico emisión energía español española estación estadística estándar evaluación explotación \
    extensión fábrica ficción física físico formación formulación función fundación fútbol garantía gestión geográfica geográfico \
    habilitación habitación histórica histórico iluminación implementación información innovación inspección instalación institución \
    intendencia intersección inversión investigación jardín jurídica kilómetro línea líneas localización logística luminaria manutención \
    máquina más médica médico mínimo máximo miércoles módulo montaña multicancha música mañana niña niñas niñez niño niños nómina número \
    números observación océano operación organización orgánica óptica país pabellón parámetro participación pasarela pavimentación \
    peña pequeña pequeño periodo período población política posición prevención producción programación protección proyección pública \
    público publicación páginas página quiñenco recuperación reconstrucción recreación región regiones relación remodelación renovación \
    reparación reposición resolución retención rehabilitación río ríos sábado salón sección señal señalética según sesión situación \
    supervisión superávit teléfono técnica técnico técnicas tecnología término título también tipología tránsito transición \
    transformación ubicación última último únicamente única único unión útil usuaría válida válido vehículo vía vías vínculo";

/// A known word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Known {
    /// Part of the name of a place: nothing else is written so.
    Place,
    /// A common word.
    Word,
}

/// The known words, in lower case; each has a letter beyond ASCII.
static KNOWN: LazyLock<HashMap<String, Known>> = LazyLock::new(|| {
    let gazetteer = Gazetteer::official();
    let places = [Level::Region, Level::Provincia, Level::Comuna]
        .into_iter()
        .flat_map(|level| gazetteer.within(level, None))
        .flat_map(|territory| territory.name.split_whitespace().map(|word| (word, Known::Place)));
    let words = COMMON.split_whitespace().map(|word| (word, Known::Word));
    words.chain(places).filter(|(word, _)| !word.is_ascii()).map(|(word, known)| (word.to_lowercase(), known)).collect()
});

/// What is known of a word with a letter beyond ASCII.
pub(super) fn known(word: &str) -> Option<Known> {
    let bare = word.trim_matches(|letter: char| !letter.is_alphabetic());
    if bare.is_ascii() {
        return None;
    }
    KNOWN.get(&bare.to_lowercase()).copied()
}

/// How well a word that is not known looks in Spanish.
pub(super) fn plausible(word: &str) -> i64 {
    let letters: Vec<char> = word.chars().collect();
    let beyond = letters.iter().enumerate().filter(|(_, letter)| !letter.is_ascii());
    beyond
        .map(|(place, letter)| {
            fitness(*letter, place.checked_sub(1).map(|before| letters[before]), letters.get(place + 1).copied())
        })
        .sum()
}

/// How well a letter beyond ASCII stands between those two.
fn fitness(letter: char, before: Option<char>, after: Option<char>) -> i64 {
    let is = |neighbour: Option<char>, kind: fn(&char) -> bool| neighbour.is_some_and(|letter| kind(&letter));
    let (after_letter, before_letter) = (is(before, |l| l.is_alphabetic()), is(after, |l| l.is_alphabetic()));
    match letter {
        // A dash of another encoding also stands alone.
        'á' | 'é' | 'í' | 'ó' | 'ú' | 'ü' | 'ñ' | 'Á' | 'É' | 'Í' | 'Ó' | 'Ú' | 'Ü' | 'Ñ'
            if !after_letter && !before_letter =>
        {
            0
        }
        'á' | 'é' | 'í' | 'ó' | 'ú' | 'ü' | 'ñ' => {
            // A lower letter among capitals is as odd as the other way round.
            if is(before, char::is_ascii_uppercase) && is(after, char::is_ascii_uppercase) { -1 } else { 2 }
        }
        'Á' | 'É' | 'Í' | 'Ó' | 'Ú' | 'Ü' | 'Ñ' => {
            if is(before, |l| l.is_lowercase()) {
                -3
            } else {
                2
            }
        }
        '’' | '´' | '\u{a0}' => 1,
        'º' | '°' | 'ª' | '¿' | '¡' | '«' | '»' | '“' | '”' | '‘' | '–' | '—' | '…' | '€' => {
            if after_letter && before_letter {
                -3
            } else {
                1
            }
        }
        '\u{80}'..='\u{9f}' | '\u{2500}'..='\u{259f}' | '\u{fffd}' => -10,
        letter if letter.is_alphabetic() => -2,
        _ => -3,
    }
}

/// The end of a sentence that names words that read well, places first.
pub(super) fn read_well(words: &[String]) -> String {
    if words.is_empty() {
        return String::new();
    }
    let mut places_first: Vec<&String> = words.iter().collect();
    places_first.sort_by_key(|word| known(word));
    let shown: Vec<String> = places_first
        .iter()
        .take(3)
        .map(|word| format!("«{}»", word.trim_matches(|c: char| !c.is_alphabetic())))
        .collect();
    let list = match shown.as_slice() {
        [one] => one.clone(),
        [first @ .., last] => format!("{} y {last}", first.join(", ")),
        [] => String::new(),
    };
    match words.len() {
        1 => format!(" y se lee bien {list}"),
        2 | 3 => format!(" y se leen bien {list}"),
        more => format!(" y se leen bien {list} y {} palabras conocidas más", more - 3),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_and_common_words_are_known_in_any_case() {
        assert_eq!(known("ÑUBLE"), Some(Known::Place));
        assert_eq!(known("«Peñalolén»"), Some(Known::Place));
        assert_eq!(known("AMPLIACIÓN"), Some(Known::Word));
        assert_eq!(known("Chillan"), None);
        assert!(KNOWN.len() > 200, "{}", KNOWN.len());
    }
}
