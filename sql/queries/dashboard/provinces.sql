-- The provinces of a region.
-- $1: the region.
select provincia_cut as cut, min(provincia) as name
from edition.comunas
where starts_with(cut, $1)
group by provincia_cut
order by min(provincia) collate "es-x-icu"
limit 100
