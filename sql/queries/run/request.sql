-- Accepts a run; the same dedupe key a second time gives the run that is already there.
with accepted as (
    insert into runs (job, dataset_id, args, trigger, requested_by, dedupe_key, max_attempts)
    values ($1, $2, $3, $4, $5, $6, $7)
    on conflict (dedupe_key) do nothing
    returning id
)
select id as "id!" from accepted
union all
select id from runs where dedupe_key = $6
limit 1
