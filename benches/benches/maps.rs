//! A choropleth of a grid of comunas.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use geo::{Coord, LineString, MultiPolygon, Polygon};
use goreos_drawing::{Area, Caption, Choropleth, Classes, Medium, Size};

/// Vertices of one comuna: about what the bundled boundaries have.
const VERTICES: u32 = 400;

/// The cell of a grid over Ñuble, its sides cut into short segments.
fn area(index: u32) -> Area {
    let (column, row) = (f64::from(index % 20), f64::from(index / 20));
    let (west, south) = (-73.0 + column * 0.1, -37.0 + row * 0.1);
    let side = VERTICES / 4;
    let step = |part: u32| 0.1 * f64::from(part) / f64::from(side);
    let ring = (0..side)
        .map(|part| Coord { x: west + step(part), y: south })
        .chain((0..side).map(|part| Coord { x: west + 0.1, y: south + step(part) }))
        .chain((0..side).map(|part| Coord { x: west + 0.1 - step(part), y: south + 0.1 }))
        .chain((0..side).map(|part| Coord { x: west, y: south + 0.1 - step(part) }))
        .collect::<LineString>();
    Area {
        code: format!("{index:05}"),
        name: format!("Comuna {index}"),
        geometry: MultiPolygon::new(vec![Polygon::new(ring, Vec::new())]),
        value: Some(f64::from(index * 37 % 101)),
        formatted: index.to_string(),
        href: None,
        selected: false,
    }
}

fn maps(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("maps");
    for count in [21_u32, 84, 345] {
        let areas: Vec<Area> = (0..count).map(area).collect();
        let classes = Classes::quantiles(areas.iter().filter_map(|area| area.value), 5);
        group.throughput(Throughput::Elements(u64::from(count)));
        group.bench_with_input(BenchmarkId::new("choropleth", count), &areas, |bencher, areas| {
            let caption = Caption { id: "m", title: "Mapa", description: "Comunas" };
            let size = Size { width: 720.0, height: 620.0 };
            bencher.iter(|| {
                Choropleth { caption, areas, classes: &classes, size, label_size: Some(12.0), empty: "" }
                    .svg(Medium::Page)
            });
        });
    }
    group.finish();
}

criterion_group!(benches, maps);
criterion_main!(benches);
