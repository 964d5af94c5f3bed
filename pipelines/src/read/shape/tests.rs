use super::*;

/// A policy: `invalid` and `type` of a contract, in a reference system.
fn shaper(invalid: &str, kind: &str, crs: u32) -> Shaper {
    let contract = Contract::parse(&format!(
        "id='a'\ntitle='A'\ntheme='t'\nowner='o'\nlicence='l'\n[source]\npath='a'\nformat='geopackage'\n\
         [[column]]\nname='codigo'\ntype='text'\n[place]\ngeometry={{from='file',invalid='{invalid}',type='{kind}'}}\n"
    ))
    .expect("a contract");
    let srid = goreos_domain::Srid::try_from(format!("EPSG:{crs}")).expect("a system");
    Shaper::new(&contract, Reprojection::tried(srid).expect("a way"))
}

fn shaped(shaper: &mut Shaper, wkt: &str) -> Shape {
    shaper.shape(Some(&Geometry::from_wkt(wkt).expect("a geometry")))
}

fn wkt(shape: &Shape) -> String {
    match shape {
        Shape::Wkb(wkb) => Geometry::from_wkb(wkb).and_then(|geometry| geometry.wkt()).expect("a geometry"),
        other => panic!("no geometry: {other:?}"),
    }
}

fn code(shape: &Shape) -> &'static str {
    match shape {
        Shape::Refused(defect, _) => defect.code,
        other => panic!("not refused: {other:?}"),
    }
}

fn notes(shaper: &Shaper) -> serde_json::Map<String, serde_json::Value> {
    let mut findings = Findings::default();
    shaper.note(&mut findings);
    findings.notes
}

const BOW: &str = "POLYGON ((-72 -36,-71 -37,-71 -36,-72 -37,-72 -36))";
const SQUARE: &str = "-72 -36,-71 -36,-71 -37,-72 -37,-72 -36";

#[test]
fn single_geometries_become_collections_of_one() {
    let areas = &mut shaper("reject", "multipolygon", 4326);
    assert_eq!(wkt(&shaped(areas, &format!("POLYGON (({SQUARE}))"))), format!("MULTIPOLYGON ((({SQUARE})))"));
    assert_eq!(
        wkt(&shaped(areas, &format!("GEOMETRYCOLLECTION (POLYGON (({SQUARE})))"))),
        format!("MULTIPOLYGON ((({SQUARE})))")
    );
    let lines = &mut shaper("reject", "multilinestring", 4326);
    assert_eq!(wkt(&shaped(lines, "LINESTRING Z (-72 -36 5,-71 -36 5)")), "MULTILINESTRING ((-72 -36,-71 -36))");
    assert_eq!(notes(lines)["flattened"], 1);
    let points = &mut shaper("reject", "multipoint", 4326);
    assert_eq!(wkt(&shaped(points, "POINT (-72 -36)")), "MULTIPOINT (-72 -36)");
    let point = &mut shaper("reject", "point", 4326);
    assert_eq!(wkt(&shaped(point, "MULTIPOINT (-72 -36)")), "POINT (-72 -36)");
    let any = &mut shaper("reject", "geometry", 4326);
    for same in ["POINT (-72 -36)", "LINESTRING (-72 -36,-71 -36)", &format!("MULTIPOLYGON ((({SQUARE})))")] {
        assert_eq!(wkt(&shaped(any, same)), same);
    }
}

#[test]
fn another_type_is_refused_in_words() {
    let areas = &mut shaper("repair", "multipolygon", 4326);
    for (wkt, said) in [
        ("POINT (-72 -36)", "un punto"),
        ("LINESTRING (-72 -36,-71 -36)", "una línea"),
        ("GEOMETRYCOLLECTION (POINT (-72 -36),LINESTRING (-72 -36,-71 -36))", "mezcla"),
    ] {
        let Shape::Refused(defect, _) = shaped(areas, wkt) else { panic!("{wkt} was kept") };
        assert!(defect.code == "geometry.type" && defect.reason.contains(said), "{defect:?}");
    }
    assert_eq!(code(&shaped(&mut shaper("reject", "point", 4326), "MULTIPOINT (-72 -36,-71 -36)")), "geometry.type");
}

#[test]
fn what_is_empty_is_missing() {
    let areas = &mut shaper("reject", "multipolygon", 4326);
    assert_eq!(areas.shape(None), Shape::Missing);
    for empty in ["POINT EMPTY", "POLYGON EMPTY", "MULTIPOLYGON EMPTY", "GEOMETRYCOLLECTION EMPTY"] {
        assert_eq!(shaped(areas, empty), Shape::Missing, "{empty}");
    }
    let nan_point = [&[1][..], &1_u32.to_le_bytes(), &f64::NAN.to_le_bytes(), &f64::NAN.to_le_bytes()].concat();
    assert_eq!(shaper("reject", "point", 4326).from_wkb(&nan_point), Shape::Missing);
    assert_eq!(code(&areas.from_wkb(&[1, 3])), "geometry.unreadable");
    assert_eq!(code(&areas.from_wkb(&[])), "geometry.unreadable");
}

#[test]
fn the_contract_decides_on_invalid_geometries_and_repairs_are_counted_with_their_area() {
    let reject = &mut shaper("reject", "multipolygon", 4326);
    let Shape::Refused(defect, _) = shaped(reject, BOW) else { panic!("kept") };
    assert_eq!(defect.code, "geometry.invalid");
    assert!(defect.reason.contains("se cruza consigo misma, cerca de -71,50000; -36,50000"), "{}", defect.reason);

    let keep = &mut shaper("keep", "multipolygon", 4326);
    assert_eq!(wkt(&shaped(keep, BOW)), BOW.replace("POLYGON ((", "MULTIPOLYGON (((").replace("))", ")))"));
    assert_eq!(notes(keep)["kept_invalid"], 1);

    let repair = &mut shaper("repair", "multipolygon", 4326);
    let mended = shaped(repair, BOW);
    let Shape::Wkb(wkb) = &mended else { panic!("refused: {mended:?}") };
    assert!(Geometry::from_wkb(wkb).expect("a geometry").is_valid() && wkt(&mended).starts_with("MULTIPOLYGON"));
    let open = "POLYGON ((-72 -36,-71 -36,-71 -37,-72 -37))";
    assert_eq!(wkt(&shaped(repair, open)), format!("MULTIPOLYGON ((({SQUARE})))"));
    let repaired = &notes(repair)["repaired"];
    assert_eq!(repaired["count"], 2);
    assert_eq!(repaired["by_reason"], json!({ "ring_not_closed": 1, "self_intersection": 1 }));
    // The two halves of the bow cancel each other out; once mended, they cover some 5,000 km².
    let changed = repaired["area_changed_m2"].as_f64().expect("a number");
    assert!((4.9e9..5.1e9).contains(&changed), "{repaired}");
    assert!(repaired["max_change_pct"].as_f64().is_some_and(|share| (90.0..=100.0).contains(&share)), "{repaired}");

    assert_eq!(
        code(&shaped(repair, "POLYGON ((-72 -36,-71 -36,-72 -36))")),
        "geometry.invalid",
        "nothing is left to keep"
    );
    assert_eq!(notes(repair)["repaired"]["count"], 2);
}

#[test]
fn numbers_that_are_none_and_places_beyond_the_system_are_refused() {
    let line = |x: f64| {
        let numbers: Vec<u8> = [-72.0, -36.0, x, -36.0].iter().flat_map(|value: &f64| value.to_le_bytes()).collect();
        [&[1][..], &2_u32.to_le_bytes(), &2_u32.to_le_bytes(), &numbers].concat()
    };
    let lines = &mut shaper("repair", "multilinestring", 4326);
    for bad in [f64::NAN, f64::INFINITY] {
        let Shape::Refused(defect, _) = lines.from_wkb(&line(bad)) else { panic!("kept {bad}") };
        assert!(defect.code == "geometry.not_finite" && defect.reason.contains("vértice 2"), "{defect:?}");
    }
    let metres = &mut shaper("reject", "point", 32_719);
    assert_eq!(code(&shaped(metres, "POINT (1e12 1e12)")), "geometry.outside_crs");
    assert_eq!(metres.take_origin(), Some([1e12, 1e12]));
    let Shape::Refused(defect, _) = shaped(metres, "POINT (5940000 230000)") else { panic!("kept") };
    assert!(defect.code == "geometry.outside_chile" && defect.remedy.contains("cambiados"), "{defect:?}");
    assert!(wkt(&shaped(metres, "POINT (230000 5940000)")).starts_with("POINT (-72.0"));
    assert_eq!((metres.take_origin(), metres.take_origin()), (Some([230_000.0, 5_940_000.0]), None));
}

#[test]
fn curves_are_straightened_and_counted() {
    let areas = &mut shaper("reject", "multipolygon", 4326);
    let Shape::Wkb(wkb) = shaped(areas, "CURVEPOLYGON (CIRCULARSTRING (-72 -36,-71 -36,-72 -36))") else {
        panic!("refused")
    };
    assert!(Geometry::from_wkb(&wkb).expect("a geometry").is_valid());
    assert_eq!(notes(areas)["linearised"], 1);
}
