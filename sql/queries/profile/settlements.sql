-- Towns and villages inside a comuna, most people first.
-- $1: the comuna. $2: limit.
-- 0 people means nobody told how many.
select l.source_row, l.nombre as name, nullif(l.poblacion, 0) as population, l.lon, l.lat
from edition.comunas c
join edition.localidades l on ST_Intersects(c.geom, l.geom)
where c.cut = $1
order by nullif(l.poblacion, 0) desc nulls last, l.nombre collate "es-x-icu"
limit $2
