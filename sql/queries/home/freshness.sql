-- Every dataset in catalogue order and how fresh it is.
-- $1: the releases of the edition shown.
select
    d.id,
    said.contract ->> 'title'                               as "title!",
    coalesce(said.contract ->> 'description', '')           as "description!",
    said.contract ->> 'theme'                               as "theme!",
    said.contract ->> 'owner'                               as "owner!",
    said.contract ->> 'licence'                             as "licence!",
    coalesce(said.contract ->> 'attribution', '')           as "attribution!",
    coalesce((said.contract ->> 'example')::boolean, false) as "example!",
    d.query is not null                                     as "derived!",
    r.id            as "release_id?",
    r.rows          as "release_rows?",
    r.built_at      as "built_at?",
    f.sha256        as "sha256?",
    f.bytes         as "bytes?",
    f.origin        as "origin?",
    f.received_at   as "received_at?",
    run.id          as "run_id?",
    run.state       as "run_state?",
    run.created_at  as "run_created_at?",
    run.finished_at as "run_finished_at?",
    run.fault       as "run_fault?: Json<Fault>",
    s.next_fire_at  as "next_fire_at?"
from datasets d
left join releases r on r.dataset_id = d.id and r.id = any($1::bigint[]) and r.built_at is not null
left join source_files f on f.sha256 = r.source_sha
left join schedules s on s.dataset_id = d.id
-- The release's own contract; the catalogue's while there is no release.
cross join lateral (select coalesce(r.contract, d.contract) as contract) said
-- Its newest run; a derived dataset has none of its own, so the one that built the release.
left join lateral (select max(id) as id from runs where dataset_id = d.id) newest on true
left join runs run on run.id = coalesce(newest.id, r.run_id)
order by d.position, d.id
limit 500
