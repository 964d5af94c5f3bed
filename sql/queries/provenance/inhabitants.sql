-- The people of a territory by the newest count of each of its comunas; null unless every comuna has one.
-- $1: the territory: a comuna, province or region.
with counted as (
    select distinct on (cut) cut, poblacion
    from edition.poblacion
    order by cut, anio desc
)
select case when count(*) = count(n.poblacion) then sum(n.poblacion)::bigint end
from edition.comunas c
left join counted n on n.cut = c.cut
where starts_with(c.cut, $1)
