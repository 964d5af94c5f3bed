-- Sums by year and level.
-- $1: the scope. $2: typology; null for all.
select
    anio::int                as year,
    territory_level          as level,
    sum(monto)::bigint       as amount,
    sum(iniciativas)::bigint as initiatives
from edition.inversion_comunal
-- Inside the scope with every territory it names.
where (
        select bool_and(starts_with(cut, $1))
        from unnest(case territory_level when 'multi' then territory_cuts else array[territory_cut] end) cut
    )
  and ($2::text is null or tipologia = $2)
group by anio, territory_level
order by anio
