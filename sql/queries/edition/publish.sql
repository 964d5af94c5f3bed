-- The next edition: the base's map with these releases in it.
-- $1: its number. $2: the run that publishes it. $3: a line for people. $4: the base. $5: the releases. $6: the edition a rollback
-- brings back.
with edition as (
    insert into editions (id, run_id, note, rolled_back_to) values ($1, $2, $3, $6) returning id
), changed as (
    select id as release_id, dataset_id from releases where id = any($5)
)
insert into edition_releases (edition_id, dataset_id, release_id)
select edition.id, d.dataset_id, d.release_id
from edition, (
    select dataset_id, release_id from changed
    union all
    select b.dataset_id, b.release_id from edition_releases b
    where b.edition_id = $4 and b.dataset_id not in (select dataset_id from changed)
) d
