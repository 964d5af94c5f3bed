-- Comunas whose border shares a line, not only a corner, with that of one.
-- $1: the comuna.
select other.cut, other.nombre as name
from edition.comunas one
join edition.comunas other on other.cut <> one.cut and other.geom && one.geom and ST_Relate(one.geom, other.geom, '****1****')
where one.cut = $1
order by other.nombre collate "es-x-icu"
limit 50
