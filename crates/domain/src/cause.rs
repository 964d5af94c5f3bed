//! What rejects of one code have in common, for headings.

/// The name of a cause of rejection, in Spanish; `Otra causa` for a code of another version.
pub fn cause_es(code: &str) -> &'static str {
    match code {
        "geometry.empty" => "Fila sin geometría",
        "geometry.invalid" => "Geometría no válida",
        "geometry.outside_chile" => "Punto fuera de Chile",
        "geometry.outside_crs" => "Geometría fuera de su sistema de coordenadas",
        "geometry.type" => "Geometría de otro tipo",
        "geometry.unreadable" => "Geometría ilegible",
        "key.repeated" => "Código repetido",
        "place.level" => "Territorio de otro nivel",
        "place.missing" => "Fila sin territorio",
        "place.outside_region" => "Territorio de otra región",
        "place.unknown" => "Territorio desconocido",
        "row.cell_too_long" => "Celda demasiado larga",
        "row.cells" => "Número de celdas equivocado",
        "row.encoding" => "Letras de otra codificación",
        "row.nul" => "Caracteres nulos",
        "row.quotes" => "Comillas sin cerrar",
        "row.unreadable_cell" => "Celda ilegible en la planilla",
        "value.above_max" => "Valor demasiado alto",
        "value.below_min" => "Valor demasiado bajo",
        "value.formula" => "Fórmula sin resultado",
        "value.missing" => "Falta un valor obligatorio",
        "value.not_cut" => "Código territorial equivocado",
        "value.not_date" => "Fecha que no existe",
        "value.not_integer" => "Número entero mal escrito",
        "value.not_listed" => "Valor fuera de la lista",
        "value.not_money" => "Monto mal escrito",
        "value.not_real" => "Número mal escrito",
        _ => "Otra causa",
    }
}
