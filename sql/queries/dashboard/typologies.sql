-- Typologies with data.
select tipologia
from edition.inversion_comunal
where tipologia is not null
group by tipologia
order by tipologia collate "es-x-icu"
limit 100
