-- The steps of a run's last attempt.
-- $1: the run.
select p.phase, p.started_at, p.finished_at, p.rows, p.note
from run_phases p
join runs r on r.id = p.run_id and r.attempt = p.attempt
where p.run_id = $1
order by p.started_at
