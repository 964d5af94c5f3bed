-- What decides whether the refused rows of a run can come back mended.
-- $1: the run.
with held as (
    -- The files behind the current edition.
    select e.dataset_id, l.source_sha
    from edition_releases e
    join releases l on l.id = e.release_id
    where e.edition_id = (select max(id) from editions)
)
select
    r.dataset_id,
    r.state,
    r.source_sha,
    f.bytes as "bytes?",
    exists (select from rejects j where j.run_id = r.id and j.fence = r.fence) as "rejected!",
    (
        -- A newer run of another file. One that is over does not count when a rollback brought this file back. Where rows are only
        -- added, a file takes the place of its own rows alone: none supersedes another.
        select n.id
        from runs n
        join datasets d on d.id = n.dataset_id and d.contract #>> '{load,mode}' is distinct from 'append'
        where n.dataset_id = r.dataset_id
          and n.job = 'ingest'
          and n.id > r.id
          and coalesce(n.source_sha, n.args ->> 'source_sha') <> r.source_sha
          and (
              n.state in ('queued', 'running', 'awaiting_approval')
              or n.state in ('published', 'unchanged')
                 and not exists (select from held h where h.dataset_id = r.dataset_id and h.source_sha = r.source_sha)
          )
        order by n.id desc
        limit 1
    ) as "newer?"
from runs r
left join source_files f on f.sha256 = r.source_sha
where r.id = $1
