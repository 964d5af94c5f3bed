-- Takes the next queued runs for delivery: oldest first, and no second run of a dataset that is running.
with due as (
    select r.id
    from runs r
    where r.state = 'queued'
      and r.dispatched_at is null
      and r.available_at <= now()
      and (r.job <> 'ingest' or not exists (
          select from runs o where o.dataset_id = r.dataset_id and o.job = 'ingest' and o.state = 'running'
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
