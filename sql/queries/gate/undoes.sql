-- The rollback that put back the release of a dataset, when a newer one had been published before it.
-- $1: the dataset. $2: its current release.
select e.id, e.rolled_back_to as "to!"
from editions e
join edition_releases held on held.edition_id = e.id and held.dataset_id = $1 and held.release_id = $2
where e.rolled_back_to is not null
  and exists (
      select from edition_releases newer
      where newer.dataset_id = $1 and newer.release_id > $2 and newer.edition_id < e.id
  )
order by e.id desc
limit 1
