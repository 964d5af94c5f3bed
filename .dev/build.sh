# shellcheck shell=bash
# Building, and what is done with cargo besides testing.

# Other clones may share the build folder: what this clone runs has names of its own in .local/bin.
keep_binaries() {
  local from=$CARGO_TARGET_DIR/$1 to=$state/bin/$1 name
  mkdir -p "$to"
  for name in goreos goreos-worker goreos-scheduler goreos-web; do
    ln -f "$from/$name" "$to/$name" 2>/dev/null || cp -f "$from/$name" "$to/$name"
  done
  export GOREOS_BIN_DIR=$to
}

build_release() {
  step 'Build (release)'
  say 'the first time this takes 15 to 30 minutes on two cores; afterwards only what changed'
  attended cargo build --locked --release -p goreos-worker -p goreos-scheduler -p goreos-cli -p goreos-web ||
    fail 'the build failed' "see the compiler's messages above"
  keep_binaries release
}

# Everything the tests need in one build, so that features are unified as the test runner will want them.
build_for_tests() {
  step 'Build (tests)'
  say 'the first time this takes 10 to 20 minutes on two cores; afterwards only what changed'
  attended cargo build --locked --workspace --bins --tests || return 1
  keep_binaries debug
}

# The shape of every query as the database of sql/migrations sees it, so that building needs no database.
refresh_sqlx() {
  use_services
  start_services
  export_environment
  step 'Query shapes (.sqlx)'
  local scratch=goreos_shapes migration server=${GOREOS_DATABASE_URL%/*}
  pg_query postgres "drop database if exists $scratch with (force)"
  pg_query postgres "create database $scratch owner goreos"
  for migration in "$root"/sql/migrations/*.sql; do
    psql --no-psqlrc -q1 -v ON_ERROR_STOP=1 -f "$migration" "$server/$scratch" >/dev/null ||
      fail "the migration ${migration##*/} fails" 'see its message above'
  done
  rm -rf "$root/.sqlx"
  mkdir "$root/.sqlx"
  # The macros write a query's shape when they expand: touch the crate, so that all of them do.
  touch "$root/crates/db/src/lib.rs"
  SQLX_OFFLINE=false SQLX_OFFLINE_DIR=$root/.sqlx DATABASE_URL=$server/$scratch \
    attended cargo build --locked --workspace --bins --tests || fail 'a query does not fit the migrations' "see the compiler's messages above"
  pg_query postgres "drop database $scratch with (force)"
  say "$(find "$root/.sqlx" -name '*.json' | wc -l) queries in .sqlx"
}

print_environment() {
  export_environment
  local name
  for name in $(compgen -e GOREOS_) CARGO_TARGET_DIR; do printf 'export %s=%q\n' "$name" "${!name}"; done
}
