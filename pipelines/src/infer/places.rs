//! Whether the values of a column tell places.

use std::collections::HashMap;

use goreos_domain::{Cut, Gazetteer, Level, PlaceBy, PlaceTerritory};

use super::profile::Places;
use crate::place::{Spot, spot_by_name};

/// Values kept of those that tell no place.
const MOST_STRANGERS: usize = 5;
/// Values tried before all of them are.
const TRIED: usize = 40;
/// A column tells places when so large a share of its cells does.
const LEAST_SHARE: f64 = 0.9;

/// The places that the values name; `None` when most of them name none.
pub(super) fn named(values: &[(String, u64)]) -> Option<Places> {
    let mut rule = PlaceTerritory {
        by: PlaceBy::Name,
        column: None,
        level: Level::Comuna,
        also: vec![Level::Provincia, Level::Region],
        region: None,
    };
    // Most columns name no places, and looking up what is none takes long.
    let tried = gather(&values[..values.len().min(TRIED)], |text| spot_by_name(&rule, text));
    if tried.known() < tried.unknown {
        return None;
    }
    let mut found = gather(values, |text| spot_by_name(&rule, text));
    // `REGIONAL` is the region in which all the others lie.
    if let Some(region) = found.inside.as_deref().and_then(|code| Cut::parse(code).ok()) {
        rule.region = Some(region);
        let inside = found.inside.take();
        found = gather(values, |text| spot_by_name(&rule, text));
        found.inside = inside;
        let bare = PlaceTerritory { region: None, ..rule };
        let regional = values.iter().filter(|(text, _)| spot_by_name(&bare, text).is_none());
        found.regional = regional.map(|(_, rows)| rows).sum::<u64>() - found.unknown;
        found.region -= found.regional;
    }
    enough(found)
}

/// The places that the values are codes of.
pub(super) fn coded(values: &[(String, u64)]) -> Option<Places> {
    enough(gather(values, |text| Gazetteer::official().of_code(text).map(|known| Spot::One(known.cut.clone()))))
}

fn gather(values: &[(String, u64)], spot: impl Fn(&str) -> Option<Spot>) -> Places {
    let mut found = Places::default();
    let mut regions: HashMap<String, u64> = HashMap::new();
    for (text, rows) in values {
        let Some(spot) = spot(text) else {
            found.unknown += rows;
            if found.strangers.len() < MOST_STRANGERS {
                found.strangers.push((super::column::shortened(text), *rows));
            }
            continue;
        };
        match &spot {
            Spot::Several(_) => found.several += rows,
            Spot::One(cut) => match cut.level() {
                Level::Comuna => found.comuna += rows,
                Level::Provincia => found.provincia += rows,
                Level::Region => found.region += rows,
            },
        }
        for region in spot.cuts().iter().filter_map(|cut| cut.at(Level::Region)) {
            *regions.entry(region.to_string()).or_default() += rows;
        }
    }
    if regions.len() == 1 {
        found.inside = regions.into_keys().next();
    }
    found
}

#[expect(clippy::cast_precision_loss, reason = "a share")]
fn enough(found: Places) -> Option<Places> {
    let known = found.known();
    (known > 0 && known as f64 >= LEAST_SHARE * (known + found.unknown) as f64).then_some(found)
}
