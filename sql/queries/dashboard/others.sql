-- Amounts meant for more than one comuna, at their own level.
-- $1: the scope. $2: year, $3: typology; null for all. $4: limit.
with meant as (
    -- The territories each row names.
    select
        territory_level, territory_name, anio, tipologia, monto, iniciativas,
        case territory_level when 'multi' then territory_cuts else array[territory_cut] end as cuts
    from edition.inversion_comunal
    where territory_level <> 'comuna'
)
select
    territory_level          as level,
    coalesce(min(territory_name), array_to_string(cuts, ', ')) as name,
    cuts,
    sum(monto)::bigint       as amount,
    sum(iniciativas)::bigint as initiatives,
    count(*) over ()         as rows
from meant
-- Inside the scope with every territory it names.
where (select bool_and(starts_with(cut, $1)) from unnest(cuts) cut)
  and ($2::int is null or anio = $2)
  and ($3::text is null or tipologia = $3)
group by territory_level, cuts
order by sum(monto) desc, min(territory_name) collate "es-x-icu"
limit $4
