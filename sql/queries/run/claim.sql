-- Compare-and-set: of all who received a hint, one gets the run, with a new fencing token. The attempt counts before the work.
-- An older run of the same dataset comes first.
update runs r
set state = 'running',
    attempt = attempt + 1,
    fence = nextval('fences'),
    lease_owner = $2,
    lease_until = now() + make_interval(secs => $3),
    started_at = coalesce(started_at, now()),
    phase = null,
    rows_done = 0,
    rows_expected = null
where id = $1
  and not cancel_requested
  and attempt < max_attempts
  and (state = 'queued' or (state = 'running' and lease_until < now()))
  and (job <> 'ingest' or not exists (
      select from runs o
      where o.dataset_id = r.dataset_id and o.job = 'ingest' and o.id < r.id and o.state in ('queued', 'running')
  ))
returning fence as "fence!", attempt, max_attempts, job, dataset_id, args, requested_by
