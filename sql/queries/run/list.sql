-- Runs, newest first.
-- $1: one run, $2: its dataset, $3: its state, $6: its job; null for all. $4: limit. $5: offset.
select
    r.id,
    r.job,
    r.dataset_id,
    d.title as "dataset_title?",
    r.args,
    r.trigger,
    r.requested_by,
    r.state,
    r.phase,
    r.rows_done,
    r.rows_expected,
    r.rows_read,
    r.rows_loaded,
    r.rows_rejected,
    r.edition_id,
    r.fault as "fault: Json<Fault>",
    r.created_at,
    r.started_at,
    r.finished_at
from runs r
left join datasets d on d.id = r.dataset_id
where ($1::bigint is null or r.id = $1)
  and ($2::text is null or r.dataset_id = $2)
  and ($3::text is null or r.state = $3)
  and ($6::text is null or r.job = $6)
order by r.id desc
limit $4 offset $5
