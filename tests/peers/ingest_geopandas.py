"""A file into PostGIS with GeoPandas: ingest_geopandas.py FILE DATABASE SCHEMA.TABLE"""

import sys

import geopandas
import pandas
import sqlalchemy


def read(path):
    if path.endswith(".csv"):
        frame = pandas.read_csv(path, sep=";", encoding="cp1252")
        points = geopandas.points_from_xy(frame["lon"], frame["lat"], crs="EPSG:4326")
        return geopandas.GeoDataFrame(frame, geometry=points)
    return geopandas.read_file(path, engine="pyogrio", use_arrow=True).to_crs("EPSG:4326")


def main():
    path, database, table = sys.argv[1:]
    schema, name = table.split(".")
    frame = read(path)
    frame.columns = [column.lower() for column in frame.columns]
    frame = frame.rename_geometry("geom")
    engine = sqlalchemy.create_engine(database.replace("postgresql://", "postgresql+psycopg://", 1))
    frame.to_postgis(name, engine, schema=schema)
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text(f"alter table {schema}.{name} add primary key (folio)"))


if __name__ == "__main__":
    main()
