-- The runs that took mended rows of a run, or tried to, oldest first.
-- $1: the run.
select n.id, n.state
from runs r
join runs n on n.dataset_id = r.dataset_id and n.id > r.id and n.args ->> 'mend_of' = r.id::text
where r.id = $1
order by n.id
limit 50
