-- The last lines of a run's log, oldest first.
-- $1: the run. $2: how many.
select at as "at!", level as "level!", message as "message!"
from (select id, at, level, message from run_log where run_id = $1 order by id desc limit $2) last
order by id
