-- Rejects of a run's last attempt in the order of the file.
-- $1: the run. $2: after this row of the file. $3: only with this code; null for all. $4: limit. $5: offset.
select j.source_row, j.raw, j.reasons
from rejects j
join runs r on r.id = j.run_id and r.fence = j.fence
where j.run_id = $1
  and j.source_row > $2
  and ($3::text is null or j.reasons @> jsonb_build_array(jsonb_build_object('code', $3)))
order by j.source_row
limit $4 offset $5
