-- One comuna: what the map knows of it.
-- $1: the comuna.
select
    nombre                         as name,
    provincia_cut                  as province_cut,
    provincia                      as province_name,
    region_cut,
    region                         as region_name,
    ST_AsBinary(geom)              as geometry,
    ST_Area(geom::geography) / 1e6 as area_km2
from edition.comunas
where cut = $1
