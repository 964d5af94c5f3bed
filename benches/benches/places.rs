//! Cells of a spreadsheet into territories and pesos.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use goreos_domain::{DecimalMark, Gazetteer, Level, parse_money};

/// Spellings as they come, repeated in a fixed order.
const NAMES: [&str; 6] = ["CHILLÁN VIEJO", "Treguaco", "TREHUACO", "Comuna de Bulnes", "ñiquen", "CHILAN VIEGO"];
const AMOUNTS: [&str; 5] = ["M$817.390", "$24.064", "1.234.567", "817390,5", "-5.000"];

fn places(criterion: &mut Criterion) {
    let gazetteer = Gazetteer::official();
    let mut group = criterion.benchmark_group("places");
    for rows in [1_000_usize, 10_000, 100_000] {
        group.throughput(Throughput::Elements(rows as u64));
        group.bench_with_input(BenchmarkId::new("by_name", rows), &rows, |bencher, rows| {
            bencher.iter(|| {
                NAMES
                    .iter()
                    .cycle()
                    .take(*rows)
                    .filter(|name| gazetteer.find(black_box(name), Level::Comuna).is_some())
                    .count()
            });
        });
        group.bench_with_input(BenchmarkId::new("money", rows), &rows, |bencher, rows| {
            bencher.iter(|| {
                AMOUNTS
                    .iter()
                    .cycle()
                    .take(*rows)
                    .filter_map(|text| parse_money(black_box(text), DecimalMark::Comma, 3).ok())
                    .sum::<i64>()
            });
        });
    }
    group.finish();
}

criterion_group!(benches, places);
criterion_main!(benches);
