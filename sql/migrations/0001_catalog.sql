-- What the platform keeps about datasets, source files, runs, releases and editions.
-- Tables of data live in `releases`; views of the current edition in `layers`.

create extension if not exists postgis;

create schema releases;
create schema layers;

-- A dataset as its contract last said.
create table datasets (
    id            text primary key,
    title         text not null,
    theme         text not null,
    contract      jsonb not null,
    contract_sha  text not null,
    -- The text of query.sql, for derived datasets.
    query         text,
    -- Datasets its query reads; empty unless derived.
    inputs        text[] not null default '{}',
    position      int not null default 0,
    registered_at timestamptz not null default now()
);

-- Bytes as received, kept in the object store under their hash.
create table source_files (
    sha256      text primary key,
    bytes       bigint not null,
    origin      text not null,
    received_at timestamptz not null default now()
);

-- The ledger: the truth about everything that runs. Redis only delivers.
create table runs (
    id               bigint generated always as identity primary key,
    job              text not null check (job in ('ingest', 'report')),
    dataset_id       text references datasets,
    -- What the job needs to know, by ids (`{"cut": "16101", "edition": 4}`).
    args             jsonb not null default '{}',
    trigger          text not null check (trigger in ('manual', 'schedule')),
    requested_by     text not null,
    -- Two requests for the same effect are one run.
    dedupe_key       text unique,
    state            text not null default 'queued'
                     check (state in ('queued', 'running', 'awaiting_approval', 'published', 'unchanged', 'failed', 'cancelled')),
    attempt          int not null default 0,
    max_attempts     int not null default 5,
    available_at     timestamptz not null default now(),
    -- Delivery: how often, and when last, the run was announced on Redis.
    dispatch_no      int not null default 0,
    dispatched_at    timestamptz,
    -- The lease and its fencing token; the database's clock only.
    fence            bigint,
    lease_owner      text,
    lease_until      timestamptz,
    cancel_requested boolean not null default false,
    -- Progress, written with the heartbeat.
    phase            text,
    rows_done        bigint not null default 0,
    rows_expected    bigint,
    -- Accounting.
    source_sha       text references source_files,
    rows_read        bigint,
    rows_loaded      bigint,
    rows_rejected    bigint,
    edition_id       bigint,
    -- What was detected, converted, repaired, compared.
    report           jsonb not null default '{}',
    -- Why it failed: {"code", "what", "place", "remedy", "retry"}.
    fault            jsonb,
    created_at       timestamptz not null default now(),
    started_at       timestamptz,
    finished_at      timestamptz,
    constraint accounting check (rows_read is null or rows_read = rows_loaded + rows_rejected),
    constraint ingest_has_dataset check (job <> 'ingest' or dataset_id is not null)
);

-- One running run per dataset.
create unique index runs_one_running on runs (dataset_id) where state = 'running' and job = 'ingest';
create index runs_queued on runs (available_at, id) where state = 'queued';
create index runs_running on runs (lease_until) where state = 'running';
create index runs_by_dataset on runs (dataset_id, id desc);

create sequence fences;

create table run_phases (
    run_id      bigint not null references runs on delete cascade,
    attempt     int not null,
    phase       text not null,
    started_at  timestamptz not null default clock_timestamp(),
    finished_at timestamptz,
    rows        bigint,
    note        text not null default '',
    primary key (run_id, attempt, phase)
);

create table run_log (
    id      bigint generated always as identity primary key,
    run_id  bigint not null references runs on delete cascade,
    at      timestamptz not null default clock_timestamp(),
    level   text not null check (level in ('info', 'warn', 'error')),
    message text not null
);
create index run_log_by_run on run_log (run_id, id);

-- Source rows that broke the contract, whole, with every reason.
create table rejects (
    run_id     bigint not null references runs on delete cascade,
    -- The attempt's fence: rows of a lost attempt are never shown.
    fence      bigint not null,
    -- Row of the file, counted as a spreadsheet does (the header row counts); record number for shapefiles.
    source_row bigint not null,
    -- [["header", "cell"], ...] as received, in the order of the file.
    raw        jsonb not null,
    -- [{"column", "value", "rule", "code", "reason", "remedy"}, ...]
    reasons    jsonb not null,
    primary key (run_id, fence, source_row)
);

-- Immutable tables built by runs: releases.<dataset_id>_<id>.
create table releases (
    id           bigint generated always as identity primary key,
    dataset_id   text not null references datasets,
    run_id       bigint not null references runs,
    fence        bigint not null,
    table_name   text generated always as (dataset_id || '_' || id::text) stored unique,
    contract     jsonb not null,
    contract_sha text not null,
    source_sha   text references source_files,
    rows         bigint,
    -- Sums of the columns the contract marks `sum = true`: {"monto": "123"}.
    sums         jsonb not null default '{}',
    -- The operation PROJ chose, its accuracy in metres, PROJ and EPSG versions.
    crs          jsonb,
    created_at   timestamptz not null default now(),
    -- Null while building; a release without it belongs to no edition.
    built_at     timestamptz
);
create index releases_by_run on releases (run_id);

-- What readers see: a numbered map dataset -> release.
create table editions (
    id         bigint primary key,
    created_at timestamptz not null default now(),
    -- The run that published it; null for a rollback.
    run_id     bigint references runs,
    note       text not null
);

create table edition_releases (
    edition_id bigint not null references editions,
    dataset_id text not null references datasets,
    release_id bigint not null references releases,
    primary key (edition_id, dataset_id)
);
alter table runs add foreign key (edition_id) references editions;

create table schedules (
    dataset_id   text primary key references datasets,
    cron         text not null,
    timezone     text not null,
    catch_up     text not null check (catch_up in ('none', 'latest', 'all')),
    -- Up to where ticks have been turned into runs.
    fired_until  timestamptz not null default now(),
    next_fire_at timestamptz not null
);

-- Exactly one run per tick, however many schedulers run.
create table ticks (
    dataset_id text not null references datasets,
    slot       text not null,
    run_id     bigint not null references runs,
    fired_at   timestamptz not null default now(),
    primary key (dataset_id, slot)
);

create table documents (
    id           bigint generated always as identity primary key,
    run_id       bigint not null unique references runs,
    kind         text not null check (kind in ('comuna')),
    title        text not null,
    cut          text not null,
    edition_id   bigint not null references editions,
    object_key   text not null,
    file_name    text not null,
    media_type   text not null,
    bytes        bigint not null,
    sha256       text not null,
    requested_by text not null,
    created_at   timestamptz not null default now(),
    unique (kind, cut, edition_id)
);
