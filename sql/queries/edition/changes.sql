-- What each edition changed against the one before it.
-- $1: the editions.
select
    e.id,
    d.id              as dataset_id,
    d.title,
    before.release_id as "before?",
    after.release_id  as "after?"
from editions e
-- Numbers may have gaps.
cross join lateral (select max(id) as id from editions where id < e.id) previous
cross join datasets d
left join edition_releases before on before.edition_id = previous.id and before.dataset_id = d.id
left join edition_releases after on after.edition_id = e.id and after.dataset_id = d.id
where e.id = any($1::bigint[]) and before.release_id is distinct from after.release_id
order by e.id, d.position, d.id
