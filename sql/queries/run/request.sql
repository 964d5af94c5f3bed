-- Accepts a run; the same dedupe key a second time gives the run that is already there.
insert into runs (job, dataset_id, args, trigger, requested_by, dedupe_key, max_attempts)
values ($1, $2, $3, $4, $5, $6, $7)
on conflict (dedupe_key) do update set dedupe_key = excluded.dedupe_key
returning id
