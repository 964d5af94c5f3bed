-- What waits at the gate and who decided; downloads, differences, tags; what retention dropped.

alter table runs drop constraint runs_job_check;
alter table runs
    add constraint runs_job_check check (job in ('ingest', 'report', 'exports', 'difference', 'retention')),
    -- The release that a waiting run built: nobody sweeps it, and approval publishes it.
    add column held_release bigint references releases on delete set null,
    -- {"by", "comment", "at", "over"} once a steward approved; "over" is the release the candidate was compared with.
    add column approval jsonb;

-- A newer run takes the place of an older one that waits.
create unique index runs_one_waiting on runs (dataset_id) where state = 'awaiting_approval';

-- Who did what. Rows are added and never changed.
create table audit (
    id         bigint generated always as identity primary key,
    at         timestamptz not null default now(),
    actor      text not null,
    action     text not null
               check (action in ('publish', 'wait', 'approve', 'refuse', 'supersede', 'rollback', 'tag', 'untag', 'drop')),
    run_id     bigint references runs,
    edition_id bigint references editions,
    dataset_id text references datasets,
    comment    text not null default '',
    detail     jsonb not null default '{}'
);
create index audit_by_run on audit (run_id);
create index audit_by_edition on audit (edition_id);

create function audit_is_kept() returns trigger language plpgsql as $$
begin
    raise exception 'the audit trail is only added to';
end $$;
create trigger audit_is_kept before update or delete or truncate on audit
    for each statement execute function audit_is_kept();

alter table editions
    -- The edition whose releases a rollback brought back; null for a publish.
    add column rolled_back_to bigint references editions,
    -- When retention let go of it; its map stays, its tables may be gone.
    add column dropped_at timestamptz;
alter table releases
    add column dropped_at timestamptz,
    -- The query that computed it, for derived datasets: the catalogue keeps only today's.
    add column query text;

-- Names that keep an edition for as long as they stand.
create table edition_tags (
    name       text primary key check (name ~ '^[a-z0-9][a-z0-9._-]{0,62}$'),
    edition_id bigint not null references editions,
    created_by text not null,
    created_at timestamptz not null default now()
);

-- The files of a release, written once; or why one was not written.
create table exports (
    release_id bigint not null references releases,
    format     text not null
               check (format in ('gpkg', 'geojson', 'geoparquet', 'parquet', 'fgb', 'shp', 'csv', 'csv_excel', 'xlsx', 'leeme')),
    run_id     bigint not null references runs,
    file_name  text not null,
    media_type text not null,
    object_key text,
    bytes      bigint,
    sha256     text,
    skipped    text,
    created_at timestamptz not null default now(),
    primary key (release_id, format),
    check ((object_key is null) = (skipped is not null))
);
-- The run that writes the files of a release.
create index runs_exports on runs ((args ->> 'release')) where job = 'exports';

-- What differs between two releases of a dataset. Both never change, so neither does this.
create table differences (
    -- A candidate that is swept takes what was counted of it along.
    from_release bigint not null references releases on delete cascade,
    to_release   bigint not null references releases on delete cascade,
    -- Metres up to which a geometry counts as the same.
    tolerance_m  double precision not null,
    -- {"added", "removed", "changed", "moved", "same"}
    counts       jsonb not null,
    -- The GeoPackage, when somebody asked for it.
    object_key   text,
    bytes        bigint,
    sha256       text,
    created_at   timestamptz not null default now(),
    primary key (from_release, to_release, tolerance_m)
);
