-- Editions that nobody needs any more, oldest first, and the releases that go with each.
-- $1: how many days back an edition that was in force is kept.
with deciding as (
    -- Runs that wait for a steward, or that one approved and that are not published yet.
    select held_release, report
    from runs
    where held_release is not null and state in ('awaiting_approval', 'queued', 'running')
),
needed as (
    -- Named by a person.
    select edition_id from edition_tags
    union
    -- Named by a document, also by one still being made.
    select edition_id from documents
    union
    select (args ->> 'edition')::bigint from runs where job = 'report' and state in ('queued', 'running')
    union
    -- What a run that waits for a steward is compared with.
    select (report #>> '{gate,base}')::bigint from deciding
),
waiting as (
    -- Releases that a waiting run would publish, or shows beside its own.
    select held_release as release_id from deciding
    union
    select (report #>> '{gate,from_release}')::bigint from deciding
    union
    select (report #>> '{gate,to_release}')::bigint from deciding
    union
    select (derived ->> side)::bigint
    from deciding
    cross join lateral jsonb_array_elements(
        case jsonb_typeof(report #> '{gate,derived}') when 'array' then report #> '{gate,derived}' else '[]' end
    ) derived
    cross join unnest(array['from_release', 'to_release']) side
),
expired as (
    -- An edition was in force until the next one came; the newest is in force.
    select e.id, e.created_at, next.created_at as until
    from editions e
    cross join lateral (select created_at from editions where id > e.id order by id limit 1) next
    where e.dropped_at is null
      and next.created_at < now() - make_interval(days => $1)
      and not exists (select from needed n where n.edition_id = e.id)
),
freed as (
    -- Releases that only expired editions hold go with the last of these.
    select h.release_id, max(h.edition_id) as edition_id
    from edition_releases h
    join releases l on l.id = h.release_id and l.dropped_at is null
    where not exists (select from waiting w where w.release_id = h.release_id)
      and h.edition_id in (select id from editions where dropped_at is null)
    group by h.release_id
    having bool_and(h.edition_id in (select id from expired))
)
select
    e.id         as "edition!",
    e.created_at as "created_at!",
    e.until      as "until!",
    array(select f.release_id from freed f where f.edition_id = e.id order by f.release_id) as "releases!"
from expired e
order by e.id
limit 1000
