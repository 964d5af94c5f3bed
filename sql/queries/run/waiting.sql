-- Loads that wait at the gate, the oldest first; at most one per dataset.
select r.id, d.title, coalesce(a.at, r.created_at) as "since!"
from runs r
join datasets d on d.id = r.dataset_id
left join lateral (select max(at) as at from audit where run_id = r.id and action = 'wait') a on true
where r.state = 'awaiting_approval'
order by r.id
limit 500
