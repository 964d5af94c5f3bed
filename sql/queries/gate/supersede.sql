-- Older runs of the dataset that wait, or were approved and not taken up yet, end: a newer one took their place.
-- $1: the dataset. $2: the newer run. $3: the fault. $4: whether approved ones end too.
update runs
set state = 'cancelled', fault = $3, finished_at = now(), dispatched_at = null
where dataset_id = $1
  and job = 'ingest'
  and id < $2
  and (state = 'awaiting_approval' or ($4 and state = 'queued' and approval is not null))
returning id
