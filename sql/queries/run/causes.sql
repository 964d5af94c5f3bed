-- Why rows were refused: rejects by code and column.
-- $1: the run.
with reasons as (
    -- One row per reason; rows of a lost attempt carry another fence.
    select
        j.source_row,
        one ->> 'code'   as code,
        nullif(one ->> 'column', '') as "column",
        nullif(one ->> 'header', '') as header,
        -- A reason about the whole row has no value; an empty cell has one.
        case when one ->> 'column' <> '' or one ->> 'value' <> '' then left(one ->> 'value', 120) end as value,
        one ->> 'reason' as reason,
        one ->> 'remedy' as remedy
    from rejects j
    join runs r on r.id = j.run_id and r.fence = j.fence
    cross join lateral jsonb_array_elements(j.reasons) one
    where j.run_id = $1
)
select
    code as "code!",
    "column" as "column?",
    min(header)                as "header?",
    count(distinct source_row) as "rows!",
    (array_agg(distinct source_row order by source_row))[1:5] as "first_rows!",
    coalesce((array_agg(reason order by source_row))[1], '') as "reason!",
    coalesce((array_agg(remedy order by source_row))[1], '') as "remedy!",
    coalesce((array_agg(distinct value) filter (where value is not null))[1:5], '{}') as "samples!"
from reasons
group by code, "column"
order by count(distinct source_row) desc, min(source_row), code
limit 200
