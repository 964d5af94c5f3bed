-- The place of a comuna among those of its region in the newest year.
-- $1: the comuna. $2: its region.
with newest as (
    select max(anio) as year
    from edition.inversion_comunal
    where territory_level = 'comuna' and starts_with(territory_cut, $2)
),
placed as (
    select i.territory_cut as cut, sum(i.monto) as amount
    from edition.inversion_comunal i
    join newest on newest.year = i.anio
    where i.territory_level = 'comuna'
    group by i.territory_cut
),
counted as (
    -- The newest count of each comuna.
    select distinct on (cut) cut, poblacion as population
    from edition.poblacion
    order by cut, anio desc
),
measured as (
    -- Comunas without investment take part with zero.
    select c.cut, coalesce(p.amount, 0) as amount, coalesce(p.amount, 0)::float8 / nullif(n.population, 0) as per_inhabitant
    from edition.comunas c
    left join placed p on p.cut = c.cut
    left join counted n on n.cut = c.cut
    where starts_with(c.cut, $2)
),
ranked as (
    select
        cut,
        rank() over (order by amount desc) as by_amount,
        case when per_inhabitant is not null then rank() over (order by per_inhabitant desc nulls last) end as by_amount_per_inhabitant,
        count(*) over () as of
    from measured
)
select newest.year::int as year, ranked.by_amount, ranked.by_amount_per_inhabitant, ranked.of
from ranked
join newest on newest.year is not null
where ranked.cut = $1
