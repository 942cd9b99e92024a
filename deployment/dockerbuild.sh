#!/usr/bin/env bash
# Builds all programs. The name is that of AECS 2.0, which built in a container; cargo is enough.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
# shellcheck source=deployment/lib.sh
source "$here/lib.sh"

usage() {
    cat <<USAGE
Usage: $(basename "$0") [--build Debug|Release|Production]

Builds the server and the command line tools with cargo. Release is the default. Production builds
what a release publishes: without the simulation.
With AECS_BIN=DIR nothing is built: the programs in DIR are used.
USAGE
}

build=Release
while (($# > 0)); do
    case "$1" in
        -h | --help) usage; exit 0 ;;
        --build)
            (($# > 1)) || { usage >&2; exit 64; }
            build="$2"
            shift
            ;;
        --build=*) build="${1#*=}" ;;
        *) usage >&2; exit 64 ;;
    esac
    shift
done

if [[ -n "${AECS_BIN:-}" ]]; then
    [[ "$build" != Production ]] ||
        aecs_die "AECS_BIN is set, and programs for production have to be built" "unset AECS_BIN"
    for name in "${AECS_PROGRAMS[@]}"; do
        program "$name" >/dev/null
    done
    echo "nothing was built: AECS_BIN names the programs in $AECS_BIN"
    exit 0
fi

case "$build" in
    Release) AECS_PROFILE=release ;;
    Debug) AECS_PROFILE=dev ;;
    Production)
        build_production "${AECS_PRODUCTION_PROGRAMS[@]}"
        echo "built in $(production_folder)"
        exit 0
        ;;
    *)
        echo "error: there is no build $build" >&2
        echo "  help: --build Debug, --build Release or --build Production" >&2
        exit 64
        ;;
esac

build_programs
echo "built in $(build_folder)"
