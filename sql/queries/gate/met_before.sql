-- The newest other run that brought this very file, read with this contract and these mends, as far as the gate or beyond.
-- $1: this run. $2: the dataset. $3: the file. $4: the contract. $5: the mends.
select id, state, fault ->> 'code' as "fault?"
from runs
where dataset_id = $2
  and job = 'ingest'
  and id <> $1
  and source_sha = $3
  and report #>> '{file,contract_sha}' = $4
  and report #> '{file,mends}' = to_jsonb($5::bigint[])
  and (
      state in ('awaiting_approval', 'published')
      or (state = 'queued' and approval is not null)
      or (state = 'cancelled' and fault ->> 'code' = 'gate.refused')
  )
order by id desc
limit 1
