-- Editions, newest first.
-- $1: one edition, or null for all. $2: limit. $3: offset.
select id, created_at, note, run_id
from editions
where $1::bigint is null or id = $1
order by id desc
limit $2 offset $3
