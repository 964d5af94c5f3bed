-- One run per tick: the tick's key is unique, so a second scheduler adds nothing.
with accepted as (
    insert into runs (job, dataset_id, trigger, requested_by, dedupe_key, max_attempts)
    values ('ingest', $1, 'schedule', 'scheduler', 'tick:' || $1 || ':' || $2, $3)
    on conflict (dedupe_key) do nothing
    returning id
)
insert into ticks (dataset_id, slot, run_id)
select $1, $2, id from accepted
on conflict do nothing
returning run_id
