#!/bin/sh
# Runs once, when the database is first made: the role the platform uses owns its database and is no superuser.
# People read the views of schema layers as members of the group goreos_layers: docs/qgis.md.
set -eu
psql -v ON_ERROR_STOP=1 -U postgres -v password="$GOREOS_DB_PASSWORD" <<'SQL'
create role goreos login password :'password';
create role goreos_layers nologin;
create database goreos owner goreos;
\connect goreos
create extension if not exists postgis;
SQL
