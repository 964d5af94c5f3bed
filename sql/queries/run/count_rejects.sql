-- How many rejects a run's last attempt left.
-- $1: the run. $2: only with this code; null for all.
select count(*) as "count!"
from rejects j
join runs r on r.id = j.run_id and r.fence = j.fence
where j.run_id = $1
  and ($2::text is null or j.reasons @> jsonb_build_array(jsonb_build_object('code', $2)))
