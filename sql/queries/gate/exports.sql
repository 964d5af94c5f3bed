-- The files of these releases are asked for, once each.
-- $1: the releases. $2: why the publishing run ran. $3: who asked for it.
insert into runs (job, dataset_id, args, trigger, requested_by, dedupe_key, max_attempts)
select 'exports', dataset_id, jsonb_build_object('release', id), $2, $3, 'exports:release:' || id, 3
from releases
where id = any($1)
order by id
on conflict (dedupe_key) do nothing
