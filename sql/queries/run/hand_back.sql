-- A worker that stops in order gives its runs back; the attempt is not counted.
update runs
set state = case when cancel_requested then 'cancelled' else 'queued' end,
    finished_at = case when cancel_requested then now() end,
    attempt = attempt - 1,
    lease_owner = null,
    lease_until = null,
    dispatched_at = null
where id = $1 and fence = $2 and state = 'running'
returning state
