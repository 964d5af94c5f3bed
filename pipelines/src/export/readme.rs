//! What the data are, as text for people.

use super::about::About;

/// The text, with a line break as every editor knows it.
pub(super) fn text(about: &About, notes: &[String]) -> String {
    let mut lines = vec![about.title.clone(), "=".repeat(about.title.chars().count()), String::new()];
    lines.extend(about.facts.iter().map(|fact| format!("{}: {}", fact.label, one_line(&fact.value))));
    lines.extend([String::new(), "Columnas".into(), "--------".into(), String::new()]);
    lines.extend(about.columns.iter().map(|column| {
        let title = if column.title.is_empty() { String::new() } else { format!("{}; ", one_line(&column.title)) };
        format!("{}: {title}{}", column.name, column.words)
    }));
    if !notes.is_empty() {
        lines.extend([String::new(), "Sobre los archivos".into(), "------------------".into(), String::new()]);
        lines.extend(notes.iter().cloned());
    }
    lines.push(String::new());
    lines.join("\r\n")
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What is true of all the files of a release, for whoever reads only this one.
pub(super) fn notes(about: &About) -> Vec<String> {
    let mut notes = vec![
        "Todos los archivos de esta versión se hicieron una vez, de las mismas filas, y no cambian.".to_owned(),
        "«CSV para Excel»: UTF-8 con marca de orden, punto y coma, coma decimal, fechas dd-mm-aaaa. Los textos que una planilla \
         calcularía como fórmula llevan un apóstrofo delante."
            .to_owned(),
        "«CSV para programas»: UTF-8, coma, punto decimal, fechas aaaa-mm-dd, textos tal como están en los datos.".to_owned(),
    ];
    if about.geometry().is_some() {
        notes.push(
            "Los CSV y el libro de Excel llevan los puntos como longitud y latitud; líneas y áreas solo están en los formatos de mapas."
                .to_owned(),
        );
    }
    notes
}
