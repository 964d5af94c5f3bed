-- All that is meant for a comuna together with others.
-- $1: the comuna.
select coalesce(sum(monto), 0)::bigint as amount, count(*) as initiatives
from edition.inversiones
where territory_level = 'multi' and $1 = any(territory_cuts)
