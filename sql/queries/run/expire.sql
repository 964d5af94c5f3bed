-- Runs whose worker fell silent: cancelled if somebody asked for it, given up when attempts are spent, else queued again after a pause.
update runs
set state = case
        when cancel_requested then 'cancelled'
        when attempt >= max_attempts then 'failed'
        else 'queued'
    end,
    fault = case
        when cancel_requested or attempt < max_attempts then fault
        else jsonb_build_object(
            'code', 'run.worker_lost',
            'what', 'El proceso que hacía la ejecución se detuvo en cada intento.',
            'place', '',
            'remedy', 'Revise el registro del último intento y la memoria del servidor; después vuelva a pedirla con: goreos retry.',
            'retry', 'give_up')
    end,
    available_at = now() + make_interval(secs => least(60, power(2, attempt))),
    finished_at = case when cancel_requested or attempt >= max_attempts then now() end,
    lease_owner = null,
    lease_until = null,
    dispatched_at = null
where state = 'running' and lease_until < now()
returning id, state
