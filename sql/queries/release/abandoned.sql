-- Tables no edition holds, no running attempt is building, and no waiting or approved run holds. What a waiting run derived stays
-- beside the release it holds until it is decided, for its page to compare.
select l.id, l.table_name as "table_name!"
from releases l
join runs r on r.id = l.run_id
where not exists (select from edition_releases e where e.release_id = l.id)
  and not (r.state in ('running', 'awaiting_approval') and r.fence = l.fence)
  and not (r.state in ('queued', 'running', 'awaiting_approval') and r.held_release is not distinct from l.id)
order by l.id
limit 100
