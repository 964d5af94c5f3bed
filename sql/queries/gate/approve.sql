-- A steward lets a waiting run publish; it goes back to the queue, with attempts enough. The approval names the release that the
-- candidate was compared with: it is not good for another comparison.
-- $1: the run. $2: who. $3: the comment.
update runs
set state = 'queued',
    approval = jsonb_build_object('by', $2::text, 'comment', $3::text, 'at', now(), 'over', report #> '{gate,from_release}'),
    max_attempts = attempt + 5,
    available_at = now(),
    dispatched_at = null
where id = $1 and state = 'awaiting_approval'
returning dataset_id
