-- Each comuna of a scope with its figures; amounts placed in it alone.
-- $1: the scope. $2: year, $3: typology; null for all.
with placed as (
    select territory_cut as cut, sum(monto)::bigint as amount, sum(iniciativas)::bigint as initiatives
    from edition.inversion_comunal
    where territory_level = 'comuna'
      and ($2::int is null or anio = $2)
      and ($3::text is null or tipologia = $3)
    group by territory_cut
),
counted as (
    -- The newest count of each comuna.
    select distinct on (cut) cut, poblacion as population
    from edition.poblacion
    order by cut, anio desc
)
select
    c.cut,
    c.nombre                 as name,
    c.provincia_cut          as province,
    c.provincia              as province_name,
    ST_AsBinary(c.geom)      as geometry,
    coalesce(p.amount, 0)      as amount,
    coalesce(p.initiatives, 0) as initiatives,
    n.population,
    coalesce(p.amount, 0)::float8 / nullif(n.population, 0) as amount_per_inhabitant
from edition.comunas c
left join placed p on p.cut = c.cut
left join counted n on n.cut = c.cut
where starts_with(c.cut, $1)
order by c.nombre collate "es-x-icu", c.cut
limit 400
