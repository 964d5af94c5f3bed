-- A queued run ends at once; a running one is asked to stop; a finished one stays as it is.
update runs
set cancel_requested = true,
    state = case when state in ('queued', 'awaiting_approval') then 'cancelled' else state end,
    finished_at = case when state in ('queued', 'awaiting_approval') then now() else finished_at end
where id = $1 and state in ('queued', 'running', 'awaiting_approval')
returning state
