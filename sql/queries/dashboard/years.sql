-- Years with data, newest first.
select distinct anio::int as year
from edition.inversion_comunal
order by year desc
limit 100
