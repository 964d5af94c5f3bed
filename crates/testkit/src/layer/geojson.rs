//! GeoJSON.

use serde_json::{Map, Value, json};

use super::{Geometry, Layer};

pub(super) fn write(layer: &Layer) -> String {
    let features: Vec<Value> = layer
        .features
        .iter()
        .map(|feature| {
            let geometry = feature.geometry.as_ref().map(|geometry| match geometry {
                Geometry::Point(at) => json!({ "type": "Point", "coordinates": at }),
                // RFC 7946 wants outer rings anticlockwise.
                Geometry::Area(ring) => {
                    let ring: Vec<_> = ring.iter().rev().collect();
                    json!({ "type": "Polygon", "coordinates": [ring] })
                }
            });
            let cells = layer.fields.iter().cloned().zip(feature.cells.iter().map(|cell| Value::from(cell.as_str())));
            json!({ "type": "Feature", "properties": cells.collect::<Map<_, _>>(), "geometry": geometry })
        })
        .collect();
    json!({ "type": "FeatureCollection", "features": features }).to_string()
}
