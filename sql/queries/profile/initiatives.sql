-- The largest initiatives that name a comuna, alone or among others.
-- $1: the comuna. $2: 'comuna' for those in it alone, 'multi' for those in several. $3: limit.
select
    source_row,
    codigo           as code,
    nombre           as name,
    tipologia        as typology,
    anio::int        as year,
    monto            as amount,
    estado           as state,
    fecha_certificado as certified_on,
    comuna           as place
from edition.inversiones
where territory_level = $2
  and $1 = any(case territory_level when 'multi' then territory_cuts else array[territory_cut] end)
order by monto desc, codigo, source_row
limit $3
