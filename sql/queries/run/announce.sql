-- Takes the next queued runs for delivery, oldest first. A dataset's runs go one after the other in the order they were asked for,
-- so that an older file never lands on a newer one.
with due as (
    select r.id
    from runs r
    where r.state = 'queued'
      and r.dispatched_at is null
      and r.available_at <= now()
      and not r.cancel_requested
      and (r.job <> 'ingest' or not exists (
          select from runs o
          where o.dataset_id = r.dataset_id and o.job = 'ingest' and o.id < r.id and o.state in ('queued', 'running')
      ))
    order by r.available_at, r.id
    limit $1
    for update skip locked
)
update runs r
set dispatch_no = r.dispatch_no + 1, dispatched_at = now()
from due
where r.id = due.id
returning r.id, r.dispatch_no
