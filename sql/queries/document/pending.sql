-- Reports asked for that are not there, newest first.
-- $1, $2, $3: kind, territory and edition; nulls for all.
with asked as (
    -- What the job was told.
    select
        r.id, r.state, r.requested_by, r.created_at, r.fault,
        coalesce(r.args ->> 'kind', 'comuna') as kind,
        r.args ->> 'cut'                      as cut,
        (r.args ->> 'edition')::bigint        as edition_id
    from runs r
    where r.job = 'report'
),
newest as (
    -- A report that failed may have been asked for again.
    select distinct on (kind, cut, edition_id) *
    from asked
    order by kind, cut, edition_id, id desc
)
select
    n.id           as "id!",
    n.kind         as "kind!",
    n.cut          as "cut!",
    n.edition_id   as "edition_id!",
    n.state        as "state!",
    n.requested_by as "requested_by!",
    n.created_at   as "created_at!",
    n.fault        as "fault?: Json<Fault>"
from newest n
where n.state in ('queued', 'running', 'failed')
  and ($1::text is null or n.kind = $1)
  and ($2::text is null or n.cut = $2)
  and ($3::bigint is null or n.edition_id = $3)
  and not exists (select from documents d where (d.kind, d.cut, d.edition_id) = (n.kind, n.cut, n.edition_id))
order by n.id desc
limit 100
