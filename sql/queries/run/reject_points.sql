-- Where refused rows of a run's last attempt lie, in degrees, in the order of the file.
-- $1: the run. $2: only with this code; null for all. $3: how many.
select j.source_row, j.lon as "lon!", j.lat as "lat!"
from rejects j
join runs r on r.id = j.run_id and r.fence = j.fence
where j.run_id = $1
  and j.lon is not null
  and j.lat is not null
  and ($2::text is null or j.reasons @> jsonb_build_array(jsonb_build_object('code', $2)))
order by j.source_row
limit $3
