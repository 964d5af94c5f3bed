-- Keeps a file with mended rows; nothing comes back when the source file has that very mend.
-- $1: the dataset. $2: its source file. $3: the file with the mended rows. $4: the run that had refused them. $5: who asked.
insert into mends (dataset_id, source_sha, mend_sha, run_id, requested_by)
values ($1, $2, $3, $4, $5)
on conflict (dataset_id, source_sha, mend_sha) do nothing
returning id
