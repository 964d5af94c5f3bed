-- The attempt ends: a steward must look, or a newer run waits already and this one is over. The lease is given up; the release of a
-- run that waits stays.
-- $1: the run. $2: its fence. $3: the release. $4: the report. $5 to $7: rows read, loaded, rejected. $8: why it is over; null when it waits.
update runs
set state = case when $8::jsonb is null then 'awaiting_approval' else 'cancelled' end,
    finished_at = case when $8::jsonb is null then null else now() end,
    fault = $8,
    held_release = $3,
    approval = null,
    report = $4,
    rows_read = $5,
    rows_loaded = $6,
    rows_rejected = $7,
    lease_owner = null,
    lease_until = null,
    phase = null,
    dispatched_at = null
where id = $1 and fence = $2
