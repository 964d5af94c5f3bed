-- A steward ends a waiting run.
-- $1: the run. $2: the fault.
update runs
set state = 'cancelled', fault = $2, finished_at = now(), dispatched_at = null
where id = $1 and state = 'awaiting_approval'
returning dataset_id
