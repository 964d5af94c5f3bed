-- Tables no edition holds and no running attempt is building.
select l.id, l.table_name as "table_name!"
from releases l
join runs r on r.id = l.run_id
where not exists (select from edition_releases e where e.release_id = l.id)
  and not (r.state in ('running', 'awaiting_approval') and r.fence = l.fence)
order by l.id
limit 100
