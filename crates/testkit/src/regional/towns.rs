//! The comunas of Ñuble: how they are written, and a position inside each of the bundled boundaries.

/// A comuna.
pub(super) struct Town {
    pub(super) cut: &'static str,
    pub(super) spellings: &'static [&'static str],
    /// Longitude and latitude on WGS 84.
    pub(super) at: [f64; 2],
}

const fn town(cut: &'static str, spellings: &'static [&'static str], at: [f64; 2]) -> Town {
    Town { cut, spellings, at }
}

pub(super) const TOWNS: [Town; 21] = [
    town("16101", &["CHILLÁN", "CHILLAN", "Chillán"], [-72.0488, -36.6291]),
    town("16102", &["BULNES", "Bulnes "], [-72.2891, -36.7979]),
    town("16103", &["CHILLÁN VIEJO", "CHILLAN VIEJO", "CHILLÁN  VIEJO"], [-72.2151, -36.6824]),
    town("16104", &["EL CARMEN", "COMUNA DE EL CARMEN"], [-71.883, -36.9168]),
    town("16105", &["PEMUCO", "pemuco"], [-72.1888, -36.9657]),
    town("16106", &["PINTO", "Comuna de Pinto"], [-71.4937, -36.885]),
    town("16107", &["QUILLÓN", "QUILLON"], [-72.5062, -36.8075]),
    town("16108", &["SAN IGNACIO", "San Ignacio"], [-72.0123, -36.8171]),
    town("16109", &["YUNGAY", " YUNGAY"], [-71.907, -37.097]),
    town("16201", &["QUIRIHUE", "Quirihue"], [-72.5459, -36.2424]),
    town("16202", &["COBQUECURA", "Cobquecura"], [-72.7417, -36.1809]),
    town("16203", &["COELEMU", "Coelemu"], [-72.7374, -36.5026]),
    town("16204", &["NINHUE", "Ninhue"], [-72.3898, -36.3507]),
    town("16205", &["PORTEZUELO", "Portezuelo"], [-72.4869, -36.541]),
    town("16206", &["RÁNQUIL", "RANQUIL"], [-72.6003, -36.6402]),
    town("16207", &["TREGUACO", "TREHUACO", "Treguaco"], [-72.6161, -36.4302]),
    town("16301", &["SAN CARLOS", "San Carlos"], [-72.0227, -36.3789]),
    town("16302", &["COIHUECO", "Coihueco"], [-71.5514, -36.725]),
    town("16303", &["ÑIQUÉN", "ÑIQUEN", "Ñiquén"], [-71.9381, -36.2868]),
    town("16304", &["SAN FABIÁN", "SAN FABIAN"], [-71.1997, -36.6538]),
    town("16305", &["SAN NICOLÁS", "SAN NICOLAS"], [-72.215, -36.4865]),
];

/// The provinces, by code and spelling.
pub(super) const PROVINCES: [(&str, &[&str]); 3] =
    [("161", &["DIGUILLIN", "DIGUILLÍN"]), ("162", &["ITATA", "Itata"]), ("163", &["PUNILLA", "PROVINCIA DE PUNILLA"])];

/// The province of a comuna, as its own column says it.
pub(super) fn province(cut: &str) -> &'static [&'static str] {
    PROVINCES.iter().find(|(code, _)| cut.starts_with(code)).map_or(&[], |(_, spellings)| spellings)
}
