#!/usr/bin/env bash
# Writes a container image, without a container tool: a test image, or one for production.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
# shellcheck source=deployment/lib.sh
source "$here/lib.sh"
# shellcheck source=deployment/image.sh
source "$here/image.sh"

usage() {
    cat <<USAGE
Usage: $(basename "$0") [--production] [DIR]

Writes a container image into DIR (default: $here/buildout): as an OCI layout (DIR/oci), and as an
archive that \`docker load\` and \`podman load\` take (DIR/NAME-VERSION.tar). Needs neither a container tool
nor root. If podman or docker is there (AECS_CONTAINER), the image is loaded into it.

Without --production: the test image $AECS_TEST_IMAGE. All programs with the simulation, and the
certificates, keys and configuration of the test installation in $AECS_INSTANCE, which is made if it is
not there. It holds private keys: never publish it, and never use it in production.

--production: the image $AECS_PRODUCTION_IMAGE. aecs_server alone, built without the simulation; no
keys, no configuration. The list of what the program is built from (SBOM) needs cargo-cyclonedx.

Environment:
  AECS_CONTAINER      podman, docker or none: the container tool to use
  AECS_BIN            folder of ready programs for the test image
  SOURCE_DATE_EPOCH   the time of everything in the image (default: that of the last commit)
USAGE
}

production=false
out="$here/buildout"
while (($# > 0)); do
    case "$1" in
        -h | --help) usage; exit 0 ;;
        --production) production=true ;;
        -*) usage >&2; exit 64 ;;
        *) out="$1" ;;
    esac
    shift
done
# What the production image would be made of, and is not.
if $production && [[ -n "${AECS_BIN:-}" ]]; then
    aecs_die "AECS_BIN is set, and programs for production have to be built" "unset AECS_BIN"
fi
if [[ -e "$out" && ! -e "$out/.aecs-image" ]]; then
    echo "error: $out exists and is no image" >&2
    echo "  help: remove it, or name another folder" >&2
    exit 73
fi

# The parts of the test image, as layers.
test_layers() {
    local name path
    for name in "${AECS_PROGRAMS[@]}"; do
        path="$(program "$name")"
        install -D -m 0755 "$path" "$work/programs/usr/bin/$name"
    done
    add_system "$work/system" "$work"/programs/usr/bin/*
    # The keys of the test installation, so that its administrators are those of the image.
    local installation="$work/installation"
    [[ -e "$AECS_INSTANCE/etc/kubetee/aecs_server.json" ]] || "$here/generate_certs_and_kubeconfig.sh" >&2
    install -d "$installation/etc" "$installation/var/lib"
    install -d -m 0700 "$installation/var/lib/aecs"
    cp -R "$AECS_INSTANCE/etc/certs" "$installation/etc/certs"
    cp -R "$AECS_INSTANCE/simulation" "$installation/var/lib/aecs-simulation"
    "$work/programs/usr/bin/aecs-setup" --sysroot "$installation" --out "$installation/etc" \
        --data-dir "$installation/var/lib/aecs" \
        --simulation-dir "$installation/var/lib/aecs-simulation" >/dev/null
    write_layer "$work/system" "$work/system.tar"
    write_layer "$work/programs" "$work/programs.tar"
    write_layer "$installation" "$work/installation.tar" \
        etc/certs etc/kubetee var/lib/aecs var/lib/aecs-simulation
    layers=("$work/system.tar" "$work/programs.tar" "$work/installation.tar")
}

# The parts of the production image, as layers.
production_layers() {
    build_production aecs_server
    install -D -m 0755 "$(production_folder)/aecs_server" "$work/programs/usr/bin/aecs_server"
    write_sbom server "$work/programs/usr/share/sbom/aecs-server.cdx.json"
    add_system "$work/system" "$work/programs/usr/bin/aecs_server"
    install -d -m 0700 "$work/system/var/lib/aecs"
    refuse_test_parts "$work/system"
    refuse_test_parts "$work/programs"
    write_layer "$work/system" "$work/system.tar" var/lib/aecs
    write_layer "$work/programs" "$work/programs.tar"
    layers=("$work/system.tar" "$work/programs.tar")
}

# The JSON of what to run: image_config TITLE KIND ENTRYPOINT CMD VARIABLE...
image_config() {
    local title="$1" kind="$2" entry="$3" command="$4" revision
    shift 4
    revision="$(git -C "$AECS_ROOT" rev-parse HEAD 2>/dev/null || echo unknown)"
    local variables=('"PATH=/usr/bin"')
    local variable
    for variable in "$@"; do variables+=("\"$variable\""); done
    cat <<JSON | tr -d '\n'
"User":"$IMAGE_USER:$IMAGE_USER","WorkingDir":"/usr/bin","ExposedPorts":{"19527/tcp":{}},
"Env":[$(joined "${variables[@]}")],"Entrypoint":$entry,"Cmd":$command,"StopSignal":"SIGTERM",
"Healthcheck":{"Test":["CMD","/usr/bin/aecs_server","--health"],"Interval":30000000000,"Timeout":5000000000,"StartPeriod":60000000000},
"Labels":{"org.opencontainers.image.title":"$title","org.opencontainers.image.version":"$AECS_VERSION",
"org.opencontainers.image.revision":"$revision","org.opencontainers.image.licenses":"Apache-2.0",
"org.opencontainers.image.source":"https://github.com/SOFAEnclave/enclave-configuration-service",
"org.aecs.kind":"$kind"}
JSON
}

umask 022
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
rm -rf "$out"
mkdir -p "$work/system" "$work/programs"
# The archive of the test image holds private keys.
$production || umask 077
mkdir -p "$out/oci"
touch "$out/.aecs-image"
umask 022
layers=()
if $production; then
    name="$AECS_PRODUCTION_IMAGE"
    production_layers
    config="$(image_config "AECS server" production '["/usr/bin/aecs_server"]' '[]')"
else
    name="$AECS_TEST_IMAGE"
    test_layers
    config="$(image_config "AECS for tests: simulation, and keys that everybody has" test null \
        '["/usr/bin/aecs_server"]' AECS_STATE_DIR=/var/lib/aecs/state \
        AECS_SIMULATION_DIR=/var/lib/aecs-simulation AECS_SERVER_POLICY=/etc/kubetee/ta_test.kubeconfig)"
fi
write_image "$out/oci" "$name" "$config" "${layers[@]}"
archive="$(basename "${name%%:*}")-${name##*:}.tar"
write_layer "$out/oci" "$out/$archive"

echo "image:   $name, $(($(stat --format=%s "$out/$archive") / 1024 / 1024)) MiB"
echo "layout:  $out/oci"
echo "archive: $out/$archive"
tool="$(container_tool)"
if [[ "$tool" == none ]]; then
    echo "loaded:  nowhere, without podman or docker; run_image.sh uses the build"
else
    "$tool" load --quiet --input "$out/$archive" >/dev/null
    echo "loaded:  into $tool"
fi
