#!/usr/bin/env bash
# Makes the wheel of the Python package.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
# shellcheck source=deployment/lib.sh
source "$here/lib.sh"

usage() {
    cat <<USAGE
Usage: $(basename "$0") [DIR]

Builds the Python package aecs for production (without the simulation), and puts its wheel into DIR (default:
$here/wheel): one for Python 3.11 and later. Needs Python 3.11 with venv, and maturin in the version of
bindings/python/requirements.txt, which is fetched from PyPI.
USAGE
}

case "${1:-}" in
    -h | --help) usage; exit 0 ;;
    -*) usage >&2; exit 64 ;;
esac
(($# <= 1)) || { usage >&2; exit 64; }
out="$(realpath -m "${1:-$here/wheel}")"

python3 -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null ||
    aecs_die "there is no Python 3.11 with venv" "sudo apt-get install --no-install-recommends python3 python3-venv"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
# Its lines in the list of what the tests need: the version, and the digests of its files.
awk '/^[^ ]/ { own = /^maturin==/ } own' "$AECS_ROOT/bindings/python/requirements.txt" >"$work/maturin.txt"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --require-hashes --no-deps --only-binary :all: \
    --requirement "$work/maturin.txt" ||
    aecs_die "maturin could not be installed" "is PyPI reachable?"

aecs_prepare
(cd "$AECS_ROOT" && cargo fetch --locked) >&2
encoded="$(reproducible_flags)"
(cd "$AECS_ROOT" &&
    env -u RUSTFLAGS -u CFLAGS -u TARGET_CFLAGS CARGO_ENCODED_RUSTFLAGS="${encoded%$'\x1f'}" CARGO_INCREMENTAL=0 \
        CARGO_TARGET_DIR="$(dirname "$(production_folder)")" SOURCE_DATE_EPOCH="$(source_date)" \
        "$work/venv/bin/maturin" build --quiet --locked --release --manifest-path bindings/python/Cargo.toml \
        --out "$work/wheel") >&2
for wheel in "$work"/wheel/*.whl; do
    refuse_simulation_in_wheel "$wheel"
    install -D -m 0644 "$wheel" "$out/$(basename "$wheel")"
    echo "made $out/$(basename "$wheel")"
done
