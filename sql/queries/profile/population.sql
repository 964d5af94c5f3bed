-- The newest count of a comuna.
-- $1: the comuna.
select anio::int as year, poblacion as inhabitants
from edition.poblacion
where cut = $1
order by anio desc
limit 1
