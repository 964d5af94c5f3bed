-- What a run's page shows beyond its line in the list.
-- $1: the run.
select
    r.attempt,
    r.max_attempts,
    r.cancel_requested,
    r.available_at,
    r.report,
    f.sha256      as "sha256?",
    f.bytes       as "bytes?",
    f.origin      as "origin?",
    f.received_at as "received_at?",
    (select count(*) from run_log l where l.run_id = r.id) as "log_lines!"
from runs r
left join source_files f on f.sha256 = r.source_sha
where r.id = $1
