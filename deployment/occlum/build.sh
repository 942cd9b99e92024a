#!/usr/bin/env bash
# Builds the server, or an application with its client, for Occlum and signs its enclave.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
# shellcheck source=deployment/lib.sh
source "$here/../lib.sh"

# Product id of the server's enclaves, and of no other: sealing keys follow from signer and product.
SERVER_PRODUCT=19527

usage() {
    cat <<USAGE
Usage: $(basename "$0") server|client [DIR]

Builds the program without the simulation and an Occlum instance with it in DIR (default:
$here/buildout-server or buildout-client). Needs Occlum (occlum, copy_bom).

Environment:
  AECS_SIGNING_KEY     RSA-3072 key of the signer (default: Occlum's own development key)
  AECS_SERVER_POLICY   client: kubeconfig that the server has to satisfy; part of the enclave
  AECS_COMMAND         client: file with its fixed command, see docs/platforms/attesting.md
  AECS_APPLICATION     client: program that runs with the secrets, /bin/application
  AECS_PROD_ID         client: product id of the enclave (default 2); never that of the server,
                       which is $SERVER_PRODUCT
  AECS_SVN             security version of the enclave (default 1)

The server reads its configuration from the host, which its report tells everybody about:
  cd DIR && occlum run /bin/aecs_server --config /host/aecs_server.json --data-dir /var/lib/aecs
USAGE
}

case "${1:-}" in
    server) name=aecs_server ;;
    client) name=aecs_enclave_client ;;
    -h | --help) usage; exit 0 ;;
    *) usage >&2; exit 64 ;;
esac
image="$1"
out="${2:-$here/buildout-$image}"

for tool in occlum copy_bom jq; do
    if ! command -v "$tool" >/dev/null; then
        echo "error: there is no $tool" >&2
        echo "  help: work in Occlum's development image, see https://occlum.io" >&2
        exit 69
    fi
done
if [[ -e "$out" && ! -d "$out/.occlum" && -n "$(ls -A "$out")" ]]; then
    echo "error: $out exists and is no Occlum instance" >&2
    echo "  help: remove it, or name another folder" >&2
    exit 73
fi
if [[ "$image" == client ]]; then
    product="${AECS_PROD_ID:-2}"
    require_client_product "$product" "$SERVER_PRODUCT"
    require_client_files
    AECS_SERVER_POLICY="$(realpath "$AECS_SERVER_POLICY")"
    export AECS_SERVER_POLICY
    AECS_COMMAND="$(realpath "$AECS_COMMAND")"
    export AECS_COMMAND
    AECS_APPLICATION="$(realpath "$AECS_APPLICATION")"
    export AECS_APPLICATION
else
    product="$SERVER_PRODUCT"
fi

build_production "$name"
AECS_PROGRAM="$(production_folder)/$name"
export AECS_PROGRAM

rm -rf "$out"
mkdir -p "$out"
cd "$out"
occlum init
jq --argjson product "$product" --argjson version "${AECS_SVN:-1}" \
    '.metadata.product_id = $product | .metadata.version_number = $version' \
    "$here/Occlum.$image.json" >Occlum.json
rm -rf image
copy_bom -f "$here/$image.yaml" --root image --include-dir /opt/occlum/etc/template
build=()
if [[ -n "${AECS_SIGNING_KEY:-}" ]]; then
    build+=(--sign-key "$AECS_SIGNING_KEY")
fi
occlum build ${build[@]+"${build[@]}"}
# The measurement, which policies pin.
occlum print mrenclave
occlum print mrsigner
