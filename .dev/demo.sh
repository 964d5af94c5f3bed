# shellcheck shell=bash
# The whole platform on this machine, with the bundled datasets.

demo() {
  local once=''
  case ${1:-} in
    --once) once=1 ;;
    '') ;;
    *) fail "./dev demo does not know '$1'" 'usage: ./dev demo [--once]' ;;
  esac
  bring_up demo
  if [[ -n $once ]]; then
    step 'Pages'
    attended "$root/.dev/check-pages" "$GOREOS_PUBLIC_URL" || fail 'a page is not as it should be' "the web server's log: $state/log/web.log"
    return
  fi
  step "$GOREOS_PUBLIC_URL"
  say 'Ctrl-C stops everything'
  { wait -n || true; } 2>/dev/null # until any of the three ends
  name_the_dead
}

# bring_up demo|test: from a fresh machine (with the packages for one or the other) to loaded datasets.
bring_up() {
  refuse_second_demo
  use_services
  own_processes=(web scheduler worker)
  setup "$1"
  assets
  start_services
  export_environment
  build_release

  step 'Database'
  attended "$GOREOS_BIN_DIR/goreos" migrate || fail 'the migrations failed'
  attended "$GOREOS_BIN_DIR/goreos" contract register || fail 'a contract was refused' 'its file and key are named above; datasets/ holds them'

  local port
  port=$(free_port "${GOREOS_PORT:-8080}")
  export GOREOS_LISTEN=127.0.0.1:$port GOREOS_PUBLIC_URL=http://127.0.0.1:$port
  step 'Processes'
  if [[ $port != "${GOREOS_PORT:-8080}" ]]; then say "port ${GOREOS_PORT:-8080} is taken: the pages are on $port"; fi
  run_platform

  step 'Ingest through the queue'
  attended "$GOREOS_BIN_DIR/goreos" ingest --all ||
    fail 'a dataset was not loaded' "the worker's log: $state/log/worker.log"
}

refuse_second_demo() {
  make_state_folders
  if process_alive demo; then
    fail 'a demo already runs from this clone' 'stop it with Ctrl-C where it runs, or with: ./dev down'
  fi
  record_process demo $$
}

run_platform() {
  start_process worker "$GOREOS_BIN_DIR/goreos-worker"
  start_process scheduler "$GOREOS_BIN_DIR/goreos-scheduler"
  start_process web "$GOREOS_BIN_DIR/goreos-web"
  wait_until 60 web_ready_or_dead || fail 'the web server is not ready after 60 s' "its log: $state/log/web.log"
  name_the_dead
  say "worker, scheduler and web run (logs in $state/log)"
}

web_ready_or_dead() { ! process_alive web || curl -fsS -m 5 -o /dev/null "$GOREOS_PUBLIC_URL/salud" 2>/dev/null; }

# Fails when one of the three has ended, with the last words of its log.
name_the_dead() {
  local name
  for name in worker scheduler web; do
    process_alive "$name" || fail "goreos-$name has ended" "$(tail -n 5 "$state/log/$name.log")" "the whole log: $state/log/$name.log"
  done
}

# ./dev down: whatever was started from this clone, also by a ./dev that was killed.
down() {
  step 'Stopping what this clone started'
  local name
  rm -f "$state/run/keep"
  if process_alive demo; then
    local pid _
    read -r pid _ <"$state/run/demo.pid"
    kill -TERM "$pid" 2>/dev/null || true
    wait_until 60 demo_ended || kill -KILL "$pid" 2>/dev/null || true
  fi
  for name in web scheduler worker; do stop_process "$name"; done
  stop_services
  rm -f "$state"/run/*.pid
  say 'nothing runs'
}

demo_ended() { ! process_alive demo; }

# The pictures of the README, in .screenshots.
screenshots() {
  bring_up test
  step 'Screenshots'
  npm_install "$root/tests/browser"
  local run waits shrunken=$state/run/inversiones-reducida.csv
  run=$(newest_run published)
  # Without every third initiative it waits at the gate; afterwards it is refused, and the demo is as it was.
  LC_ALL=C awk 'NR <= 3 || NR % 3' "$root/datasets/inversiones/sample/inversiones.csv" >"$shrunken"
  attended "$GOREOS_BIN_DIR/goreos" ingest inversiones "$shrunken" || true
  waits=$(newest_run awaiting_approval)
  mkdir -p "$root/.screenshots"
  GOREOS_CHROMIUM=$(command -v chromium) attended node "$root/.dev/screenshots.mjs" "$GOREOS_PUBLIC_URL" "$run" "$waits" "$root/.screenshots" ||
    fail 'the screenshots could not be made' "the web server's log: $state/log/web.log"
  attended "$GOREOS_BIN_DIR/goreos" refuse "$waits" --comment 'Solo era para la fotografía.'
}

# newest_run STATE: the newest load of the investments in that state.
newest_run() {
  psql --no-psqlrc -qtAX "$GOREOS_DATABASE_URL" -c "select max(id) from runs where dataset_id = 'inversiones' and job = 'ingest' and state = '$1'"
}
