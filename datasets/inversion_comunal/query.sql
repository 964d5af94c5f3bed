-- Amount, and amount per inhabitant, of every territory by budget year and typology.
-- Nothing is shared out: sum(monto) here equals sum(monto) of inversiones, to the peso.
with
-- The inhabitants of each comuna by its most recent census.
inhabitants as (
    select distinct on (cut) cut, poblacion
    from edition.poblacion
    order by cut, anio desc
),
-- Every territory an amount can be placed in, with the inhabitants that divide it. A comuna nobody counted has none;
-- a province or region has none unless all of its comunas do, so that a divisor is never a part of the whole.
territories as (
    select 'comuna' as level, c.cut, c.nombre as name, c.provincia_cut, i.poblacion
    from edition.comunas c
    left join inhabitants i on i.cut = c.cut
    union all
    select 'provincia', c.provincia_cut, min(c.provincia), c.provincia_cut,
           case when count(*) = count(i.poblacion) then sum(i.poblacion)::bigint end
    from edition.comunas c
    left join inhabitants i on i.cut = c.cut
    group by c.provincia_cut
    union all
    select 'region', c.region_cut, min(c.region), null,
           case when count(*) = count(i.poblacion) then sum(i.poblacion)::bigint end
    from edition.comunas c
    left join inhabitants i on i.cut = c.cut
    group by c.region_cut
),
-- One row per initiative with its set of comunas in one order, so that the same comunas are one territory
-- however the spreadsheet listed them.
placed as (
    select v.territory_level, v.territory_cut, v.anio, v.tipologia, v.monto,
           case when v.territory_level = 'multi'
                then array(select distinct unnest(v.territory_cuts) order by 1)
                else array[v.territory_cut] end as territory_cuts
    from edition.inversiones v
),
-- The sums. bigint holds them: a region's yearly budget is about 1e11 pesos.
amounts as (
    select territory_level, territory_cut, territory_cuts, anio, tipologia,
           count(*) as iniciativas, sum(monto)::bigint as monto
    from placed
    group by territory_level, territory_cut, territory_cuts, anio, tipologia
),
-- How each set of comunas is called, and its province when they share one.
sets as (
    select s.territory_cuts, string_agg(c.nombre, ', ' order by c.cut) as name,
           case when min(c.provincia_cut) = max(c.provincia_cut) then min(c.provincia_cut) end as provincia_cut
    from (select distinct territory_cuts from amounts where territory_level = 'multi') s
    join edition.comunas c on c.cut = any (s.territory_cuts)
    group by s.territory_cuts
)
select
    a.territory_level,
    a.territory_cut,
    a.territory_cuts,
    coalesce(t.name, s.name) as territory_name,
    coalesce(t.provincia_cut, s.provincia_cut) as provincia_cut,
    a.anio,
    a.tipologia,
    a.iniciativas,
    a.monto,
    t.poblacion,
    a.monto::double precision / nullif(t.poblacion, 0) as monto_por_habitante
from amounts a
left join territories t on t.level = a.territory_level and t.cut = a.territory_cut
left join sets s on a.territory_level = 'multi' and s.territory_cuts = a.territory_cuts
order by a.territory_level, a.territory_cut, a.territory_cuts, a.anio, a.tipologia
