#!/usr/bin/env bash
# Runs a program of AECS with the test installation as /etc/kubetee and /etc/certs: that of the test image
# where a container tool has it, and that of the build otherwise.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
# shellcheck source=deployment/lib.sh
source "$here/lib.sh"

usage() {
    cat <<USAGE
Usage: $(basename "$0") PROGRAM [ARGUMENT...]

Runs PROGRAM (${AECS_PROGRAMS[*]}) with its arguments.
If podman or docker has the image $AECS_TEST_IMAGE (create_image.sh), the program is that of
the image; otherwise it is that of the build. Command lines and files are the same.
AECS_CONTAINER=none (or AECS_BIN=DIR) uses the build in any case.
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

# The container tool that has the test image, or none.
tool_with_image() {
    local tool=none
    [[ -n "${AECS_BIN:-}" ]] || tool="$(container_tool)"
    if [[ "$tool" != none ]] && ! "$tool" image inspect "$AECS_TEST_IMAGE" >/dev/null 2>&1; then
        tool=none
    fi
    echo "$tool"
}

# Becomes a program of the image, as the user who calls: with the host's network, the test installation and
# the current folder, and with nothing else of the host.
run_in_container() {
    local tool="$1" name="$2" variable
    shift 2
    mkdir -p "$AECS_INSTANCE"
    local options=(--rm --interactive --read-only --network host --user "$(id -u):$(id -g)"
        --cap-drop all --security-opt no-new-privileges --security-opt label=disable
        --volume "$AECS_INSTANCE:$AECS_INSTANCE" --workdir "$AECS_INSTANCE")
    if [[ "$PWD" != / ]]; then
        options+=(--volume "$PWD:$PWD" --workdir "$PWD")
    fi
    # Without it, root in the container of another user is that user, and its user is nobody.
    if [[ "$tool" == podman && "$(id -u)" != 0 ]]; then
        options+=(--userns keep-id)
    fi
    if [[ -t 0 && -t 1 ]]; then
        options+=(--tty)
    fi
    for variable in $(compgen -e AECS_); do
        options+=(--env "$variable")
    done
    [[ "$name" != aecs_server ]] || aecs_say "aecs_server of the image $AECS_TEST_IMAGE ($tool)"
    exec "$tool" run "${options[@]}" --entrypoint "/usr/bin/$name" "$AECS_TEST_IMAGE" "$@"
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

tool="$(tool_with_image)"
if [[ "$tool" != none ]]; then
    run_in_container "$tool" "$name" ${arguments[@]+"${arguments[@]}"}
fi
path="$(program "$name")"
exec "$path" ${arguments[@]+"${arguments[@]}"}
