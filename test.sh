#!/usr/bin/env bash
# Runs all tests: ./test.sh [--release] [filter for the test runner]
#
# Needs no TEE hardware and no network beyond the package registries. Tests on real evidence run
# when AECS_VECTORS (default: ../shared/vectors) is a folder, and say that they were skipped when
# it is not. Tests of stores start PostgreSQL and etcd, which root installs (AECS_REQUIRE_ENGINES=1:
# they must run), and moto, if it can be installed from PyPI.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
. deployment/prepare.sh
aecs_prepare
aecs_prepare_engines
aecs_prepare_c
aecs_prepare_moto

profile=()
if [ "${1:-}" = "--release" ]; then
    profile=(--release)
    shift
fi

# The test runners hide what passing tests print, and a skipped test passes.
export AECS_VECTORS="${AECS_VECTORS:-$PWD/../shared/vectors}"
if [ ! -d "$AECS_VECTORS" ]; then
    aecs_say "SKIPPED: the tests on real evidence and on recordings of AECS 2.0 have nothing to read:"
    aecs_say "         there is no folder $AECS_VECTORS (AECS_VECTORS names another one)"
    aecs_say "  help: tests/fetch-vectors downloads the public files"
fi

echo "== examples in the documentation"
cargo test --workspace --doc "${profile[@]}"

echo "== tests"
if cargo nextest --version >/dev/null 2>&1; then
    exec cargo nextest run --workspace --no-fail-fast "${profile[@]}" "$@"
fi
exec cargo test --workspace --no-fail-fast --lib --bins --tests "${profile[@]}" "$@"
