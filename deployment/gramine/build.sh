#!/usr/bin/env bash
# Builds the server or the client tool for Gramine and signs its enclave.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
# shellcheck source=deployment/lib.sh
source "$here/../lib.sh"

usage() {
    cat <<USAGE
Usage: $(basename "$0") server|client [DIR]

Builds the program without the simulation, renders its manifest into DIR (default:
$here/buildout) and signs it. Needs Gramine 1.7 or later (gramine-manifest, gramine-sgx-sign).

Environment:
  AECS_SIGNING_KEY     RSA-3072 key of the signer (default: Gramine's own default key)
  AECS_CONFIG_DIR      server: folder with aecs_server.json (default /etc/kubetee)
  AECS_DATA_DIR        server: folder of its data (default /var/lib/aecs)
  AECS_SERVER_POLICY   client: kubeconfig that the server has to satisfy; part of the enclave
  AECS_PROD_ID, AECS_SVN   product id and security version of the enclave (default 1, 1)
  AECS_ENCLAVE_SIZE    default 2G for the server, 512M for the client
  AECS_MAX_THREADS     default 128 for the server, 32 for the client
  AECS_ENCLAVE_DEBUG   true lets the host look into the enclave: never in production
USAGE
}

case "${1:-}" in
    server) name=aecs_server size=2G threads=128 package=aecs-server ;;
    client) name=aecs_client_cli size=512M threads=32 package=aecs-cli ;;
    -h | --help) usage; exit 0 ;;
    *) usage >&2; exit 64 ;;
esac
out="${2:-$here/buildout}"

for tool in gramine-manifest gramine-sgx-sign; do
    if ! command -v "$tool" >/dev/null; then
        echo "error: there is no $tool" >&2
        echo "  help: install Gramine, see https://gramine.readthedocs.io" >&2
        exit 69
    fi
done

build_production "$package" "$name"
program="$(folder_of release)/$name"

defines=(
    -Dlog_level=error
    -Darch_libdir="/lib/$(gcc -dumpmachine)"
    -Dprogram="$program"
    -Ddebug="${AECS_ENCLAVE_DEBUG:-false}"
    -Denclave_size="${AECS_ENCLAVE_SIZE:-$size}"
    -Dmax_threads="${AECS_MAX_THREADS:-$threads}"
    -Dprod_id="${AECS_PROD_ID:-1}"
    -Dsvn="${AECS_SVN:-1}"
)
if [[ "$name" == aecs_server ]]; then
    defines+=(
        -Dconfig_dir="${AECS_CONFIG_DIR:-/etc/kubetee}"
        -Ddata_dir="${AECS_DATA_DIR:-/var/lib/aecs}"
    )
else
    if [[ ! -r "${AECS_SERVER_POLICY:-}" ]]; then
        echo "error: AECS_SERVER_POLICY names no kubeconfig" >&2
        echo "  help: the client has to know which server to trust" >&2
        exit 66
    fi
    defines+=(-Dserver_policy="$(realpath "$AECS_SERVER_POLICY")")
fi

mkdir -p "$out"
gramine-manifest "${defines[@]}" "$here/$name.manifest.template" "$out/$name.manifest"
sign=(--manifest "$out/$name.manifest" --output "$out/$name.manifest.sgx")
if [[ -n "${AECS_SIGNING_KEY:-}" ]]; then
    sign+=(--key "$AECS_SIGNING_KEY")
fi
# Prints the measurement, which policies pin.
gramine-sgx-sign "${sign[@]}"
echo "run it with: cd $out && gramine-sgx $name"
