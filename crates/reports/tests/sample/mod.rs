//! A report with every part filled, as the worker would hand it in.

use std::fmt::Write as _;

use chrono::NaiveDate;
use goreos_domain::{Cut, EditionId};
use goreos_reports::{
    ComunaReport, Drawing, Edition, Figure, InitiativeRow, LegendClass, Source, Total, TypologyRow, YearRow,
};

pub fn chillan() -> ComunaReport {
    ComunaReport {
        institution: "Gobierno Regional de Ñuble".into(),
        comuna: "Chillán".into(),
        cut: Cut::parse("16101").expect("a code"),
        provincia: "Provincia de Diguillín".into(),
        region: "Región de Ñuble".into(),
        edition: Edition { number: EditionId(7), published: NaiveDate::from_ymd_opt(2026, 3, 4).expect("a day") },
        figures: figures(),
        map: map(),
        series: series(),
        by_year: (2019..=2025).map(year).collect(),
        by_typology: typologies(),
        total: Total { initiatives: "312".into(), amount: "118.402.517".into(), per_inhabitant: "640,9".into() },
        initiatives: (0..20).map(initiative).collect(),
        sources: sources(),
        notes: vec![
            "Montos en miles de pesos (M$) de cada año, sin corregir por inflación.".into(),
            "Las iniciativas provinciales y regionales no se reparten entre comunas: no están en esta ficha.".into(),
        ],
        example_data: true,
    }
}

pub fn initiative(index: usize) -> InitiativeRow {
    let names = [
        "Mejoramiento avenida Ecuador y ciclovía, etapa",
        "Reposición cuartel de bomberos, compañía",
        "Construcción sistema de agua potable rural Confluencia y sectores aledaños, incluye obras de captación, tramo",
        "Adquisición de camiones recolectores, lote",
    ];
    InitiativeRow {
        code: format!("{}-0", 40_000_000 + index),
        name: format!("{} E{index:03}", names[index % names.len()]),
        typology: ["Transporte y vialidad", "Seguridad pública", "Agua potable y saneamiento", "Residuos"][index % 4]
            .into(),
        year: (2019 + index % 7).to_string(),
        amount: format!("{}.{:03}.{:03}", 9 - index % 9, index * 37 % 1000, index * 91 % 1000),
    }
}

fn figures() -> Vec<Figure> {
    let figure = |label: &str, value: &str, unit: &str, note: &str| Figure {
        label: label.into(),
        value: value.into(),
        unit: unit.into(),
        note: note.into(),
    };
    vec![
        figure("Población", "184.739", "habitantes", "Censo 2017"),
        figure("Inversión 2025", "21.345.678", "M$", "48 iniciativas"),
        figure("Inversión por habitante 2025", "115,5", "M$", "Región: 98,2 M$"),
        figure("Inversión 2019–2025", "118.402.517", "M$", "312 iniciativas"),
        figure("Lugar en la región", "4 de 21", "", "Por inversión por habitante 2025"),
    ]
}

/// A grid of comunas with one picked out: the shape of a map, not a place.
fn map() -> Drawing {
    let colours = ["#deebf7", "#9ecae1", "#6baed6", "#2171b5"];
    let mut svg = String::from(
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 360" font-family="Roboto, sans-serif" font-size="11">"#,
    );
    for cell in 0..20 {
        let (x, y) = (cell % 5 * 80, cell / 5 * 90);
        let (colour, stroke) = if cell == 7 { ("#e22c2c", 2) } else { (colours[cell * 7 % 4], 1) };
        write!(svg, r##"<path d="M{x} {y}l70 6 10 80-78 4z" fill="{colour}" stroke="#fff" stroke-width="{stroke}"/>"##)
            .expect("a string takes everything");
    }
    svg.push_str(r#"<text x="170" y="140">Chillán</text></svg>"#);
    let labels = ["menos de 50", "50 a 100", "100 a 150", "150 o más", "sin datos"];
    Drawing {
        caption: "Inversión por habitante 2025 (M$) en las comunas de la región; en rojo, Chillán.".into(),
        alt: "Mapa de la región de Ñuble. Chillán está en la tercera de cuatro clases, de 100 a 150 M$ por habitante."
            .into(),
        svg,
        legend: colours
            .map(|colour| Some(colour.to_owned()))
            .into_iter()
            .chain([None])
            .zip(labels)
            .map(|(colour, label)| LegendClass { colour, label: label.into() })
            .collect(),
    }
}

fn series() -> Drawing {
    let mut svg = String::from(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 360 220" font-family="Roboto" font-size="11" fill="#4a4a4a">"##,
    );
    for index in 0..7 {
        let (x, height) = (index * 50 + 12, 60 + index * 47 % 130);
        let (top, middle) = (200 - height, x + 15);
        write!(
            svg,
            r##"<rect x="{x}" y="{top}" width="30" height="{height}" fill="#0f69b4"/><text x="{middle}" y="214" text-anchor="middle">{}</text>"##,
            2019 + index
        )
        .expect("a string takes everything");
    }
    svg.push_str("</svg>");
    Drawing {
        caption: "Inversión anual en Chillán (M$).".into(),
        alt: "Barras de 2019 a 2025; el mayor monto es el de 2022.".into(),
        svg,
        legend: Vec::new(),
    }
}

fn year(year: u32) -> YearRow {
    YearRow {
        year: year.to_string(),
        initiatives: (30 + year % 9).to_string(),
        amount: format!("{}.345.678", year - 2005),
        per_inhabitant: format!("{},5", year - 1920),
    }
}

fn typologies() -> Vec<TypologyRow> {
    [
        ("Transporte y vialidad", "118", "52.097.107", "44,0 %"),
        ("Agua potable y saneamiento", "74", "35.520.755", "30,0 %"),
        ("Seguridad pública", "63", "18.944.402", "16,0 %"),
        ("Residuos", "57", "11.840.253", "10,0 %"),
    ]
    .map(|(typology, initiatives, amount, share)| TypologyRow {
        typology: typology.into(),
        initiatives: initiatives.into(),
        amount: amount.into(),
        share: share.into(),
    })
    .into()
}

fn sources() -> Vec<Source> {
    vec![
        Source {
            title: "Iniciativas de inversión".into(),
            version: "12".into(),
            received: "31-12-2025".into(),
            source_file: "9f86d081884c".into(),
            licence: "CC-BY-4.0".into(),
            attribution: "Datos generados para la demostración de la plataforma.".into(),
            example: true,
        },
        Source {
            title: "Población comunal".into(),
            version: "1".into(),
            received: "19-04-2017".into(),
            source_file: "60303ae22b99".into(),
            licence: "CC-BY-4.0".into(),
            attribution: "Instituto Nacional de Estadísticas (INE), Censo 2017.".into(),
            example: false,
        },
        Source {
            title: "Inversión comunal".into(),
            version: "9".into(),
            received: "31-12-2025".into(),
            source_file: String::new(),
            licence: "CC-BY-4.0".into(),
            attribution: "Calculado desde Iniciativas de inversión y Población comunal.".into(),
            example: true,
        },
    ]
}
