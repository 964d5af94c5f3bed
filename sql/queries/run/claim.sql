-- Compare-and-set: of all who received a hint, one gets the run, with a new fencing token. The attempt counts before the work.
-- An older run of the same dataset comes first. What an approved run holds, its release and its rejects, comes under the new token.
-- $1: the run. $2: who takes it. $3: seconds of its lease.
with claimed as (
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
    returning id, fence, attempt, max_attempts, job, dataset_id, args, trigger, requested_by, held_release, approval
),
held as (
    -- The token it was built under, as it was before this statement.
    select l.id, l.fence from releases l join claimed c on l.id = c.held_release
),
rejects_taken_over as (
    update rejects j set fence = c.fence from claimed c, held where j.run_id = c.id and j.fence = held.fence
),
taken_over as (
    update releases l set fence = c.fence from claimed c where l.id = c.held_release
)
select
    fence        as "fence!",
    attempt      as "attempt!",
    max_attempts as "max_attempts!",
    job          as "job!",
    dataset_id   as "dataset_id?",
    args         as "args!",
    trigger      as "trigger!",
    requested_by as "requested_by!",
    held_release as "held_release?",
    approval     as "approval?"
from claimed
