-- Investment placed in one comuna alone, by typology.
-- $1: the comuna.
select
    coalesce(tipologia, '')  as typology,
    sum(monto)::bigint       as amount,
    sum(iniciativas)::bigint as initiatives
from edition.inversion_comunal
where territory_level = 'comuna' and territory_cut = $1
group by coalesce(tipologia, '')
order by sum(monto) desc, typology
limit 100
