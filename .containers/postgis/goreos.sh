#!/bin/sh
# Runs once, when the database is first made: the role the platform uses owns its database and is no superuser.
set -eu
psql -v ON_ERROR_STOP=1 -U postgres -v password="$GOREOS_DB_PASSWORD" <<'SQL'
create role goreos login password :'password';
create database goreos owner goreos;
\connect goreos
create extension if not exists postgis;
SQL
