# shellcheck shell=bash
# What a fresh Debian 12 with Rust lacks. Installs as root; otherwise prints the one line to run.

packages_for() {
  # To build: GDAL and the C toolchain its bindings are generated with, and the linker of .cargo/config.toml.
  printf '%s\n' build-essential pkg-config clang libclang-dev mold libgdal-dev
  # To run.
  printf '%s\n' postgresql-15 postgresql-15-postgis-3 redis-server curl procps
  # Browser assets come by npm; a Node that did not come from Debian is as good.
  command -v node >/dev/null && command -v npm >/dev/null || printf '%s\n' nodejs npm
  if [[ $1 == test ]]; then
    command -v chromium >/dev/null || printf '%s\n' chromium
    # ogr2ogr writes the layers that tests do not write by hand.
    printf '%s\n' gdal-bin poppler-utils shellcheck
    # What opens our files as their readers would: sheets, tables, layers.
    printf '%s\n' libreoffice-calc python3-venv unzip
  fi
  if [[ $1 == bench ]]; then
    # What ours is measured against: ogr2ogr, shp2pgsql, and Python's tools in a folder of their own.
    printf '%s\n' gdal-bin postgis python3-venv
  fi
}

missing_packages() {
  local package
  packages_for "$1" | while read -r package; do
    [[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) == installed ]] || printf '%s\n' "$package"
  done
}

install_packages() {
  local missing
  mapfile -t missing < <(missing_packages "$1")
  ((${#missing[@]})) || return 0
  if ((EUID != 0)); then
    say "These packages are missing. Run this line, then the same command again:"
    printf '\n    sudo apt-get update && sudo apt-get install -y --no-install-recommends %s\n\n' "${missing[*]}" >&2
    exit 3
  fi
  say "installing ${missing[*]} (some minutes on a fresh machine)"
  hold_system_services
  local status=0
  {
    apt-get update -qq &&
      DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        -o DPkg::Lock::Timeout=300 "${missing[@]}"
  } >"$state/log/apt.log" 2>&1 </dev/null || status=$?
  release_system_services
  ((status == 0)) || fail 'apt-get failed' "$(grep '^E:' "$state/log/apt.log" | head -n 5)" "the whole log: $state/log/apt.log"
}

# Debian's packages start a server each when they are installed, and PostgreSQL's makes a cluster. Neither is
# wanted here: for as long as the installation lasts, both are told not to.
policy=/usr/sbin/policy-rc.d
cluster_rule=/etc/postgresql-common/createcluster.d/goreos-setup.conf
own_policy=''
hold_system_services() {
  if [[ ! -e $policy ]]; then
    own_policy=1
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
  fi
  mkdir -p "${cluster_rule%/*}"
  printf 'create_main_cluster = false\n' >"$cluster_rule"
}
release_system_services() {
  if [[ -n $own_policy ]]; then rm -f "$policy"; fi
  rm -f "$cluster_rule"
}

check_rust() {
  command -v cargo >/dev/null || PATH=$PATH:$HOME/.cargo/bin
  command -v cargo >/dev/null || fail 'cargo is not installed' "install Rust $(sed -n 's/^rust-version = "\(.*\)"/\1/p' "$root/Cargo.toml") or newer, then run the same command again"
}

# setup demo|test|bench
setup() {
  step 'Packages'
  make_state_folders
  check_rust
  if command -v dpkg-query >/dev/null; then
    install_packages "$1"
  else
    say "this is not Debian: have the like of these installed: $(packages_for "$1" | tr '\n' ' ')"
  fi
  if [[ $1 == test ]] && ! cargo nextest --version >/dev/null 2>&1; then
    say 'building cargo-nextest, the test runner (5 to 10 minutes, once)'
    cargo install --locked cargo-nextest || fail 'cargo-nextest cannot be built' 'try by hand: cargo install --locked cargo-nextest'
  fi
}
