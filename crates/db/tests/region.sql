-- A region of three square comunas, written by hand.
--
--     16101 Quillón | 16102 Ñipas | 16201 Ránquil      (provinces 161, 161, 162; region 16)
--
-- 08101 lies far away, in another region.

insert into datasets (id, title, theme, contract, contract_sha, query, position) values
    ('comunas', 'Comunas', 'Territorio', '{"title": "Comunas", "theme": "Territorio", "owner": "SUBDERE", "licence": "CC-BY-4.0", "attribution": "BCN"}', 'c', null, 1),
    ('poblacion', 'Población', 'Personas', '{"title": "Población", "theme": "Personas", "owner": "INE", "licence": "CC-BY-4.0"}', 'c', null, 2),
    ('localidades', 'Localidades', 'Territorio', '{"title": "Localidades", "theme": "Territorio", "owner": "GeoNames", "licence": "CC-BY-4.0"}', 'c', null, 3),
    ('inversiones', 'Iniciativas', 'Inversión', '{"title": "Iniciativas (hoy)", "theme": "Inversión", "owner": "DIPIR", "licence": "CC0-1.0", "example": true}', 'c', null, 4),
    ('inversion_comunal', 'Inversión comunal', 'Inversión', '{"title": "Inversión comunal", "theme": "Inversión", "owner": "DIPIR", "licence": "CC0-1.0", "derive": {"inputs": ["inversiones", "poblacion"], "query": "query.sql"}}', 'c', 'select 1', 5);

insert into source_files (sha256, bytes, origin, received_at) values ('aa11', 10, 'comunas.zip', '2026-03-01'), ('bb22', 20, 'inversiones.csv', '2026-03-04');

insert into runs (id, job, dataset_id, trigger, requested_by, state, fence, attempt, source_sha, rows_read, rows_loaded, rows_rejected, edition_id)
overriding system value values
    (1, 'ingest', 'comunas', 'manual', 'ana', 'published', 11, 1, 'aa11', 4, 4, 0, null),
    (2, 'ingest', 'inversiones', 'schedule', 'scheduler', 'published', 12, 2, 'bb22', 12, 9, 3, null);

insert into releases (id, dataset_id, run_id, fence, contract, contract_sha, source_sha, rows, built_at)
overriding system value
select r.id, dataset, run, 1, contract || said, 'c', sha, rows, '2026-03-05'
from (values
    (1, 'comunas', 1, 'aa11', 4, '{}'::jsonb),
    (2, 'poblacion', 1, null, 3, '{}'),
    (3, 'localidades', 1, null, 3, '{}'),
    (4, 'inversiones', 2, 'bb22', 9, '{"title": "Iniciativas"}'),
    (5, 'inversion_comunal', 2, null, 9, '{}'),
    (6, 'poblacion', 1, null, 3, '{}')
) r (id, dataset, run, sha, rows, said)
join datasets d on d.id = r.dataset;

insert into editions (id, run_id, note) values (1, 1, 'Comunas'), (2, 2, 'Inversiones'), (4, null, 'Vuelta atrás');
insert into edition_releases (edition_id, dataset_id, release_id) values
    (1, 'comunas', 1), (1, 'poblacion', 2), (1, 'localidades', 3),
    (2, 'comunas', 1), (2, 'poblacion', 6), (2, 'localidades', 3), (2, 'inversiones', 4), (2, 'inversion_comunal', 5),
    (4, 'comunas', 1), (4, 'poblacion', 2), (4, 'localidades', 3);
update runs set edition_id = id;

create table releases.comunas_1 as
select
    cut, nombre, left(cut, 3) as provincia_cut, provincia, left(cut, 2) as region_cut, region,
    st_multi(st_makeenvelope(west, -37, west + 1, -36, 4326)) as geom
from (values
    ('16101', 'Quillón', 'Diguillín', 'Ñuble', -73), ('16102', 'Ñipas', 'Diguillín', 'Ñuble', -72),
    ('16201', 'Ránquil', 'Itata', 'Ñuble', -71), ('08101', 'Concepción', 'Concepción', 'Biobío', -76)
) c (cut, nombre, provincia, region, west);

-- Quillón was counted twice, Ránquil never.
create table releases.poblacion_6 (cut text, anio bigint, poblacion bigint);
insert into releases.poblacion_6 values ('16101', 2017, 1000), ('16101', 2024, 1200), ('16102', 2017, 100);

create table releases.localidades_3 as
select row_number() over () + 1 as source_row, nombre, lon, -36.5::float8 as lat, poblacion::bigint, st_setsrid(st_makepoint(lon, -36.5), 4326) as geom
from (values ('Caserío', -72.4::float8, 0), ('Aldea', -72.3, null), ('Cabecera', -72.5, 900), ('Otra parte', -71.5, 5000)) l (nombre, lon, poblacion);

create table releases.inversiones_4 (
    source_row bigint, codigo text, anio bigint, tipologia text, comuna text, nombre text, monto bigint,
    fecha_certificado date, estado text, territory_level text, territory_cut text, territory_cuts text[]
);
insert into releases.inversiones_4 values
    (4, 'A1', 2023, 'Vialidad', 'Quillón', 'Camino', 100000, null, 'TERMINADO', 'comuna', '16101', '{16101}'),
    (5, 'A2', 2024, 'Vialidad', 'Quillón', 'Puente', 300000, '2024-03-04', 'EJECUCIÓN', 'comuna', '16101', '{16101}'),
    (6, 'A3', 2024, 'Salud', 'Quillón', 'Posta', 50000, null, null, 'comuna', '16101', '{16101}'),
    (7, 'A4', 2024, 'Salud', 'Ñipas', 'Consultorio', 200000, null, null, 'comuna', '16102', '{16102}'),
    (8, 'A5', 2024, 'Salud', 'DIGUILLÍN', 'Ambulancias', 40000, null, null, 'provincia', '161', '{161}'),
    (9, 'A6', 2024, 'Vialidad', 'REGIONAL', 'Plan', 1000000, null, null, 'region', '16', '{16}'),
    (10, 'A7', 2024, 'Vialidad', 'Quillón - Ñipas', 'Ruta interior', 70000, null, null, 'multi', null, '{16101,16102}'),
    (11, 'A8', 2024, 'Vialidad', 'Quillón, Ránquil', 'Ruta del Itata', 90000, null, null, 'multi', null, '{16101,16201}'),
    (12, 'A9', 2023, 'Salud', 'ITATA', 'Rondas', 5000, null, null, 'provincia', '162', '{162}');

create table releases.inversion_comunal_5 as
select
    territory_level, territory_cut, territory_cuts, comuna as territory_name, anio::int, tipologia,
    count(*) as iniciativas, sum(monto)::bigint as monto
from releases.inversiones_4
group by territory_level, territory_cut, territory_cuts, comuna, anio, tipologia;
