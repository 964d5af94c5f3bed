-- Releases, the runs that built them, the rules they obeyed and the files they were read from.
-- $1: the releases, in the order wanted.
select
    l.id,
    l.dataset_id,
    l.rows              as "rows!",
    l.carried,
    l.built_at          as "built_at!",
    l.contract          as "contract: Json<Contract>",
    l.contract_sha,
    l.query,
    cardinality(l.mends) as "mends!",
    r.id                as run_id,
    r.trigger,
    r.requested_by,
    r.finished_at,
    r.rows_read,
    r.rows_loaded,
    r.rows_rejected,
    f.sha256            as "sha256?",
    f.bytes             as "bytes?",
    f.origin            as "origin?",
    f.received_at       as "received_at?"
from unnest($1::bigint[]) with ordinality wanted (id, place)
join releases l on l.id = wanted.id
join runs r on r.id = l.run_id
left join source_files f on f.sha256 = l.source_sha
where l.built_at is not null
order by wanted.place
