# shellcheck shell=bash
# Measurements: criterion's benches, and whole files through the real binaries beside the tools one would use otherwise.

# bench_binary NAME ARGUMENT...: a program of tests/ that measures the release build, with private services around it.
bench_binary() {
  local name=$1
  shift
  build_release
  attended cargo build --locked --release -p goreos-tests --bin "goreos-bench-$name" || fail 'the build failed' "see the compiler's messages above"
  use_services
  start_services
  export_environment
  # The floor reads its rows from a file of the server, as only an administrator may.
  export GOREOS_BENCH_ADMIN_URL=postgres://postgres:$PG_ADMIN_PASSWORD@127.0.0.1:$PG_PORT/postgres
  step "Bench $name"
  attended "$CARGO_TARGET_DIR/release/goreos-bench-$name" "$state" "$@" || fail "the bench $name failed"
}

# bench_ingest [--json] [--quick] [--case NAME]...; --write-docs RESULTS.jsonl puts the table into docs/ingest.md.
bench_ingest() {
  if [[ ${1:-} == --write-docs ]]; then
    [[ -f ${2:-} ]] || fail 'which results?' './dev bench ingest --json >results.jsonl && ./dev bench ingest --write-docs results.jsonl'
    attended "$CARGO_TARGET_DIR/release/goreos-bench-ingest" --write-docs "$2" "$root/docs/ingest.md"
    return
  fi
  setup bench
  peers
  bench_binary ingest "$@"
}

bench() {
  local name=${1:-}
  case $name in
    files)
      setup demo
      bench_binary files "${@:2}"
      return
      ;;
    ingest)
      bench_ingest "${@:2}"
      return
      ;;
  esac
  [[ -n $name && -e $root/benches/benches/$name.rs ]] ||
    fail "there is no bench '$name'" "there are: files ingest $(basename -s .rs -a "$root"/benches/benches/*.rs 2>/dev/null | tr '\n' ' ')"
  setup demo
  use_services
  start_services
  export_environment
  step "Bench $name"
  if [[ ${2:-} == --json ]]; then
    attended cargo bench --locked -p goreos-benches --bench "$name" >&2 || fail "the bench $name failed"
    node "$root/.dev/bench-json.mjs" "$CARGO_TARGET_DIR/criterion" "$name"
  else
    attended cargo bench --locked -p goreos-benches --bench "$name" -- "${@:2}" || fail "the bench $name failed"
  fi
}
