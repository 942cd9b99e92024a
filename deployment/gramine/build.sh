#!/usr/bin/env bash
# Builds the server, or an application with its client, for Gramine and signs its enclave.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
# shellcheck source=deployment/lib.sh
source "$here/../lib.sh"

# Product id of the server's enclaves, and of no other: sealing keys follow from signer and product.
SERVER_PRODUCT=19527

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
  AECS_COMMAND         client: file with its fixed command, see docs/platforms/attesting.md
  AECS_APPLICATION     client: program that runs with the secrets, /usr/local/bin/application
  AECS_PROD_ID         client: product id of the enclave (default 2); never that of the server,
                       which is $SERVER_PRODUCT
  AECS_SVN             security version of the enclave (default 1)
  AECS_ENCLAVE_SIZE    default 2G for the server, 512M for the client
  AECS_MAX_THREADS     default 128 for the server, 32 for the client
  AECS_ENCLAVE_DEBUG   true lets the host look into the enclave: never in production
USAGE
}

case "${1:-}" in
    server) name=aecs_server size=2G threads=128 ;;
    client) name=aecs_enclave_client size=512M threads=32 ;;
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

build_production "$name"
mkdir -p "$out"
out="$(realpath "$out")"
# Everything that the manifest names lies in DIR under a fixed name: the measurement covers names, and
# must not depend on the folder of the build.
install -m 0755 "$(production_folder)/$name" "$out/$name.program"

defines=(
    -Dlog_level=error
    -Darch_libdir="/lib/$(gcc -dumpmachine)"
    -Dprogram="$name.program"
    -Ddebug="${AECS_ENCLAVE_DEBUG:-false}"
    -Denclave_size="${AECS_ENCLAVE_SIZE:-$size}"
    -Dmax_threads="${AECS_MAX_THREADS:-$threads}"
    -Dsvn="${AECS_SVN:-1}"
)
if [[ "$name" == aecs_server ]]; then
    # The C library is Gramine's own; this is all that the server needs beside it.
    install -d "$out/lib"
    install -m 0644 "$(gcc -print-file-name=libgcc_s.so.1)" "$out/lib/libgcc_s.so.1"
    defines+=(
        -Dlibraries=lib
        -Dconfig_dir="${AECS_CONFIG_DIR:-/etc/kubetee}"
        -Ddata_dir="${AECS_DATA_DIR:-/var/lib/aecs}"
    )
else
    product="${AECS_PROD_ID:-2}"
    require_client_product "$product" "$SERVER_PRODUCT"
    require_client_files
    install -m 0644 "$AECS_SERVER_POLICY" "$out/server_policy"
    install -m 0644 "$AECS_COMMAND" "$out/command"
    install -m 0755 "$AECS_APPLICATION" "$out/application"
    defines+=(
        -Dprod_id="$product"
        -Dserver_policy=server_policy
        -Dcommand=command
        -Dapplication=application
    )
fi

sign=(--manifest "$name.manifest" --output "$name.manifest.sgx")
if [[ -n "${AECS_SIGNING_KEY:-}" ]]; then
    sign+=(--key "$(realpath "$AECS_SIGNING_KEY")")
fi
cd "$out"
gramine-manifest "${defines[@]}" "$here/$name.manifest.template" "$name.manifest"
# Prints the measurement, which policies pin.
gramine-sgx-sign "${sign[@]}"
echo "run it with: cd $out && gramine-sgx $name"
