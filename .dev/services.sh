# shellcheck shell=bash
# A private PostgreSQL + PostGIS and a private Redis for this clone: own folders, own passwords, loopback only,
# ports of their own. The system's services are never looked at.

pg_bin=/usr/lib/postgresql/15/bin
pg_home=$state/pg

# PostgreSQL refuses to run as root: then it runs as `postgres` (or `nobody`), its files in a folder open to it.
pg_user=$(id -un)
if ((EUID == 0)); then
  if id postgres >/dev/null 2>&1; then pg_user=postgres; else pg_user=nobody; fi
fi
as_pg() {
  if ((EUID == 0)); then (cd / && runuser -u "$pg_user" -- "$@"); else "$@"; fi
}

prepare_pg_home() {
  local outside
  outside=/var/tmp/goreos-$(cksum <<<"$state" | cut -d' ' -f1)-$(id -un)
  # A link to nowhere, or one that came with a copy of another clone.
  if [[ -L $pg_home && ! (-d $pg_home && $(readlink "$pg_home") == "$outside") ]]; then rm "$pg_home"; fi
  if [[ ! -e $pg_home ]]; then
    make_pg_folder "$pg_home"
    if ! as_pg test -w "$pg_home"; then
      rmdir "$pg_home"
      [[ -d $outside && ! -L $outside ]] || make_pg_folder "$outside"
      ln -s "$outside" "$pg_home"
      say "this clone is closed to the user $pg_user: the database's files are in $outside"
    fi
  fi
  pg_home=$(realpath "$pg_home")
  [[ $(stat -c %U "$pg_home") == "$pg_user" ]] ||
    fail "$pg_home belongs to $(stat -c %U "$pg_home"), not to $pg_user" 'remove it, or run ./dev as the same user as before'
}

make_pg_folder() {
  mkdir -m 700 "$1" || fail "$1 cannot be made" 'remove what has its name'
  if ((EUID == 0)); then chown -h "$pg_user" "$1"; fi
}

create_cluster() {
  if as_pg test -d "$pg_home/data"; then
    [[ -n $PG_ADMIN_PASSWORD ]] || fail "the password of the database in $pg_home is lost ($settings is gone)" \
      "the demo's data can be loaded again: rm -rf $pg_home, then the same command"
    return
  fi
  say 'creating the database cluster (some seconds, once)'
  PG_ADMIN_PASSWORD=$(random_secret) PG_PASSWORD=$(random_secret)
  save_settings
  local password_file=$pg_home/password
  (umask 077 && printf '%s\n' "$PG_ADMIN_PASSWORD" >"$password_file")
  if ((EUID == 0)); then chown "$pg_user" "$password_file"; fi
  as_pg rm -rf "$pg_home/data.new"
  as_pg "$pg_bin/initdb" --pgdata="$pg_home/data.new" --username=postgres --pwfile="$password_file" \
    --auth=scram-sha-256 --encoding=UTF8 --locale=C.UTF-8 >"$state/log/initdb.log" 2>&1 ||
    fail 'initdb failed' "$(tail -n 5 "$state/log/initdb.log")" "the whole log: $state/log/initdb.log"
  rm -f "$password_file"
  as_pg tee -a "$pg_home/data.new/postgresql.conf" >/dev/null <<'CONF'

# goreos: loopback only, durable, modest
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 200
shared_buffers = 512MB
max_wal_size = 2GB
jit = off
timezone = 'UTC'
log_timezone = 'UTC'
log_line_prefix = '%m [%p] %d '
CONF
  as_pg mv "$pg_home/data.new" "$pg_home/data"
}

# pg_query DATABASE SQL: as the cluster's administrator.
pg_query() {
  PGPASSWORD=$PG_ADMIN_PASSWORD PGCONNECT_TIMEOUT=5 psql --no-psqlrc -h 127.0.0.1 -p "$PG_PORT" -U postgres -d "$1" \
    -v ON_ERROR_STOP=1 -qtAc "$2"
}

pg_answers() { [[ -n $PG_PORT && $(pg_query postgres 'show data_directory' 2>/dev/null) == "$pg_home/data" ]]; }

# The postmaster's pid, when the process that has it really is this cluster's server.
pg_pid() {
  local pid
  pid=$(as_pg head -n 1 "$pg_home/data/postmaster.pid" 2>/dev/null) || return 1
  [[ -n $pid && $(as_pg readlink "/proc/$pid/cwd" 2>/dev/null) == "$pg_home/data" ]] && printf '%s' "$pid"
}

start_postgres() {
  prepare_pg_home
  create_cluster
  if pg_pid >/dev/null; then
    if wait_until 60 pg_answers; then
      provision_postgres
      return
    fi
    fail "PostgreSQL runs (pid $(pg_pid)) but does not answer on port ${PG_PORT:-?}" \
      "its log: $pg_home/server.log" 'to start it afresh: ./dev down && ./dev services'
  fi
  if as_pg test -e "$pg_home/data/postmaster.pid"; then
    say 'PostgreSQL was not stopped properly last time: it recovers by itself'
    as_pg rm -f "$pg_home/data/postmaster.pid"
  fi
  local attempt wanted=${PG_PORT:-$(preferred_port 0)}
  for attempt in 1 2 3; do
    PG_PORT=$(free_port "$wanted")
    if [[ $PG_PORT != "$wanted" ]]; then say "port $wanted is taken: PostgreSQL uses $PG_PORT"; fi
    save_settings
    if as_pg "$pg_bin/pg_ctl" start -s -w -t 60 -D "$pg_home/data" -l "$pg_home/server.log" -o "-p $PG_PORT" \
      >/dev/null 2>&1 8>&- 9>&- && pg_answers; then
      provision_postgres
      return
    fi
    # Another process took the port meanwhile, or children of a killed server are still ending.
    sleep 1
    if as_pg tail -n 20 "$pg_home/server.log" | grep -q 'could not bind'; then wanted=$((PG_PORT + 1)); fi
  done
  fail "PostgreSQL does not start (tried $attempt times)" "$(as_pg tail -n 5 "$pg_home/server.log" 2>&1)" \
    "the whole log: $pg_home/server.log"
}

# The role the platform uses owns its databases and may create more (tests do), but is no superuser: so the
# extension that needs one is put where every new database starts from. What QGIS and the like may read is granted to the group
# goreos_layers; goreos_reader is a member of it to try that with, by the same password as goreos.
provision_postgres() {
  pg_query template1 'create extension if not exists postgis' 2>/dev/null ||
    fail 'PostGIS cannot be installed in the database' 'run: ./dev setup'
  pg_query postgres "do \$\$ begin
      if not exists (select from pg_roles where rolname = 'goreos') then create role goreos; end if;
      if not exists (select from pg_roles where rolname = 'goreos_layers') then create role goreos_layers nologin; end if;
      if not exists (select from pg_roles where rolname = 'goreos_reader') then create role goreos_reader; end if;
    end \$\$;
    alter role goreos login createdb password '$PG_PASSWORD';
    alter role goreos_reader login password '$PG_PASSWORD';
    grant goreos_layers to goreos_reader"
  if [[ $(pg_query postgres "select count(*) from pg_database where datname = 'goreos'") == 0 ]]; then
    pg_query postgres 'create database goreos owner goreos'
  fi
}

stop_postgres() {
  [[ -e $pg_home ]] || return 0
  pg_home=$(realpath "$pg_home")
  local pid
  pid=$(pg_pid) || return 0
  as_pg "$pg_bin/pg_ctl" stop -s -w -t 30 -m fast -D "$pg_home/data" 8>&- 9>&- ||
    as_pg "$pg_bin/pg_ctl" stop -s -w -t 30 -m immediate -D "$pg_home/data" 8>&- 9>&- ||
    fail "PostgreSQL (pid $pid) does not stop" "its log: $pg_home/server.log"
  wait_until 10 pg_ended "$pid" || true # it removes its pid file a moment before it ends
}

pg_ended() { [[ -z $(as_pg readlink "/proc/$1/cwd" 2>/dev/null) ]]; }

redis_query() { REDISCLI_AUTH=$REDIS_PASSWORD redis-cli --no-auth-warning -h 127.0.0.1 -p "$REDIS_PORT" "$@" 2>/dev/null; }

redis_answers() { [[ -n $REDIS_PORT && $(redis_query config get dir | tail -n 1) == "$state/redis" ]]; }

redis_pid() {
  local pid
  pid=$(cat "$state/redis/redis.pid" 2>/dev/null) || return 1
  [[ -n $pid && $(readlink "/proc/$pid/cwd" 2>/dev/null) == "$state/redis" ]] && printf '%s' "$pid"
}

write_redis_conf() {
  (
    umask 077
    cat >"$state/redis/redis.conf" <<CONF
bind 127.0.0.1
port $REDIS_PORT
requirepass $REDIS_PASSWORD
dir "$state/redis"
pidfile "$state/redis/redis.pid"
logfile "$state/log/redis.log"
daemonize yes
appendonly yes
appendfsync everysec
save ""
maxmemory-policy noeviction
databases 64
CONF
  )
}

start_redis() {
  mkdir -p "$state/redis"
  chmod 700 "$state/redis"
  if redis_pid >/dev/null; then
    wait_until 60 redis_answers && return
    fail "Redis runs (pid $(redis_pid)) but does not answer on port ${REDIS_PORT:-?}" \
      "its log: $state/log/redis.log" 'to start it afresh: ./dev down && ./dev services'
  fi
  if [[ -e $state/redis/redis.pid ]]; then
    say 'Redis was not stopped properly last time: it reads its journal again'
    rm -f "$state/redis/redis.pid"
  fi
  REDIS_PASSWORD=${REDIS_PASSWORD:-$(random_secret)}
  local attempt wanted=${REDIS_PORT:-$(preferred_port 5000)}
  for attempt in 1 2 3; do
    REDIS_PORT=$(free_port "$wanted")
    if [[ $REDIS_PORT != "$wanted" ]]; then say "port $wanted is taken: Redis uses $REDIS_PORT"; fi
    save_settings
    write_redis_conf
    redis-server "$state/redis/redis.conf" >/dev/null 2>&1 8>&- 9>&- && wait_until 10 redis_answers && return
    wanted=$((REDIS_PORT + 1))
  done
  fail "Redis does not start (tried $attempt times)" "$(tail -n 5 "$state/log/redis.log" 2>&1)" \
    "the whole log: $state/log/redis.log"
}

redis_stopped() { ! redis_pid >/dev/null; }

stop_redis() {
  local pid
  pid=$(redis_pid) || return 0
  kill -TERM "$pid" 2>/dev/null || true
  wait_until 20 redis_stopped || kill -KILL "$pid" 2>/dev/null || true
  wait_until 5 redis_stopped || fail "Redis (pid $pid) does not stop" "its log: $state/log/redis.log"
  rm -f "$state/redis/redis.pid"
}

start_services() {
  step 'Private PostgreSQL and Redis'
  local needed
  for needed in "$pg_bin/pg_ctl" psql redis-server redis-cli flock setsid; do
    command -v "$needed" >/dev/null || fail "$needed is not installed" 'run: ./dev setup'
  done
  make_state_folders
  exec 9>"$state/run/services.lock"
  flock -w 120 9 || fail 'another ./dev has been starting or stopping the services for two minutes' "see: fuser $state/run/services.lock"
  load_settings
  start_postgres
  start_redis
  exec 9>&-
  say "PostgreSQL on 127.0.0.1:$PG_PORT, Redis on 127.0.0.1:$REDIS_PORT (files in $state)"
}

stop_services() {
  [[ -d $state/run ]] || return 0
  exec 9>"$state/run/services.lock"
  flock -w 120 9 || fail 'another ./dev has been starting or stopping the services for two minutes' "see: fuser $state/run/services.lock"
  load_settings
  stop_redis
  stop_postgres
  exec 9>&-
}
