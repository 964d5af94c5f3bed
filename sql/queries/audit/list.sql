-- The audit trail, newest first.
-- $1: an action, $2: a dataset, $3: a run, $4: an edition, $5 and $6: the first and the last day in Chile; null for all. $7: limit. $8: offset.
select
    a.id,
    a.at,
    a.actor,
    a.action,
    a.run_id,
    a.edition_id,
    a.dataset_id,
    d.title as "dataset_title?",
    a.comment,
    a.detail,
    count(*) over () as "total!"
from audit a
left join datasets d on d.id = a.dataset_id
where ($1::text is null or a.action = $1)
  and ($2::text is null or a.dataset_id = $2)
  and ($3::bigint is null or a.run_id = $3)
  and ($4::bigint is null or a.edition_id = $4)
  and ($5::date is null or (a.at at time zone 'America/Santiago')::date >= $5)
  and ($6::date is null or (a.at at time zone 'America/Santiago')::date <= $6)
order by a.id desc
limit $7 offset $8
