-- A schedule that stays the same keeps its place in time.
insert into schedules (dataset_id, cron, timezone, catch_up, next_fire_at)
values ($1, $2, $3, $4, $5)
on conflict (dataset_id) do update
set cron = excluded.cron, timezone = excluded.timezone, catch_up = excluded.catch_up,
    next_fire_at = case when (schedules.cron, schedules.timezone) = (excluded.cron, excluded.timezone)
                   then schedules.next_fire_at else excluded.next_fire_at end,
    fired_until = case when (schedules.cron, schedules.timezone) = (excluded.cron, excluded.timezone)
                  then schedules.fired_until else now() end
