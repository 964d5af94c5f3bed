-- The comunas of a region, to know where one is.
-- $1: the region's code.
select cut, nombre as name, ST_AsBinary(geom) as geometry
from edition.comunas
where starts_with(cut, $1)
order by cut
limit 400
