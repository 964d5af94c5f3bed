-- A run that ended without effect goes back to the queue with all its attempts, and begins with its file: what it held is not used again.
update runs
set state = 'queued', attempt = 0, available_at = now(), dispatched_at = null, cancel_requested = false,
    fault = null, finished_at = null, phase = null, rows_read = null, rows_loaded = null, rows_rejected = null,
    held_release = null, approval = null, report = '{}'
where id = $1 and state in ('failed', 'cancelled')
returning id
