-- Ends an attempt: cancelled when somebody asked for it, back to the queue after a pause when another may help and is left, else failed.
update runs
set state = case when cancel_requested then 'cancelled' when $4 and attempt < max_attempts then 'queued' else 'failed' end,
    fault = $3,
    available_at = case when $4 then now() + make_interval(secs => least(300, power(2, attempt) * 2)) else available_at end,
    finished_at = case when not cancel_requested and $4 and attempt < max_attempts then null else now() end,
    lease_owner = null,
    lease_until = null,
    dispatched_at = null
where id = $1 and fence = $2 and state = 'running'
returning state
