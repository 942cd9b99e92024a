#!/usr/bin/env bash
# Starts and stops a test server on a software CPU, and shows it end to end.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
# A first try should not wait for the optimiser.
AECS_FIRST_PROFILE=dev
# shellcheck source=deployment/lib.sh
source "$here/lib.sh"
# For the scripts that it calls.
export AECS_PROFILE

usage() {
    cat <<USAGE
Usage: $(basename "$0") start [--build Debug|Release] [--port PORT] [--aecs20]
       $(basename "$0") stop
       $(basename "$0") status
       $(basename "$0") clean

start   builds the programs if needed, starts a server on a software CPU and the embedded store,
        provisions it, creates six secrets, fetches them as a simulated application, and shows
        how another one is refused; a later start finds the same identity and secrets
stop    stops the server
status  asks the server for its status
clean   stops the server and removes the test installation, with all its secrets

--build   builds with this profile; without it, with the profile of the last build, at first Debug
--port    TCP port of the server, $default_port at first; the installation keeps it
--aecs20  keys that the tools of AECS 2.0 can read, no TLS, and requests of protocol 2.0 allowed

The test installation is in $AECS_INSTANCE.
With AECS_BIN=DIR nothing is built: the programs in DIR are used, and the application in DIR/examples.
For development and test only: a simulated CPU protects nothing.
USAGE
}

default_port=19527
etc="$AECS_INSTANCE/etc"
config="$etc/kubetee/aecs_server.json"
log="$AECS_INSTANCE/server.log"
pid_file="$AECS_INSTANCE/server.pid"
# There once the demonstration has worked: its secrets are the user's from then on.
shown="$AECS_INSTANCE/shown"
# Who the demonstration's application is on the software CPU, and a stranger.
application=$(printf 'the application of the quick start' | sha256sum | cut -d' ' -f1)
stranger=$(printf 'somebody else' | sha256sum | cut -d' ' -f1)
# Whether the application can have all secrets of the demonstration.
complete=true

title() { printf '\n\033[1m%s\033[0m\n' "$*"; }

# The port of the installation; nothing if there is none yet.
installed_port() {
    [[ ! -f "$config" ]] || sed -n 's/.*"aecs_rpc_port": *"\{0,1\}\([0-9]*\).*/\1/p' "$config"
}

# Gives the files of an installation another port; what else was edited in them stays.
change_port() {
    sed -i "s/\(\"aecs_rpc_port\": *\"\{0,1\}\)[0-9]*/\1$port/" "$config"
    sed -i "s/^\( *serverEndpoint: .*:\)[0-9]*/\1$port/" "$etc"/kubetee/*.kubeconfig
}

# The processes that have files of the installation open.
users() {
    # Processes that end meanwhile are no failure.
    { find /proc/[0-9]*/fd -maxdepth 1 -lname "$AECS_INSTANCE/*" 2>/dev/null || true; } |
        cut -d/ -f3 | sort -u | tr '\n' ' '
}

running() {
    [[ -f "$pid_file" ]] || return 1
    local pid
    pid=$(<"$pid_file")
    # The number could belong to another program by now.
    [[ "$(tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline")" == *aecs_server* ]]
}

aecsadmin() { tool aecsadmin aecs_admin_test "$@"; }
serviceadmin() { tool serviceadmin service_admin_test "$@"; }

# Runs an administrator's tool; that this is a simulation is said once, by the title.
tool() {
    local program errors result=0
    program="$(program "$1")"
    errors="$(mktemp)"
    "$program" --config "$etc/kubetee/$2.kubeconfig" "${@:3}" 2>"$errors" || result=$?
    grep -v '^warning: simulation:' "$errors" >&2 || true
    rm -f "$errors"
    return "$result"
}

build() {
    if [[ -n "${AECS_BIN:-}" ]]; then
        title "Programs of $AECS_BIN"
        return
    fi
    title "Building ($AECS_PROFILE)"
    build_programs
}

setup() {
    title "Certificates, keys and configuration"
    local before
    before=$(installed_port)
    port=${port:-${before:-$default_port}}
    if [[ -n "$before" && "$before" != "$port" ]]; then
        echo "port $port instead of $before"
        change_port
    fi
    local options=(--port "$port")
    if [[ "$aecs20" == true ]]; then
        options+=(--suite rsa --tls disable)
    fi
    "$here/generate_certs_and_kubeconfig.sh" -- "${options[@]}"
    if [[ "$aecs20" == true ]] && ! grep -q 'BEGIN RSA PUBLIC KEY' "$etc/certs/aecs_admin_public.pem"; then
        aecs_die "this test installation has keys that AECS 2.0 cannot read" "start.sh clean, then start again"
    fi
    if [[ "$aecs20" == true ]] && ! grep -q '"compat.aecs20"' "$config"; then
        # In the file, which the administrator compares the server with.
        sed -i '1s/{/{\n  "compat.aecs20": "allow",\n  "attestation.insecure_aecs20_simulation": true,\n  "compat.insecure_aecs20_debug": true,/' \
            "$config"
    fi
    # The sample's rules are empty and let every enclave in; the demonstration pins its application.
    sed "s/mrenclave: \"\"/mrenclave: \"$application\"/" \
        "$etc/kubetee/service_secret_policy.yaml" >"$AECS_INSTANCE/demo_secret_policy.yaml"
}

serve() {
    title "Server, on a software CPU: its evidence is verified, and proves nothing about any hardware"
    local options=(--config "$config" --rpc-port "$port")
    local tries pid
    if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
        aecs_die "port $port is in use" "stop the program that uses it, or start with --port PORT"
    fi
    nohup "$(program aecs_server)" "${options[@]}" >"$log" 2>&1 </dev/null &
    pid=$!
    echo "$pid" >"$pid_file"
    trap leftover EXIT
    for ((tries = 0; tries < 150; tries++)); do
        if ! kill -0 "$pid" 2>/dev/null; then
            rm -f "$pid_file"
            cat "$log" >&2
            aecs_die "the server did not start" "the lines above say why"
        fi
        if aecsadmin status >/dev/null 2>&1; then
            echo "pid $pid, port $port, log $log"
            return
        fi
        sleep 0.2
    done
    tail -n 20 "$log" >&2
    aecsadmin status
}

# Tells of the server when a later step fails.
leftover() {
    local result=$?
    if ((result != 0)) && running; then
        aecs_say "The server keeps running: pid $(<"$pid_file"), log $log"
        aecs_say "Stop it: $(anywhere start.sh stop)"
    fi
    return "$result"
}

provision() {
    title "Provision: at the first start the identity is saved and the kubeconfigs pin it; later it works by itself"
    aecsadmin --action provision --hostname localtest
    if ! aecsadmin --output json --action list | grep -q '"service1"'; then
        aecsadmin --action register --service service1 --pubkey "$etc/certs/service_admin_public.pem"
    fi
    aecsadmin --action list
}

secrets() {
    title "Secrets of service1"
    if [[ -e "$shown" ]]; then
        echo "there already"
    else
        serviceadmin create --policy "$AECS_INSTANCE/demo_secret_policy.yaml" --skip-existing
    fi
    serviceadmin --action list
}

applications() {
    local example server_policy="$etc/kubetee/ta_test.kubeconfig"
    example="${AECS_BIN:-$(build_folder)}/examples/trusted_application"
    if [[ ! -x "$example" ]]; then
        title "No application fetches the secrets: there is no $example"
        return
    fi
    local names=(secret-my-password secret-my-aes256-key secret-my-keypair secret-my-certificate
        secret-my-sm2-keypair secret-my-configuration)

    title "An application in an enclave with measurement ${application:0:16}… fetches and uses them"
    if ! "$example" "$server_policy" "$AECS_INSTANCE/simulation" "$application" service1 "${names[@]}"; then
        [[ -e "$shown" ]] || aecs_die "the application did not get its secrets" "the lines above say why"
        aecs_say "The secrets of the first start were changed or removed: the demonstration needs all of them."
        aecs_say "The server works. To begin again, without any secret: $(anywhere start.sh clean)"
        complete=false
        return
    fi

    title "Another enclave, with measurement ${stranger:0:16}…, is refused; it does not learn why"
    if "$example" "$server_policy" "$AECS_INSTANCE/simulation" "$stranger" service1 "${names[0]}"; then
        aecs_die "the stranger got a secret"
    fi

    title "The owner of the secrets sees the reason"
    serviceadmin denials
    touch "$shown"
}

start() {
    if running; then
        echo "a server is running already, pid $(<"$pid_file")"
        if [[ -n "$port" && "$port" != "$(installed_port)" ]]; then
            echo "it stays at port $(installed_port): for port $port, stop it first"
        fi
        aecsadmin --action status
        return
    fi
    build
    mkdir -p "$AECS_INSTANCE"
    setup
    serve
    provision
    secrets
    applications
    title "The server keeps running"
    echo "Try:  $(anywhere run_image.sh ./serviceadmin --config /etc/kubetee/service_admin_test.kubeconfig list)"
    if [[ "$complete" == true ]]; then
        echo "Get a secret as the application:"
        echo "      $(anywhere run_image.sh ./aecs_client_cli --mrenclave "$application" get secret-my-password --service service1 --output -)"
    fi
    echo "Stop: $(anywhere start.sh stop)"
}

status() {
    # Without an installation there is nobody to ask, and no reason to build the tool that asks.
    [[ -f "$config" ]] || aecs_die "there is no test installation in $AECS_INSTANCE" "$(anywhere start.sh start) makes one"
    aecsadmin --action status
}

stop() {
    if ! running; then
        rm -f "$pid_file"
        echo "no server is running"
        return
    fi
    local pid tries
    pid=$(<"$pid_file")
    kill -TERM "$pid"
    for ((tries = 0; tries < 150; tries++)); do
        if ! running; then
            rm -f "$pid_file"
            echo "stopped"
            return
        fi
        sleep 0.1
    done
    aecs_die "the server with pid $pid does not stop" "look into $log"
}

command="${1:-}"
[[ $# -eq 0 ]] || shift
port=
aecs20=false
while (($# > 0)); do
    case "$1" in
        --build)
            case "${2:-}" in
                Debug) AECS_PROFILE=dev ;;
                Release) AECS_PROFILE=release ;;
                *) aecs_die "--build must be Debug or Release, got ${2:-nothing}" ;;
            esac
            shift
            ;;
        --port)
            port="${2:-}"
            [[ "$port" =~ ^[0-9]+$ ]] && ((10#$port >= 1 && 10#$port <= 65535)) ||
                aecs_die "--port must be a number from 1 to 65535, got ${port:-nothing}"
            shift
            ;;
        --aecs20) aecs20=true ;;
        *) aecs_die "unknown option $1" "$0 --help lists the options" ;;
    esac
    shift
done

case "$command" in
    start) start ;;
    stop) stop ;;
    status) status ;;
    clean)
        stop
        used_by=$(users)
        [[ -z "$used_by" ]] ||
            aecs_die "process ${used_by% } has files of $AECS_INSTANCE open" "stop it first, then clean again"
        rm -rf "$AECS_INSTANCE"
        echo "removed $AECS_INSTANCE"
        ;;
    -h | --help) usage ;;
    "") usage >&2; exit 64 ;;
    *) aecs_die "unknown command $command" "$0 --help lists the commands" ;;
esac
