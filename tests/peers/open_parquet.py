"""What DuckDB, and GeoPandas where there is a geometry, read in a file of ours: open_parquet.py FILE [SUMMED COLUMN]; prints JSON."""

import json
import sys

import duckdb
import geopandas
import pyarrow.parquet as parquet


def main():
    path, summed = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None
    file = parquet.ParquetFile(path)
    said = {key.decode(): value.decode() for key, value in file.metadata.metadata.items()}
    answer = {"edition": json.loads(said["goreos"])["edicion"], "row_groups": file.num_row_groups}
    total = f"sum({summed})::varchar" if summed else "null"
    answer["rows"], answer["sum"] = duckdb.sql(f"select count(*), {total} from read_parquet('{path}')").fetchone()
    if "geo" in said:
        corners = [file.metadata.row_group(0).column(place) for place in range(file.metadata.num_columns)]
        answer["skippable"] = all(corner.statistics.has_min_max for corner in corners if corner.path_in_schema.startswith("bbox."))
        layer = geopandas.read_parquet(path)
        answer["layer_rows"] = len(layer)
        answer["crs"] = layer.crs.to_string()
        answer["valid"] = int(layer.geometry.is_valid.sum())
        answer["bounds"] = [float(corner) for corner in layer.total_bounds]
        west, south, east, north = answer["bounds"]
        half = (west, south, (west + east) / 2, north)
        # By the column of bounds in the file, and by the geometries themselves.
        answer["within"] = len(geopandas.read_parquet(path, bbox=half))
        answer["within_expected"] = int((layer.bounds.minx <= half[2]).sum())
        answer["within_duckdb"] = duckdb.sql(f"select count(*) from '{path}' where bbox.xmin <= {half[2]!r}").fetchone()[0]
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
