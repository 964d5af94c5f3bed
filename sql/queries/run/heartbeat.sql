-- Renews the lease on the database's clock, carrying progress out and a wish to cancel back.
update runs
set lease_until = now() + make_interval(secs => $3),
    phase = $4,
    rows_done = $5,
    rows_expected = $6
where id = $1 and fence = $2 and state = 'running'
returning cancel_requested
