# shellcheck shell=bash
# Fuzzing by libFuzzer, with the stable compiler: the flags are those cargo-fuzz passes, without its sanitizers, as our code is safe Rust.

fuzz_targets() { basename -s .rs -a "$root"/tests/fuzz/targets/*.rs; }

# fuzz TARGET [SECONDS]
fuzz() {
  local target=${1:-} seconds=${2:-600} triple
  [[ -n $target && -e $root/tests/fuzz/targets/$target.rs ]] ||
    fail "there is no fuzz target '$target'" "there are: $(fuzz_targets | tr '\n' ' ')"
  setup demo
  triple=$(rustc -vV | sed -n 's/^host: //p')
  # A folder of its own: these flags would build everything else anew.
  local built=$CARGO_TARGET_DIR-fuzz found=$state/fuzz/$target
  local flags='--cfg fuzzing -C codegen-units=1 -C passes=sancov-module -C llvm-args=-sanitizer-coverage-level=4'
  flags+=' -C llvm-args=-sanitizer-coverage-inline-8bit-counters -C llvm-args=-sanitizer-coverage-pc-table'
  flags+=' -C llvm-args=-sanitizer-coverage-trace-compares'
  step "Fuzz $target for $seconds s"
  CARGO_TARGET_DIR=$built RUSTFLAGS=$flags attended cargo build --locked --release --target "$triple" \
    --manifest-path "$root/tests/fuzz/Cargo.toml" --bin "$target" || fail 'the fuzz target cannot be built'
  mkdir -p "$found"
  attended "$built/$triple/release/$target" -max_total_time="$seconds" -max_len=4096 -timeout=10 -rss_limit_mb=2048 \
    -artifact_prefix="$found-" "$found" "$root/tests/fuzz/seeds/$target" ||
    fail "the fuzzer found something in $target" "the input that shows it is beside $found"
}
