-- Investment placed in one comuna alone, by year.
-- $1: the comuna.
select anio::int, sum(monto)::bigint, sum(iniciativas)::bigint
from edition.inversion_comunal
where territory_level = 'comuna' and territory_cut = $1
group by anio
order by anio
limit 100
