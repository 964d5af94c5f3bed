//! Read models written for tests: an empty, a typical and a nasty one for every page.

mod difference;
mod downloads;
mod gate;
mod pages;
mod provenance;
mod region;
mod runs;

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use goreos_db::Edition;
use goreos_db::read::{Provenance, SourceFile};
use goreos_domain::{DatasetId, ReleaseId};

pub use region::{comuna_profile, dashboard, empty_dashboard};

use crate::assets::Assets;
use crate::shell::{Section, Shell, Sources};
use crate::state::Site;

/// Long, with quotes, a tag and a formula: what strangers put into cells.
pub const NASTY: &str = "<script>alert('x')</script> \"Ñuñoa & Cía\" =1+1 ConstrucciónDeUnaPalabraTanLargaQueNoCabeEnNingunaColumnaDeNingunaTabla";

/// 4 March 2026, 15:30 UTC.
pub fn now() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::seconds(1_772_638_200)
}

pub fn hours_ago(hours: i64) -> DateTime<Utc> {
    now() - TimeDelta::hours(hours)
}

pub fn site() -> Arc<Site> {
    Arc::new(Site::new("16", "http://127.0.0.1:8080", Assets::named()).expect("Ñuble"))
}

pub fn shell(section: Section, pinned: bool) -> Shell {
    let mut edition = Edition::of(4, []);
    edition.created_at = hours_ago(3);
    Shell::of(&site(), section, Some(&edition), pinned)
}

pub fn dataset(id: &str) -> DatasetId {
    DatasetId::parse(id).expect("an id")
}

pub fn file(origin: &str) -> SourceFile {
    let sha256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".to_owned();
    SourceFile { sha256, bytes: 612_340, origin: origin.into(), received_at: hours_ago(4) }
}

pub fn provenance(id: &str, title: &str, example: bool) -> Provenance {
    Provenance {
        dataset: dataset(id),
        title: title.into(),
        owner: "DIPIR".into(),
        licence: "CC-BY-4.0".into(),
        attribution: String::new(),
        example,
        release: ReleaseId(12),
        rows: 2_314,
        built_at: hours_ago(3),
        source: Some(file("/srv/goreos/inversiones.csv")),
        inputs: Vec::new(),
    }
}

pub fn sources() -> Sources {
    let derived = Provenance {
        source: None,
        inputs: vec!["inversiones".into(), "poblacion".into()],
        ..provenance("inversion_comunal", "Inversión por comuna", true)
    };
    Sources::new(&[
        derived,
        provenance("inversiones", "Iniciativas de inversión", true),
        provenance("poblacion", "Población comunal", false),
    ])
}
