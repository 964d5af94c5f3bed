-- The columns for which rows of a run's last attempt were refused.
-- $1: the run.
select distinct nullif(one ->> 'header', '') as "header?", nullif(one ->> 'column', '') as "column?"
from rejects j
join runs r on r.id = j.run_id and r.fence = j.fence
cross join lateral jsonb_array_elements(j.reasons) one
where j.run_id = $1
limit 2000
