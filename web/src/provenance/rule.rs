//! The contract of a release in words: how its rows were made, which were refused, what the gate watched.

use goreos_db::read::Link;
use goreos_domain::{
    Approval, Column, ColumnType, Contract, Decimals, Drift, GateLimit, InvalidGeometry, LoadMode, PlaceBy, Share,
    decimal_es,
};

/// A rule, as the page shows it.
#[derive(Debug, Clone)]
pub struct Rule {
    /// How the rows came to be.
    pub words: String,
    /// The query of a derived dataset.
    pub query: Option<String>,
    /// Each column and what its cells must be.
    pub columns: Vec<(String, String)>,
    /// What the gate does from which limit on.
    pub gate: Vec<String>,
    /// The first digits of the hash of the contract's text.
    pub contract: String,
}

impl Rule {
    /// The rule of a release.
    pub fn new(link: &Link) -> Self {
        let contract = &link.contract;
        Self {
            words: words(contract),
            query: link.query.clone(),
            columns: contract.columns.iter().map(|column| (label(column), demands(column))).collect(),
            gate: gate(contract),
            contract: link.contract_sha.chars().take(12).collect(),
        }
    }
}

fn words(contract: &Contract) -> String {
    if let Some(derive) = &contract.derive {
        let inputs: Vec<String> = derive.inputs.iter().map(ToString::to_string).collect();
        return format!(
            "Se calcula con la consulta de su contrato sobre {}, en la misma ejecución que cambia cualquiera de ellos.",
            inputs.join(", ")
        );
    }
    let mode = match contract.load.mode {
        LoadMode::Replace => {
            "Cada fila aceptada del archivo es una fila de la versión; el archivo reemplaza a los anteriores."
        }
        LoadMode::Upsert => {
            "Las filas aceptadas del archivo reemplazan a las anteriores de igual clave; las demás siguen."
        }
        LoadMode::Append => "Las filas aceptadas del archivo se agregan a las de los archivos anteriores.",
    };
    let place = contract.place.territory.as_ref().map(|territory| match territory.by {
        PlaceBy::Code => " El territorio se reconoce por su código.",
        PlaceBy::Name => {
            " El territorio se reconoce por su nombre; lo que nombra varias comunas queda como monto de todas ellas."
        }
        PlaceBy::Point => " El territorio es la comuna en que cae la geometría.",
    });
    let repair = contract.place.geometry.as_ref().filter(|geometry| geometry.invalid == InvalidGeometry::Repair);
    let repair = repair.map(|_| " Las geometrías no válidas se reparan y se cuentan.");
    let key: Vec<String> = contract.load.key.iter().map(ToString::to_string).collect();
    let key = if key.is_empty() { String::new() } else { format!(" No se repite {}.", key.join(" + ")) };
    format!("{mode}{}{}{key}", place.unwrap_or_default(), repair.unwrap_or_default())
}

fn label(column: &Column) -> String {
    if column.title.is_empty() { column.name.to_string() } else { column.title.clone() }
}

fn demands(column: &Column) -> String {
    let kind = match column.kind {
        ColumnType::Text => "texto",
        ColumnType::Int => "número entero",
        ColumnType::Real => "número",
        ColumnType::Money => "monto, guardado en pesos",
        ColumnType::Date => "fecha",
        ColumnType::Cut => "código territorial",
        ColumnType::Period => "período",
        ColumnType::Rut => "RUT con dígito verificador",
        ColumnType::Bool => "sí o no",
    };
    let number = |limit: f64| {
        let decimals = if limit.fract() == 0.0 { Decimals(0) } else { Decimals(2) };
        if column.kind == ColumnType::Int && (1000.0..10_000.0).contains(&limit) {
            format!("{limit:.0}")
        } else {
            decimal_es(limit, decimals)
        }
    };
    let mut said = vec![kind.to_owned()];
    said.extend(column.required.then(|| "obligatorio".to_owned()));
    said.extend(column.min.map(|min| format!("desde {}", number(min))));
    said.extend(column.max.map(|max| format!("hasta {}", number(max))));
    said.extend((!column.values.is_empty()).then(|| format!("uno de {}", column.values.join(", "))));
    said.extend(column.sum.then(|| "su suma debe ser la del archivo".to_owned()));
    said.join("; ")
}

fn gate(contract: &Contract) -> Vec<String> {
    let gate = &contract.gate;
    let limits = [
        ("filas rechazadas", &gate.rejected),
        ("filas de menos", &gate.shrink),
        ("filas de más", &gate.growth),
        ("celdas vacías de más", &gate.empty),
        ("cambio de una suma", &gate.total),
        ("cambio de un indicador en una comuna", &gate.indicator),
    ];
    let mut said: Vec<String> = limits.into_iter().filter_map(|(what, limit)| limited(what, limit)).collect();
    match gate.drift {
        Drift::Warn => {}
        Drift::Wait => said.push("columnas distintas: espera aprobación".into()),
        Drift::Stop => said.push("columnas distintas: no publica".into()),
    }
    if gate.approval == Approval::Always {
        said.push("toda versión espera aprobación".into());
    }
    said
}

fn limited(what: &str, limit: &GateLimit) -> Option<String> {
    let above = |share: Share| String::from(share).replace('.', ",").replace('%', " %");
    let parts: Vec<String> = [("avisa", limit.warn), ("espera aprobación", limit.wait), ("no publica", limit.stop)]
        .into_iter()
        .filter_map(|(act, share)| share.map(|share| format!("sobre {} {act}", above(share))))
        .collect();
    (!parts.is_empty()).then(|| format!("{what}: {}", parts.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contract_is_told_in_words() {
        let contract = Contract::parse(
            "id='a'\ntitle='A'\ntheme='t'\nowner='o'\nlicence='l'\n[source]\npath='a.csv'\nformat='csv'\n[load]\nkey=['codigo']\n\
             [[column]]\nname='codigo'\ntype='text'\nrequired=true\n\
             [[column]]\nname='anio'\ntitle='Año'\ntype='int'\nmin=2010\nmax=2030\n\
             [[column]]\nname='monto'\ntype='money'\nunit='CLP'\nsum=true\n\
             [gate]\nrejected = { warn = '0.5%', stop = '5%' }\napproval = 'always'\n",
        )
        .expect("a contract");
        assert!(words(&contract).ends_with("No se repite codigo."), "{}", words(&contract));
        let columns: Vec<String> = contract.columns.iter().map(|c| format!("{}: {}", label(c), demands(c))).collect();
        assert_eq!(
            columns,
            [
                "codigo: texto; obligatorio",
                "Año: número entero; desde 2010; hasta 2030",
                "monto: monto, guardado en pesos; su suma debe ser la del archivo"
            ]
        );
        assert_eq!(
            gate(&contract),
            ["filas rechazadas: sobre 0,5 % avisa, sobre 5 % no publica", "toda versión espera aprobación"]
        );
    }
}
