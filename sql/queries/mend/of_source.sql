-- The mends of a source file in the order received, each with the rows its run had refused.
-- $1: the dataset. $2: the source file. $3: most rows of one mend.
select
    m.id,
    m.mend_sha,
    -- Rows of a lost attempt carry another fence.
    array(
        select j.source_row
        from rejects j
        join runs r on r.id = j.run_id and r.fence = j.fence
        where j.run_id = m.run_id
        order by j.source_row
        limit $3
    ) as "rows!"
from mends m
where m.dataset_id = $1 and m.source_sha = $2
order by m.id
