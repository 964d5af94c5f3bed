use std::io::{Cursor, Write};

use gdal::vector::Geometry;
use zip::CompressionMethod;
use zip::write::SimpleFileOptions;

use crate::child::trial::{Trial, trial_bytes};

const WGS84: &str = r#"GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,298.257223563]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]"#;
const UTM_18S: &str = r#"PROJCS["WGS_1984_UTM_Zone_18S",GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,298.257223563]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],PROJECTION["Transverse_Mercator"],PARAMETER["False_Easting",500000.0],PARAMETER["False_Northing",10000000.0],PARAMETER["Central_Meridian",-75.0],PARAMETER["Scale_Factor",0.9996],PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]"#;

/// A shapefile written by hand: records of one text, `a` to `z`, and a shape.
struct Written {
    /// Contents, in the order of the table; one without bytes is left out of the `.shp`.
    shapes: Vec<Vec<u8>>,
    /// In which order they stand in the `.shp`.
    order: Vec<usize>,
    /// Bytes of nothing before each.
    gap: usize,
    /// What the first record is counted as.
    first: u32,
    bounds: [f64; 4],
    prj: &'static str,
}

impl Written {
    fn new(shapes: Vec<Vec<u8>>) -> Self {
        let order = (0..shapes.len()).collect();
        Self { shapes, order, gap: 0, first: 1, bounds: [-73.0, -37.0, -71.0, -36.0], prj: WGS84 }
    }

    fn zip(&self) -> Vec<u8> {
        let word = |value: usize| u32::try_from(value).expect("small").to_be_bytes();
        let mut shp = vec![0; 100];
        let mut index = vec![[0; 8]; self.shapes.len()];
        for place in self.order.iter().filter(|place| !self.shapes[**place].is_empty()) {
            let shape = &self.shapes[*place];
            shp.extend(vec![0xff; self.gap]);
            index[*place] = [word(shp.len() / 2), word(shape.len() / 2)].concat().try_into().expect("eight bytes");
            shp.extend(word(place + self.first as usize));
            shp.extend(word(shape.len() / 2));
            shp.extend(shape);
        }
        let mut shx = [&[0; 100][..], &index.concat()].concat();
        for part in [&mut shp, &mut shx] {
            let length = word(part.len() / 2);
            part[..4].copy_from_slice(&9994_u32.to_be_bytes());
            part[24..28].copy_from_slice(&length);
            for (place, edge) in self.bounds.iter().enumerate() {
                part[36 + place * 8..44 + place * 8].copy_from_slice(&edge.to_le_bytes());
            }
        }
        let mut dbf = vec![3, 126, 1, 1];
        dbf.extend(u32::try_from(self.shapes.len()).expect("few").to_le_bytes());
        dbf.extend([65, 0, 3, 0]);
        dbf.resize(32, 0);
        dbf.extend(b"NOMBRE\0\0\0\0\0C\0\0\0\0\x02");
        dbf.resize(64, 0);
        dbf.push(b'\r');
        for letter in (b'a'..).take(self.shapes.len()) {
            dbf.extend([b' ', letter, b' ']);
        }
        let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (extension, bytes) in [("shp", shp), ("shx", shx), ("dbf", dbf), ("prj", self.prj.into())] {
            writer.start_file(format!("capa.{extension}"), stored).expect("an entry");
            writer.write_all(&bytes).expect("written");
        }
        writer.finish().expect("a ZIP").into_inner()
    }

    fn taken(&self, geometry: &str) -> Trial {
        trial_bytes(&contract(geometry), &self.zip()).unwrap_or_else(|fault| panic!("{fault}: {}", fault.remedy))
    }

    /// The row, its text and its geometry of each row.
    fn rows(&self) -> Vec<(i64, String, Option<String>)> {
        let trial = self.taken(",type='geometry',missing='keep'");
        assert!(trial.codes().is_empty(), "{:?}", trial.codes());
        let wkt = |wkb: Vec<u8>| Geometry::from_wkb(&wkb).and_then(|geometry| geometry.wkt()).expect("a geometry");
        trial
            .rows
            .iter()
            .map(|row| (row.source_row, row.text(0).unwrap_or_default().to_owned(), row.wkb(1).map(wkt)))
            .collect()
    }

    fn code(&self) -> String {
        match trial_bytes(&contract(""), &self.zip()) {
            Ok(trial) => panic!("taken: {:?}", trial.codes()),
            Err(fault) => fault.code,
        }
    }
}

fn contract(geometry: &str) -> String {
    format!(
        "id='a'\ntitle='A'\ntheme='t'\nowner='o'\nlicence='l'\n[source]\npath='a'\nformat='shapefile'\n\
         [[column]]\nname='nombre'\ntype='text'\n[place]\ngeometry={{from='file'{geometry}}}\n"
    )
}

fn point(x: f64, y: f64) -> Vec<u8> {
    [&1_u32.to_le_bytes()[..], &x.to_le_bytes(), &y.to_le_bytes()].concat()
}

/// An area of a single ring, with heights.
fn area(ring: &[[f64; 2]]) -> Vec<u8> {
    let count = u32::try_from(ring.len()).expect("few");
    let mut record = 15_u32.to_le_bytes().to_vec();
    record.extend([0; 32]);
    record.extend([1, count, 0].iter().flat_map(|word| word.to_le_bytes()));
    record.extend(ring.iter().flatten().flat_map(|number| number.to_le_bytes()));
    record.extend(vec![0; 16 + 8 * ring.len()]);
    record
}

fn named(rows: &[(i64, String, Option<String>)]) -> Vec<(i64, &str, Option<&str>)> {
    rows.iter().map(|(row, name, wkt)| (*row, name.as_str(), wkt.as_deref())).collect()
}

const SQUARE: [[f64; 2]; 5] = [[-72.0, -37.0], [-72.0, -36.0], [-71.0, -36.0], [-71.0, -37.0], [-72.0, -37.0]];

#[test]
fn records_may_leave_gaps_stand_in_any_order_and_be_left_out() {
    let shapes = || vec![point(-72.0, -36.0), Vec::new(), 0_u32.to_le_bytes().to_vec(), area(&SQUARE)];
    let expected = [
        (1, "a", Some("POINT (-72 -36)")),
        (2, "b", None),
        (3, "c", None),
        (4, "d", Some("POLYGON ((-72 -37,-72 -36,-71 -36,-71 -37,-72 -37))")),
    ];
    assert_eq!(named(&Written::new(shapes()).rows()), expected);
    assert_eq!(named(&Written { gap: 6, ..Written::new(shapes()) }.rows()), expected, "gaps");
    assert_eq!(named(&Written { first: 0, ..Written::new(shapes()) }.rows()), expected, "counted from zero");
    for order in [vec![3, 2, 1, 0], vec![2, 0, 3]] {
        let scattered = Written { order, gap: 2, ..Written::new(shapes()) };
        assert_eq!(named(&scattered.rows()), expected, "{:?}", scattered.order);
    }
    let findings = Written::new(shapes()).taken(",type='geometry',missing='keep'").summary.findings;
    assert_eq!((findings["features"].as_u64(), findings["flattened"].as_u64()), (Some(4), Some(1)), "{findings}");
}

#[test]
fn a_record_that_is_not_where_the_index_says_is_damage() {
    let shapes = || vec![point(-72.0, -36.0), point(-72.0, -36.5), point(-72.0, -36.7)];
    assert_eq!(Written { first: 2, ..Written::new(shapes()) }.code(), "shapefile.damaged");
}

#[test]
fn a_geometry_that_changed_in_the_archive_is_damage() {
    let mut zip = Written::new(vec![point(-72.0, -36.0), point(-72.0, -36.7)]).zip();
    let at = zip.windows(8).position(|bytes| bytes == (-36.7_f64).to_le_bytes()).expect("stored as it is");
    zip[at] ^= 1;
    assert_eq!(
        trial_bytes(&contract(""), &zip).map(|trial| trial.rows.len()).map_err(|fault| fault.code),
        Err("file.damaged_zip".into())
    );
}

#[test]
fn a_record_that_is_no_geometry_costs_its_row_alone() {
    let mut lying = area(&SQUARE);
    lying[40..44].copy_from_slice(&900_u32.to_le_bytes());
    let mut solid = area(&SQUARE);
    solid[..4].copy_from_slice(&31_u32.to_le_bytes());
    let shapes = vec![area(&SQUARE), lying, solid, point(f64::NAN, f64::NAN), area(&SQUARE[..4]), area(&SQUARE)];
    let trial = Written::new(shapes).taken(",type='geometry'");
    let expected =
        [(2, "geometry.unreadable"), (3, "geometry.type"), (4, "geometry.not_finite"), (5, "geometry.invalid")];
    assert_eq!(trial.codes(), expected.map(|(row, code)| (row, code.to_owned())));
    assert_eq!(trial.rows.iter().map(|row| row.source_row).collect::<Vec<_>>(), [1, 6]);
}

#[test]
fn the_box_of_the_file_says_where_it_lies_when_there_is_one() {
    let metres = || vec![point(760_000.0, 5_940_000.0)];
    let written = |bounds: [f64; 4], prj| Written { bounds, prj, ..Written::new(metres()) };
    let there = [700_000.0, 5_900_000.0, 800_000.0, 6_000_000.0];
    assert_eq!(written(there, WGS84).code(), "crs.not_degrees");
    for bounds in [there, [0.0; 4], [f64::NAN; 4], [1e300, 1e300, -1e300, -1e300]] {
        let trial = written(bounds, UTM_18S).taken(",type='point'");
        let wkb = trial.rows[0].wkb(1).expect("a point");
        let [lon, lat] = crate::position::position(&wkb).expect("a position");
        assert!((lon + 72.09).abs() < 0.01 && (lat + 36.65).abs() < 0.01, "{bounds:?}: {lon} {lat}");
        assert_eq!(trial.summary.findings["crs"], "EPSG:32718", "{bounds:?}");
    }
}
