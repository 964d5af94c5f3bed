# shellcheck shell=bash
# Every suite, counted. The last line printed is `N passed, M failed`.

passed=0 failed=0 failures=()

# count SUITE PASSED FAILED
count() {
  passed=$((passed + $2)) failed=$((failed + $3))
  if (($3)); then failures+=("$1: $3 failed"); fi
}

# check NAME COMMAND...: a step that counts as one test.
check() {
  step "$1"
  if attended "${@:2}"; then count "$1" 1 0; else count "$1" 0 1; fi
}

run_tests() {
  local suite=${1:-all}
  [[ $suite == all ]] || declare -F "suite_$suite" >/dev/null || fail "there is no suite '$suite'" "suites: $(suites | tr '\n' ' ')"
  use_services
  setup test
  case $suite in shell | lint | arrows) ;; *)
    assets
    start_services
    export_environment
    ;;
  esac
  case $suite in all | rust | e2e | editions) peers ;; esac
  cd "$root" || exit
  if [[ $suite == all ]]; then
    local each
    for each in lint shell rust doc browser; do "suite_$each"; done
  else
    "suite_$suite"
  fi
  local failure
  for failure in "${failures[@]}"; do say "$failure"; done
  printf '%d passed, %d failed\n' "$passed" "$failed"
  ((failed == 0))
}

suites() { declare -F | sed -n 's/^declare -f suite_//p'; }

suite_shell() {
  check 'shellcheck' shellcheck -xa dev .ci/run .dev/copy-assets .dev/check-pages .dev/services-test
  step 'services, through ./dev'
  local report=$state/log/services-test.tap
  attended .dev/services-test | tee "$report" >&2 || true
  count services "$(grep -c '^ok ' "$report")" "$(count_missing_end "$report")"
}

# Failed lines of a report, and one more when it stopped before its end.
count_missing_end() {
  local bad
  bad=$(grep -c '^not ok ' "$1") || true
  grep -q '^1\.\.' "$1" || bad=$((bad + 1))
  printf '%s' "$bad"
}

suite_lint() {
  check 'formatting (mend with: cargo fmt)' cargo fmt --all --check
  check 'lints (clippy)' cargo clippy --locked --workspace --all-targets -- -D warnings
  if cargo deny --version >/dev/null 2>&1; then
    check 'dependencies (deny.toml)' cargo deny --locked check bans licenses sources
  else
    say 'skipped: dependencies (deny.toml), as cargo-deny is not installed (cargo install --locked cargo-deny, about 6 minutes)'
  fi
}

# nextest NAME ARGUMENTS...: counts from the report it writes; a run that ends badly without one failed once.
nextest() {
  local name=$1 report=$root/.local/nextest/default/junit.xml status=0 ran=0 bad=0 header
  shift
  step "$name"
  rm -f "$report"
  attended cargo nextest run --locked "$@" || status=$?
  if [[ -f $report ]]; then
    header=$(grep -m1 -o '<testsuites [^>]*>' "$report")
    ran=$(attribute tests "$header") bad=$(($(attribute failures "$header") + $(attribute errors "$header")))
  fi
  if ((status != 0 && bad == 0)); then ran=$((ran + 1)) bad=1; fi
  count "$name" $((ran - bad)) "$bad"
}

attribute() { sed -n "s/.* $1=\"\([0-9]*\)\".*/\1/p" <<<"$2" | grep . || printf 0; }

suite_rust() { if built 'Rust tests'; then nextest 'Rust tests' --workspace; fi; }
suite_unit() { nextest 'unit tests' --workspace -E 'not package(goreos-tests)'; }
suite_e2e() {
  if built 'end-to-end tests'; then nextest 'end-to-end tests' --workspace -E 'package(goreos-tests)'; fi
}
# Everything about the files that arrive: parsers, formats, real processes, and the refused rows that come back by the browser.
suite_files() {
  built 'files' || return 0
  nextest 'files' --workspace -E 'package(goreos-domain) or package(goreos-pipelines) or package(goreos-testkit) or binary(files)'
  browser 'files in the browser' tests/browser/mend.test.mjs
}
# Publishing, waiting, comparing, going back, downloading; and a steward in the browser.
suite_editions() {
  built 'editions' || return 0
  nextest 'editions' --workspace -E 'binary(editions) or package(goreos-db)'
  browser 'editions in the browser' tests/browser/gate.test.mjs
}
suite_arrows() { nextest 'arrows' -p goreos-tests --test arrows; }

# The suites that start real binaries need them built; when that fails, the suite failed once.
built() {
  build_for_tests && return
  count "$1" 0 1
  return 1
}

suite_doc() {
  step 'examples in the documents'
  local report=$state/log/doc-test.log status=0 good bad
  attended cargo test --locked --workspace --doc --no-fail-fast >"$report" 2>&1 || status=$?
  cat "$report" >&2
  good=$(sum_of passed "$report") bad=$(sum_of failed "$report")
  if ((status != 0 && bad == 0)); then bad=1; fi
  count 'examples in the documents' "$good" "$bad"
}

# The sum of `N passed` (or failed) over the `test result:` lines.
sum_of() { awk -v word="$1" '/^test result:/ { for (i = 2; i <= NF; i++) if (index($i, word) == 1) n += $(i - 1) } END { print n + 0 }' "$2"; }

suite_browser() {
  built 'browser tests' || return 0
  browser 'browser tests' tests/browser/{mend,walk}.test.mjs
  # It publishes and goes back: an installation of its own.
  browser 'the gate in the browser' tests/browser/gate.test.mjs
}

# browser NAME FILE...: a loaded installation of its own stands beside them and ends with them.
browser() {
  local name=$1 report=$state/log/browser-test.tap status=0 good bad
  shift
  step "$name"
  npm_install "$root/tests/browser"
  rm -f "$report"
  GOREOS_CHROMIUM=$(command -v chromium) attended "$CARGO_TARGET_DIR/debug/goreos-loaded" node --test --test-concurrency=1 --test-reporter=spec --test-reporter-destination=stderr \
    --test-reporter=tap --test-reporter-destination="$report" "$@" || status=$?
  touch "$report"
  good=$(tap_total pass "$report")
  bad=$(($(tap_total fail "$report") + $(tap_total cancelled "$report")))
  if ((status != 0 && bad == 0)); then bad=1; fi
  count "$name" "$good" "$bad"
}

tap_total() { awk -v key="$1" '$1 == "#" && $2 == key { n = $3 } END { print n + 0 }' "$2"; }
