#!/usr/bin/env bash
# Runs a program of AECS as if it were inside the test image: /etc/kubetee and /etc/certs are those
# of the test installation. No container is needed.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
# shellcheck source=deployment/lib.sh
source "$here/lib.sh"

usage() {
    cat <<USAGE
Usage: $(basename "$0") PROGRAM [ARGUMENT...]

Runs PROGRAM (${AECS_PROGRAMS[*]}) with its arguments.
An argument in /etc/kubetee or /etc/certs means the file of that name in
$AECS_INSTANCE/etc, unless there is such a file on this machine.
aecs_server without --config gets the configuration of the test installation.
USAGE
}

# The file that PATH means here.
locate() {
    local path="$1"
    case "$path" in
        /etc/kubetee/* | /etc/certs/*)
            if [[ ! -e "$path" ]]; then
                path="$AECS_INSTANCE$path"
            fi
            ;;
    esac
    echo "$path"
}

# Whether --config is among the arguments.
names_config() {
    local argument
    for argument in "$@"; do
        [[ "$argument" != --config && "$argument" != --config=* ]] || return 0
    done
    return 1
}

if (($# == 0)); then
    usage >&2
    exit 64
fi
case "$1" in
    -h | --help) usage; exit 0 ;;
esac

name="$(basename "$1")"
shift
known=false
for candidate in "${AECS_PROGRAMS[@]}"; do
    [[ "$candidate" != "$name" ]] || known=true
done
if [[ "$known" != true ]]; then
    echo "error: unknown program $name" >&2
    echo "  help: the programs are ${AECS_PROGRAMS[*]}" >&2
    exit 64
fi

arguments=()
for argument in "$@"; do
    case "$argument" in
        --*=/etc/*) arguments+=("${argument%%=*}=$(locate "${argument#*=}")") ;;
        *) arguments+=("$(locate "$argument")") ;;
    esac
done
if [[ "$name" == aecs_server ]] && ! names_config ${arguments[@]+"${arguments[@]}"}; then
    arguments=(--config "$(locate /etc/kubetee/aecs_server.json)" ${arguments[@]+"${arguments[@]}"})
fi

if [[ "$name" == aecs_client_cli && -d "$AECS_INSTANCE/simulation" ]]; then
    # The application runs on the software CPU of the test installation, and trusts its server.
    export AECS_SIMULATION_DIR="${AECS_SIMULATION_DIR:-$AECS_INSTANCE/simulation}"
    export AECS_SERVER_POLICY="${AECS_SERVER_POLICY:-$(locate /etc/kubetee/ta_test.kubeconfig)}"
fi

path="$(program "$name")"
exec "$path" ${arguments[@]+"${arguments[@]}"}
