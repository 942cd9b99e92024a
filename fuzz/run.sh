#!/usr/bin/env bash
# Fuzzes every parser of bytes from outside: fuzz/run.sh [SECONDS EACH] [TARGET...]
#
# Needs cargo-fuzz (installed if missing) and a C++ compiler for its engine. The stable toolchain
# does: the flags for coverage are unlocked. A crash, a hang or memory beyond a few times the input
# ends the run; the input is then in fuzz/artifacts.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. deployment/prepare.sh
aecs_prepare
command -v c++ >/dev/null 2>&1 || aecs_install g++
command -v cargo-fuzz >/dev/null 2>&1 || cargo install --locked --quiet cargo-fuzz

seconds="${1:-60}"
shift || true
vectors="${AECS_VECTORS:-$PWD/../shared/vectors}"
host=$(rustc -vV | sed -n 's/^host: //p')
built="${CARGO_TARGET_DIR:-fuzz/target}/$host/release"
export RUSTC_BOOTSTRAP=1 CARGO_INCREMENTAL=0 AECS_FUZZ_ROOTS="$PWD/fuzz/roots"

# Safe Rust needs no address sanitizer; overflow checks and debug assertions are on.
cargo fuzz build --sanitizer none
if [ -d "$vectors" ]; then
    "$built/seeds" fuzz/corpus "$vectors"
else
    aecs_say "SKIPPED: there is no real evidence to begin with: there is no folder $vectors"
    "$built/seeds" fuzz/corpus
fi

if [ $# -gt 0 ]; then
    targets=("$@")
else
    mapfile -t targets < <(cargo fuzz list | grep -vx seeds)
fi

fuzz() {
    local target="$1" log="fuzz/artifacts/$1.log"
    mkdir -p "fuzz/corpus/$target" "fuzz/artifacts/$target"
    if "$built/$target" "fuzz/corpus/$target" -artifact_prefix="fuzz/artifacts/$target/" \
        -max_total_time="$seconds" -max_len=65536 -timeout=10 -rss_limit_mb=1024 >"$log" 2>&1; then
        printf '%-14s ok      %s\n' "$target" "$(grep -o 'Done.*' "$log" | tail -1)"
    else
        printf '%-14s FAILED  see %s\n' "$target" "$log"
        tail -20 "$log"
        return 1
    fi
}

# As many at a time as there are processors.
failed=0
running=0
for target in "${targets[@]}"; do
    fuzz "$target" &
    running=$((running + 1))
    if [ "$running" -ge "$(nproc)" ]; then
        wait -n || failed=1
        running=$((running - 1))
    fi
done
while [ "$running" -gt 0 ]; do
    wait -n || failed=1
    running=$((running - 1))
done
[ "$failed" -eq 0 ] && echo "no crash in ${#targets[@]} targets, $seconds s each"
exit "$failed"
