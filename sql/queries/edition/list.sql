-- Editions, newest first.
-- $1: one edition, or null for all. $2: limit. $3: offset.
select
    e.id,
    e.created_at,
    e.note,
    e.run_id,
    (select max(id) from editions where id < e.id) as previous,
    e.rolled_back_to,
    e.dropped_at,
    array(select t.name from edition_tags t where t.edition_id = e.id order by t.name) as "tags!: Vec<String>"
from editions e
where $1::bigint is null or e.id = $1
order by e.id desc
limit $2 offset $3
