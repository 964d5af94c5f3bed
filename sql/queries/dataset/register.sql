-- The dataset as its contract now says; a changed contract also changes its schedule.
insert into datasets (id, title, theme, contract, contract_sha, query, inputs, position)
values ($1, $2, $3, $4, $5, $6, $7, $8)
on conflict (id) do update
set title = excluded.title, theme = excluded.theme, contract = excluded.contract, contract_sha = excluded.contract_sha,
    query = excluded.query, inputs = excluded.inputs, position = excluded.position, registered_at = now()
