-- What mends, merges and places: refused rows that came back, rows taken over, and where a refused row lies.

-- A file with mended rows. It belongs to the source file: whoever reads that one again, reads it mended.
create table mends (
    id           bigint generated always as identity primary key,
    dataset_id   text not null references datasets,
    -- The file whose rows it mends.
    source_sha   text not null references source_files,
    -- The file with the mended rows.
    mend_sha     text not null references source_files,
    -- The run that had refused them.
    run_id       bigint not null references runs,
    requested_by text not null,
    created_at   timestamptz not null default now(),
    unique (dataset_id, source_sha, mend_sha)
);
create index mends_by_run on mends (run_id);

-- The mends a release was read with, and the rows it took over from the release before (upsert, append).
alter table releases
    add column mends bigint[] not null default '{}',
    add column carried bigint not null default 0;

-- Where a refused row lies (EPSG:4326, degrees), when it has a geometry that can be read.
alter table rejects
    add column lon double precision,
    add column lat double precision;
