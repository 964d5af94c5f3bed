//! The words and weights the rows are made of. All invented but the names of places.

/// A comuna of Ñuble as the spreadsheet knows it.
pub(super) struct Comuna {
    /// Upper case with accents, then another way people write it.
    pub(super) spellings: [&'static str; 2],
    /// Index in [`PROVINCES`].
    pub(super) province: usize,
    /// How often it appears; follows its population loosely.
    pub(super) weight: u32,
    /// Its amounts compared with the usual ones, in percent.
    pub(super) scale: i64,
}

const fn comuna(spellings: [&'static str; 2], province: usize, weight: u32, scale: i64) -> Comuna {
    Comuna { spellings, province, weight, scale }
}

/// The 21 comunas.
pub(super) const COMUNAS: [Comuna; 21] = [
    comuna(["CHILLÁN", "CHILLAN"], 0, 30, 250),
    comuna(["BULNES", "Bulnes"], 0, 10, 115),
    comuna(["CHILLÁN VIEJO", "CHILLAN VIEJO"], 0, 10, 145),
    comuna(["EL CARMEN", "El Carmen"], 0, 7, 90),
    comuna(["PEMUCO", "Pemuco"], 0, 6, 75),
    comuna(["PINTO", "Pinto"], 0, 7, 150),
    comuna(["QUILLÓN", "QUILLON"], 0, 9, 125),
    comuna(["SAN IGNACIO", "San Ignacio"], 0, 8, 85),
    comuna(["YUNGAY", "Yungay"], 0, 9, 105),
    comuna(["QUIRIHUE", "Quirihue"], 1, 7, 120),
    comuna(["COBQUECURA", "Cobquecura"], 1, 5, 105),
    comuna(["COELEMU", "Coelemu"], 1, 8, 110),
    comuna(["NINHUE", "Ninhue"], 1, 5, 70),
    comuna(["PORTEZUELO", "Portezuelo"], 1, 5, 60),
    comuna(["RÁNQUIL", "RANQUIL"], 1, 5, 80),
    comuna(["TREHUACO", "TREGUACO"], 1, 5, 95),
    comuna(["SAN CARLOS", "San Carlos"], 2, 15, 170),
    comuna(["COIHUECO", "Coihueco"], 2, 10, 125),
    comuna(["ÑIQUÉN", "ÑIQUEN"], 2, 7, 80),
    comuna(["SAN FABIÁN", "SAN FABIAN"], 2, 5, 130),
    comuna(["SAN NICOLÁS", "SAN NICOLAS"], 2, 7, 100),
];

/// The three provinces and how they are written.
pub(super) const PROVINCES: [[&str; 2]; 3] = [["DIGUILLIN", "DIGUILLÍN"], ["ITATA", "ITATA"], ["PUNILLA", "PUNILLA"]];

/// Comunas that do not exist.
pub(super) const NO_COMUNAS: [&str; 4] = ["CHILAN VIEGO", "LOS ALAMOZ", "SAN NICANOR", "QUIRIGUAY"];

/// A kind of initiative.
pub(super) struct Typology {
    /// As the contract keeps it, then another way people write it.
    pub(super) spellings: [&'static str; 2],
    /// How often it appears.
    pub(super) weight: u32,
    /// The usual amount in 2019, thousands of pesos.
    pub(super) amount: i64,
    /// What its names begin with.
    pub(super) verbs: [&'static str; 3],
}

/// The kinds of initiatives.
pub(super) const TYPES: [Typology; 7] = [
    Typology {
        spellings: ["PROYECTO", "Proyecto"],
        weight: 30,
        amount: 240_000,
        verbs: ["CONSTRUCCIÓN", "MEJORAMIENTO", "REPOSICIÓN"],
    },
    Typology {
        spellings: ["PROGRAMA", "PROGRAMA "],
        weight: 14,
        amount: 130_000,
        verbs: ["CAPACITACIÓN Y FOMENTO", "TRANSFERENCIA", "PROGRAMA DE APOYO"],
    },
    Typology {
        spellings: ["FRIL", "Fril"],
        weight: 23,
        amount: 75_000,
        verbs: ["CONSTRUCCIÓN", "AMPLIACIÓN", "MEJORAMIENTO"],
    },
    Typology {
        spellings: ["CIRCULAR 33", "Circular  33"],
        weight: 11,
        amount: 90_000,
        verbs: ["CONSERVACIÓN", "ADQUISICIÓN PARA", "REPOSICIÓN DE EQUIPOS,"],
    },
    Typology {
        spellings: ["ESTUDIO", "Estudio"],
        weight: 6,
        amount: 48_000,
        verbs: ["DIAGNÓSTICO", "ANÁLISIS", "ACTUALIZACIÓN DE PLANOS,"],
    },
    Typology {
        spellings: ["ACTIVO NO FINANCIERO", "Activo no financiero"],
        weight: 6,
        amount: 82_000,
        verbs: ["ADQUISICIÓN DE CAMIÓN ALJIBE PARA", "ADQUISICIÓN DE EQUIPAMIENTO PARA", "REPOSICIÓN DE VEHÍCULO PARA"],
    },
    Typology {
        spellings: ["SUBVENCIÓN", "SUBVENCION"],
        weight: 10,
        amount: 5_000,
        verbs: ["TALLER EN", "ENCUENTRO VECINAL EN", "FIESTA COSTUMBRISTA,"],
    },
];

/// What initiatives are about.
pub(super) const OBJECTS: [&str; 18] = [
    "SISTEMA DE AGUA POTABLE RURAL",
    "CAMINO VECINAL",
    "SEDE SOCIAL",
    "CENTRO DE SALUD FAMILIAR",
    "LICEO \"ALTO CAUCE\"",
    "ALUMBRADO PÚBLICO LED",
    "PLAZA Y ÁREAS VERDES",
    "ESTADIO MUNICIPAL",
    "PUENTE MENOR",
    "ESCUELA RURAL \"LOS AROMOS\"",
    "POSTA DE SALUD",
    "CICLOVÍA Y VEREDAS",
    "CUARTEL DE BOMBEROS",
    "FERIA CAMPESINA",
    "EMBALSE MENOR; SEGUNDA ETAPA",
    "BIBLIOTECA MUNICIPAL",
    "MULTICANCHA TECHADA",
    "SANEAMIENTO SANITARIO",
];

/// Where about in the comuna.
pub(super) const SURROUNDINGS: [&str; 10] = [
    "SECTOR EL ROBLE",
    "VILLA LOS COPIHUES",
    "SECTOR LAS MARAVILLAS",
    "POBLACIÓN EL ESTERO",
    "SECTOR TRES ESQUINAS",
    "LOCALIDAD DE MONTELEÓN",
    "CALLE O'HIGGINS",
    "SECTOR AGUA BUENA",
    "BORDE RÍO",
    "VARIOS SECTORES",
];

/// Who asked for the money.
pub(super) const ORIGINS: [&str; 4] = ["MUNICIPIO", "MUNICIPIO", "SECTORIAL / OTRO", "GORE"];

/// How far it is; the first ones only for recent years.
pub(super) const STATES: [&str; 7] =
    ["APROBADO CORE", "EN LICITACIÓN", "CONVENIO FIRMADO", "EN EJECUCIÓN", "EN EJECUCIÓN ", "TERMINADO", "TERMINADO"];
