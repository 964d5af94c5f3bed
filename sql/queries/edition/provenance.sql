-- Releases and the files behind them, in catalogue order.
-- $1: the releases.
select
    r.id,
    r.dataset_id,
    r.run_id,
    r.contract ->> 'title'                               as "title!",
    r.contract ->> 'owner'                               as "owner!",
    r.contract ->> 'licence'                             as "licence!",
    coalesce(r.contract ->> 'attribution', '')           as "attribution!",
    coalesce((r.contract ->> 'example')::boolean, false) as "example!",
    r.rows     as "rows!",
    r.built_at as "built_at!",
    -- A derived release is computed from the datasets its contract names.
    array(select jsonb_array_elements_text(r.contract #> '{derive,inputs}')) as "inputs!",
    f.sha256      as "sha256?",
    f.bytes       as "bytes?",
    f.origin      as "origin?",
    f.received_at as "received_at?"
from releases r
join datasets d on d.id = r.dataset_id
left join source_files f on f.sha256 = r.source_sha
where r.id = any($1::bigint[]) and r.built_at is not null
order by d.position, d.id
limit 500
