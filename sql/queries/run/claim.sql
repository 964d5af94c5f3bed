-- Compare-and-set: of all who received a hint, one gets the run, with a new fencing token. The attempt counts before the work.
update runs
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
returning fence as "fence!", attempt, max_attempts, job, dataset_id, args, requested_by
