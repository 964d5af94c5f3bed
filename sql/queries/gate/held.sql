-- What an approved run holds; nothing when its table is gone.
-- $1: the run. $2: its fence.
select
    l.id,
    l.dataset_id,
    l.table_name as "table_name!",
    l.contract,
    l.contract_sha,
    coalesce(l.rows, 0) as "rows!",
    l.sums,
    r.rows_read,
    r.rows_loaded,
    r.rows_rejected,
    r.report
from runs r
join releases l on l.id = r.held_release
where r.id = $1
  and r.fence = $2
  and l.built_at is not null
  and to_regclass('releases.' || l.table_name) is not null
