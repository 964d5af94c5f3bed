use goreos_domain::Contract;
use serde_json::Value;

use super::*;

const UTM_19S_METRES: Area = [200_000.0, 5_900_000.0, 300_000.0, 6_000_000.0];

fn contract(crs: &str) -> Contract {
    Contract::parse(&format!(
        "id='a'\ntitle='A'\ntheme='t'\nowner='o'\nlicence='l'\n[source]\npath='a'\nformat='geopackage'\n\
         [[column]]\nname='codigo'\ntype='text'\n[place]\ngeometry={{from='file'{crs}}}\n"
    ))
    .expect("a contract")
}

fn chosen(contract: &Contract, said: Said) -> Result<(Reprojection, Findings), Fault> {
    let mut findings = Findings::default();
    let source = contract.source.as_ref().expect("a source");
    let (file, scratch) = (std::path::Path::new("a"), std::path::Path::new("b"));
    let input = Input { contract, source, file, scratch };
    Reprojection::of_file(&input, said, &mut findings).map(|reprojection| (reprojection, findings))
}

fn of(code: u32, extent: Option<Area>) -> Result<(Reprojection, Findings), Fault> {
    let system = Some(SpatialRef::from_epsg(code).expect("a system"));
    chosen(&contract(""), Said { system, extent, ..Said::default() })
}

/// Metres between two positions near each other, in Chile.
fn apart([lon, lat]: [f64; 2], [other_lon, other_lat]: [f64; 2]) -> f64 {
    let east = (lon - other_lon) * 111_320.0 * lat.to_radians().cos();
    east.hypot((lat - other_lat) * 111_130.0)
}

/// Values of `cs2cs` 9.1.1 with the operation EPSG states for the south of Chile.
#[test]
fn the_datums_of_chile_move_as_proj_moves_them_and_say_how_well() {
    let at = [230_000.0, 5_940_000.0];
    let area = Some(UTM_19S_METRES);
    for (code, lonlat, accuracy_m, operation) in [
        (24_879, [-72.022_420_9, -36.650_667_9], 17.0, "PSAD56 to WGS 84 (17)"),
        (29_189, [-72.020_940_3, -36.647_595_1], 7.0, "SAD69 to WGS 84 (19)"),
        (24_878, [-78.022_983_1, -36.650_535_1], 42.0, "PSAD56 to WGS 84"),
    ] {
        let (reprojection, findings) = of(code, area).expect("a way");
        let found = reprojection.lonlat(at).expect("a position");
        if code != 24_878 {
            assert!(apart(found, lonlat) < 0.1, "{code}: {found:?}");
            assert_eq!(findings.notes["crs_accuracy_m"], accuracy_m, "{code}");
        }
        assert!(findings.notes["crs_operation"].as_str().is_some_and(|name| name.contains(operation)), "{findings:?}");
        for library in ["proj", "epsg", "gdal"] {
            assert!(findings.notes[library].as_str().is_some_and(|text| text.contains('.')), "{library}: {findings:?}");
        }
    }
}

#[test]
fn sirgas_chile_does_not_move_and_wgs_84_is_exact() {
    let at = [230_000.0, 5_940_000.0];
    let wgs = of(32_719, Some(UTM_19S_METRES)).expect("a way");
    assert_eq!(wgs.1.notes["crs_accuracy_m"], 0.0);
    // All of Chile: there PROJ by itself may prefer a detour that moves places by 250 m.
    let everywhere = [200_000.0, 4_000_000.0, 400_000.0, 8_000_000.0];
    for (code, extent) in [(5361, UTM_19S_METRES), (5361, everywhere), (20_049, UTM_19S_METRES), (8951, everywhere)] {
        let (sirgas, findings) = of(code, Some(extent)).expect("a way");
        let metres = apart(sirgas.lonlat(at).expect("a position"), wgs.0.lonlat(at).expect("a position"));
        assert!(metres < 0.01, "{code}: {metres}");
        assert_eq!(findings.notes["crs_accuracy_m"], SIRGAS_ACCURACY_M, "{findings:?}");
    }
    let json = Said { system: defined("OGC:CRS84"), ..Said::default() };
    assert_eq!(chosen(&contract(""), json).expect("a way").1.notes["crs"], "EPSG:4326");
    let degrees = of(4326, Some([-73.0, -37.0, -71.0, -36.0])).expect("a way").0;
    assert_eq!(degrees.lonlat([-72.1, -36.6]), Some([-72.1, -36.6]));
    assert!(degrees.is_geographic() && !wgs.0.is_geographic());
}

#[test]
fn the_area_of_the_file_chooses_the_operation() {
    let operation = |extent| of(24_879, extent).expect("a way").1.notes["crs_operation"].clone();
    let named = |value: &Value, number: &str| value.as_str().is_some_and(|name| name.contains(number));
    assert!(named(&operation(Some(UTM_19S_METRES)), "(17)"));
    assert!(named(&operation(Some([300_000.0, 6_200_000.0, 350_000.0, 6_300_000.0])), "(16)"));
    // No extent: the whole country, for which only the coarse one is stated.
    assert!(named(&operation(None), "(1)"));
    // Across the border of two regional ones, never that of Argentina, whose rectangle holds this place too.
    let across = of(29_189, Some([250_000.0, 5_980_000.0, 300_000.0, 6_050_000.0])).expect("a way").1;
    assert!(named(&across.notes["crs_operation"], "SAD69 to WGS 84 (1)"), "{across:?}");
}

#[test]
fn a_missing_or_unknown_system_is_a_question_with_candidates() {
    let open = contract("");
    let local = || SpatialRef::from_wkt("LOCAL_CS[\"Plano\",UNIT[\"Meter\",1.0]]").expect("a plan");
    let extent = Some(UTM_19S_METRES);
    for (system, code) in [(None, "crs.missing"), (Some(local()), "crs.unknown")] {
        let fault = chosen(&open, Said { system, extent, ..Said::default() }).expect_err("a question");
        assert_eq!(fault.code, code);
        assert!(fault.remedy.contains("EPSG:32719 (UTM 19S, WGS 84): (-71,79; -36,56)"), "{}", fault.remedy);
        assert!(fault.remedy.contains("EPSG:24879") && !fault.remedy.contains("EPSG:32718"), "{}", fault.remedy);
    }
    let answered = contract(",crs='EPSG:32719'");
    let (made, findings) =
        chosen(&answered, Said { system: Some(local()), extent, ..Said::default() }).expect("answered");
    assert!(made.lonlat([230_000.0, 5_940_000.0]).is_some() && findings.notes["crs"] == "EPSG:32719");
    let swapped = Some([5_900_000.0, 200_000.0, 6_000_000.0, 300_000.0]);
    let fault = chosen(&open, Said { extent: swapped, ..Said::default() }).expect_err("a question");
    assert!(fault.remedy.contains("ejes cambiados"), "{}", fault.remedy);
    let nowhere =
        chosen(&open, Said { extent: Some([1e7, 1e8, 1e7, 1e8]), ..Said::default() }).expect_err("a question");
    assert!(nowhere.remedy.contains("Ningún sistema"), "{}", nowhere.remedy);
}

#[test]
fn the_contract_and_the_file_must_agree() {
    let declared = contract(",crs='EPSG:32718'");
    let system = || Some(SpatialRef::from_epsg(32_719).expect("a system"));
    let fault = chosen(&declared, Said { system: system(), ..Said::default() }).expect_err("two systems");
    assert_eq!(fault.code, "crs.mismatch");
    // What a format prescribes is no word of the file: the contract decides.
    let degrees = Some(SpatialRef::from_epsg(4326).expect("a system"));
    let (made, _) = chosen(&declared, Said { system: degrees, assumed: true, extent: Some([7e5, 5.9e6, 7.1e5, 6e6]) })
        .expect("a way");
    assert!(!made.is_geographic());
}

#[test]
fn degrees_that_are_metres_and_metres_that_are_degrees_are_seen() {
    let fault = of(4326, Some(UTM_19S_METRES)).expect_err("metres");
    assert!(fault.code == "crs.not_degrees" && fault.remedy.contains("EPSG:32719"), "{fault} {}", fault.remedy);
    let fault = of(32_719, Some([-72.5, -37.0, -71.5, -36.0])).expect_err("degrees");
    assert!(fault.code == "crs.not_metres" && fault.remedy.contains("EPSG:4326"), "{fault} {}", fault.remedy);
}

#[test]
fn a_definition_is_never_fetched() {
    for text in [
        "http://127.0.0.1:9/a",
        "https://example.com/x",
        "/etc/passwd",
        "EPSG:4326+http://x",
        "urn:ogc:def:crs:EPSG::4326",
    ] {
        assert!(defined(text).is_none(), "{text}");
    }
    assert!(defined("EPSG:32719").is_some() && defined("OGC:CRS84").is_some());
}

#[test]
fn what_the_system_does_not_reach_is_no_position() {
    let (made, _) = of(32_719, None).expect("a way");
    assert_eq!(made.lonlat([f64::NAN, 5.0]), None);
    assert_eq!(made.lonlat([1e30, 1e30]), None);
}
