# shellcheck shell=bash
# Long-running processes of this clone. Each has a process group of its own and a file run/NAME.pid that holds
# its pid and its start time: together they never name a stranger that was given the same pid.

started_at() {
  local stat fields
  { stat=$(<"/proc/$1/stat"); } 2>/dev/null || return 1
  read -ra fields <<<"${stat##*) }"
  printf '%s' "${fields[19]}"
}

process_alive() {
  local pid began
  { read -r pid began <"$state/run/$1.pid"; } 2>/dev/null || return 1
  [[ $(started_at "$pid") == "$began" && $(ps -o stat= -p "$pid") != Z* ]]
}

# start_process NAME COMMAND...: log in log/NAME.log.
start_process() {
  local name=$1
  shift
  stop_process "$name"
  setsid env --default-signal=INT,QUIT "$@" >"$state/log/$name.log" 2>&1 </dev/null 8>&- 9>&- &
  record_process "$name" $!
}

record_process() { printf '%s %s\n' "$2" "$(started_at "$2")" >"$state/run/$1.pid"; }

# A zombie has ended: it only waits for its parent to look.
group_gone() { ! ps -eo pgid=,stat= | awk -v group="$1" '$1 == group && $2 !~ /^Z/ { n++ } END { exit !n }'; }

# stop_process NAME [SECONDS]: asks, waits, then insists. Children in the group go too.
stop_process() {
  local name=$1 patience=${2:-20} pid began file=$state/run/$1.pid
  [[ -f $file ]] || return 0
  read -r pid began <"$file" || true
  if [[ -n $pid && ! (-e /proc/$pid && $(started_at "$pid") != "$began") ]] && ! group_gone "$pid"; then
    kill -TERM -- "-$pid" 2>/dev/null || true
    if ! wait_until "$patience" group_gone "$pid"; then
      say "$name did not end within $patience s of being asked: killed (its log: $state/log/$name.log)"
      kill -KILL -- "-$pid" 2>/dev/null || true
      wait_until 5 group_gone "$pid" || fail "$name (pid $pid) cannot be stopped"
    fi
  fi
  rm -f "$file"
}

# attended COMMAND...: a long step in a process group of its own, so that ending ./dev ends all of it at once.
attended_pid=''
attended() {
  local status=0
  setsid env --default-signal=INT,QUIT "$@" 8>&- 9>&- &
  attended_pid=$!
  wait "$attended_pid" || status=$?
  attended_pid=''
  return "$status"
}

stop_attended() {
  [[ -n $attended_pid ]] || return 0
  kill -TERM -- "-$attended_pid" 2>/dev/null || true
  wait_until 10 group_gone "$attended_pid" || kill -KILL -- "-$attended_pid" 2>/dev/null || true
  attended_pid=''
}

# Several commands may use the services of one clone at once; the last one to finish stops them, unless
# `./dev services` asked to keep them.
use_services() {
  make_state_folders
  exec 8>"$state/run/in-use"
  flock -s 8
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM
  trap 'finish $?' EXIT
}

finish() {
  trap '' HUP INT TERM
  trap - EXIT
  stop_attended
  local name
  for name in "${own_processes[@]}"; do stop_process "$name"; done
  if [[ ! -e $state/run/keep ]] && flock -n -x 8; then stop_services; fi
  exit "$1"
}
own_processes=()
