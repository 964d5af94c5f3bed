-- The run's result is what readers see.
-- $1: the run. $2: its fence. $3: the edition. $4: the report. $5 to $7: rows read, loaded, rejected.
update runs
set state = 'published', edition_id = $3, report = $4, rows_read = $5, rows_loaded = $6, rows_rejected = $7,
    fault = null, finished_at = now(), lease_owner = null, lease_until = null, phase = null, held_release = null
where id = $1 and fence = $2
