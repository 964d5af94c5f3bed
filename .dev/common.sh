# shellcheck shell=bash
# What every ./dev command shares: the clone's folders, words on the screen, stopping what was started.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
state=${GOREOS_STATE:-$root/.local}
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/goreos/target}
# Python tools of others (.dev/peers.sh).
peers=${XDG_CACHE_HOME:-$HOME/.cache}/goreos/peers

bold='' plain='' red=''
if [[ -t 2 && -z ${CI:-} && -z ${NO_COLOR:-} ]]; then
  bold=$'\e[1m' plain=$'\e[0m' red=$'\e[31m'
fi
if [[ -n ${CI:-} ]]; then
  export CARGO_TERM_COLOR=never CARGO_TERM_PROGRESS_WHEN=never NO_COLOR=1
fi

# Everything said to a person goes to standard error; standard output is for results.
current_step=''
step() { current_step=$1; printf '%s==> %s%s\n' "$bold" "$1" "$plain" >&2; }
say() { printf '    %s\n' "$*" >&2; }

# fail WHAT [HOW TO MEND]...: ends the command, naming the step.
fail() {
  printf '%serror%s (%s): %s\n' "$red" "$plain" "${current_step:-./dev}" "$1" >&2
  shift
  local line
  for line in "$@"; do printf '    %s\n' "$line" >&2; done
  exit 1
}

make_state_folders() {
  mkdir -p "$state"/{log,run,bin,objects}
  chmod 700 "$state/run"
}

# wait_until SECONDS COMMAND...: asks again every 0.1 s; false when the time is over.
wait_until() {
  local deadline=$((SECONDS + $1))
  shift
  until "$@"; do
    ((SECONDS < deadline)) || return 1
    sleep 0.1
  done
}

random_secret() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }

port_taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

free_port() {
  local port=$1
  while port_taken "$port"; do port=$((port + 1)); done
  printf '%s' "$port"
}

# A port below the kernel's ephemeral range that differs from clone to clone.
preferred_port() { printf '%s' $((20000 + ($(cksum <<<"$state" | cut -d' ' -f1) + $1) % 10000)); }

# The settings of this clone's private services, with their passwords: NAME=value lines.
settings=$state/env
load_settings() {
  PG_PORT='' PG_ADMIN_PASSWORD='' PG_PASSWORD='' REDIS_PORT='' REDIS_PASSWORD=''
  # shellcheck source=/dev/null
  if [[ -f $settings ]]; then source "$settings"; fi
}
save_settings() {
  (
    umask 077
    local name
    for name in PG_PORT PG_ADMIN_PASSWORD PG_PASSWORD REDIS_PORT REDIS_PASSWORD; do
      printf '%s=%s\n' "$name" "${!name}"
    done >"$settings.new"
    mv "$settings.new" "$settings"
  )
}

# What the binaries read. A database named in the caller's shell is never used by mistake: these win.
export_environment() {
  load_settings
  [[ -n $PG_PORT && -n $REDIS_PORT ]] || fail 'the private services have not been started in this clone' 'run: ./dev services'
  local server=postgres://goreos:$PG_PASSWORD@127.0.0.1:$PG_PORT redis=redis://:$REDIS_PASSWORD@127.0.0.1:$REDIS_PORT
  export GOREOS_DATABASE_URL=$server/goreos GOREOS_REDIS_URL=$redis/0
  export GOREOS_TEST_DATABASE_URL=$server/postgres GOREOS_TEST_REDIS_URL=$redis/1
  export GOREOS_OBJECTS_URL=file://${state// /%20}/objects
  export GOREOS_DATASETS=$root/datasets GOREOS_STATIC=$root/web/static GOREOS_FONTS=$root/web/static/vendor/fonts
  export GOREOS_PEERS_PYTHON=$peers/bin/python
  export GOREOS_REGION=${GOREOS_REGION:-16} GOREOS_LOG=${GOREOS_LOG:-info} GOREOS_LOG_FORMAT=${GOREOS_LOG_FORMAT:-text}
}
