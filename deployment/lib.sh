# shellcheck shell=bash
# What the deployment scripts share: where things are, and how to get a program. Sourced, not run.
#
#   AECS_INSTANCE   folder of the test installation (etc, storage, simulation, state)
#   AECS_BIN        folder of ready programs, which are not built; without it the build of AECS_PROFILE
#                   is used
#   AECS_PROFILE    cargo profile to build and run, release or dev; without it that of the last build;
#                   without one AECS_FIRST_PROFILE, else release
#   AECS_CONTAINER  container tool for images: podman, docker or none; without it, one that is installed

AECS_ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
# shellcheck source=deployment/prepare.sh
source "$AECS_ROOT/deployment/prepare.sh"
AECS_DEFAULT_INSTANCE="$AECS_ROOT/deployment/aecs_instance"
AECS_INSTANCE="${AECS_INSTANCE:-$AECS_DEFAULT_INSTANCE}"
# What the administrators' tools remember of the server goes away with the installation.
export AECS_STATE_DIR="${AECS_STATE_DIR:-$AECS_INSTANCE/state}"
# shellcheck disable=SC2034 # for the scripts that source this file
AECS_PROGRAMS=(aecs_server aecs aecsadmin serviceadmin aecs_client_cli aecs-attest aecs-sim aecs-setup)
# shellcheck disable=SC2034
AECS_PRODUCTION_PROGRAMS=(
    aecs_server aecs aecsadmin serviceadmin aecs_client_cli aecs_enclave_client aecs-attest aecs-setup
)
# Read by the shell: a machine that is not prepared yet may have no sed.
while IFS='"' read -r field AECS_VERSION _; do
    [[ "$field" != "version = " ]] || break
done <"$AECS_ROOT/Cargo.toml"
# shellcheck disable=SC2034
AECS_TEST_IMAGE="localhost/aecs-test:$AECS_VERSION"
# shellcheck disable=SC2034
AECS_PRODUCTION_IMAGE="localhost/aecs:$AECS_VERSION"
# A command line that does the same in any folder of a new shell: SCRIPT ARGUMENT... is a script of this
# folder, which gets the settings that are not the usual ones.
anywhere() {
    local name line="" word
    for name in AECS_INSTANCE AECS_BIN CARGO_TARGET_DIR; do
        [[ -n "${!name:-}" && "${!name}" != "$AECS_DEFAULT_INSTANCE" ]] || continue
        line+="$name=$(printf %q "$(realpath -m "${!name}")") "
    done
    line+=$(printf %q "$AECS_ROOT/deployment/$1")
    for word in "${@:2}"; do
        line+=" $(printf %q "$word")"
    done
    echo "$line"
}

# What only programs with the simulation contain: crates/sim/src/model.rs.
AECS_SIMULATION_MARKER="AECS SIMULATION"

# Folder of the programs that cargo builds with a profile.
folder_of() {
    local profile_folder="$1"
    [[ "$1" != dev ]] || profile_folder=debug
    echo "${CARGO_TARGET_DIR:-$AECS_ROOT/target}/$profile_folder"
}

# The same with AECS_PROFILE.
build_folder() { folder_of "$AECS_PROFILE"; }

# The profile of the last build; nothing without one.
last_profile() {
    local release dev
    release="$(folder_of release)/aecs_server"
    dev="$(folder_of dev)/aecs_server"
    if [[ -x "$dev" && "$dev" -nt "$release" ]]; then
        echo dev
    elif [[ -x "$release" ]]; then
        echo release
    fi
}

AECS_PROFILE="${AECS_PROFILE:-$(last_profile)}"
AECS_PROFILE="${AECS_PROFILE:-${AECS_FIRST_PROFILE:-release}}"

# Builds all programs and the example of an application with AECS_PROFILE; cargo does nothing if they
# are current. One call for all scripts: another set of packages has other features, and is compiled
# again.
build_programs() {
    aecs_prepare
    (cd "$AECS_ROOT" && cargo build --locked --profile "$AECS_PROFILE" \
        -p aecs-server -p aecs-cli -p aecs-client --bins --examples) >&2
}

# Folder of programs for production. It is not that of other builds: nothing takes one for the other.
production_folder() { echo "${CARGO_TARGET_DIR:-$AECS_ROOT/target}/production/release"; }

# What rustc is told so that programs do not depend on where they are built: it writes fixed names for
# the folders of sources, of crates and of the build, and for the standard library's sources. The last
# of the prefixes that fit counts.
reproducible_flags() {
    local crates commit
    commit="$(rustc -vV | sed -n 's/^commit-hash: //p')"
    local flags=("$AECS_ROOT=/aecs" "$(dirname "$(production_folder)")=/aecs/target"
        "$(rustc --print sysroot)/lib/rustlib/src/rust=/rustc/$commit")
    for crates in "${CARGO_HOME:-$HOME/.cargo}"/registry/src/*; do
        flags+=("$crates=/crates")
    done
    printf -- '--remap-path-prefix\x1f%s\x1f' "${flags[@]}"
}

# cargo_production ARGUMENT...: `cargo build` for production, of one package. docs/reproduce.md says what
# the bytes depend on.
cargo_production() (
    cd "$AECS_ROOT" || exit
    # The folders of the crates have to be there before their names are told.
    cargo fetch --locked >&2 || exit
    encoded="$(reproducible_flags)"
    env -u RUSTFLAGS -u CFLAGS -u TARGET_CFLAGS CARGO_ENCODED_RUSTFLAGS="${encoded%$'\x1f'}" CARGO_INCREMENTAL=0 \
        cargo build --locked --release --no-default-features \
        --target-dir "$(dirname "$(production_folder)")" "$@" >&2
)

# Builds programs for production, and checks that they do not contain the simulation. A call of cargo
# for each: one for programs of several packages builds all of them with the features of all.
build_production() {
    local name package
    aecs_prepare
    for name in "$@"; do
        package=aecs-cli
        [[ "$name" != aecs_server ]] || package=aecs-server
        cargo_production -p "$package" --bin "$name"
        refuse_simulation "$(production_folder)/$name"
    done
}

# The time of what is built, for files that have one: of the last commit, or what the caller says.
source_date() {
    echo "${SOURCE_DATE_EPOCH:-$(git -C "$AECS_ROOT" log -1 --format=%ct 2>/dev/null || echo 0)}"
}

# write_sbom server|cli FILE: what the production programs of a package are built from, in CycloneDX.
# cargo-cyclonedx writes a file beside the manifest of every member. It counts the features that tests
# turn on, so that a list has some crates more than the program. The folder of the build stays out.
write_sbom() {
    command -v cargo-cyclonedx >/dev/null 2>&1 ||
        aecs_die "cargo-cyclonedx is not installed" "cargo install --locked cargo-cyclonedx"
    mkdir -p "$(dirname "$2")"
    (
        cd "$AECS_ROOT" || exit
        SOURCE_DATE_EPOCH="$(source_date)" cargo cyclonedx --quiet --format json --spec-version 1.5 \
            --manifest-path "crates/$1/Cargo.toml" --no-default-features --no-build-deps \
            --target "$(rustc -vV | sed -n 's/^host: //p')" --override-filename release.cdx
    )
    sed "s|path+file://$AECS_ROOT/|path+file:///aecs/|g" "$AECS_ROOT/crates/$1/release.cdx.json" >"$2"
    rm "$AECS_ROOT"/{benches,bindings,crates}/*/release.cdx.json
}

# Fails if a program contains the simulation, whose users can prove to be anything.
refuse_simulation() {
    [[ -r "$1" ]] || aecs_die "cannot read the program $1"
    if grep --quiet --text --fixed-strings "$AECS_SIMULATION_MARKER" "$1"; then
        aecs_die "$1 contains the simulation" \
            "build it with build_production of deployment/lib.sh, without the cargo feature simulation"
    fi
}

# The same for the extension module in a wheel of Python, whose files are compressed.
refuse_simulation_in_wheel() {
    local folder status=0
    folder="$(mktemp -d)"
    python3 -m zipfile -e "$1" "$folder" || aecs_die "$1 is not a wheel"
    (refuse_simulation "$folder/aecs/_aecs.abi3.so") || status=$?
    rm -rf "$folder"
    ((status == 0)) || aecs_die "the wheel $1 is not one for production"
}

# Path of the program NAME, built if need be.
program() {
    local name="$1" folder
    if [[ -n "${AECS_BIN:-}" ]]; then
        folder="$AECS_BIN"
    else
        folder="$(build_folder)"
        [[ -x "$folder/$name" ]] || build_programs
    fi
    if [[ ! -x "$folder/$name" ]]; then
        echo "error: there is no program $name in $folder" >&2
        return 66
    fi
    echo "$folder/$name"
}

# The container tool to use: podman, docker, or none.
container_tool() {
    local tool
    case "${AECS_CONTAINER:-}" in
        podman | docker | none) echo "$AECS_CONTAINER"; return ;;
        "") ;;
        *) aecs_die "AECS_CONTAINER is $AECS_CONTAINER" "podman, docker or none" ;;
    esac
    for tool in podman docker; do
        if command -v "$tool" >/dev/null 2>&1 && "$tool" version >/dev/null 2>&1; then
            echo "$tool"
            return
        fi
    done
    echo none
}

# Refuses a product id that would give an application's enclave the server's sealing keys, or those
# of every enclave that nobody gave an id.
require_client_product() {
    if [[ ! "$1" =~ ^[0-9]+$ ]] || ((10#$1 < 2 || 10#$1 > 65535 || 10#$1 == $2)); then
        echo "error: AECS_PROD_ID is $1" >&2
        echo "  help: give a number from 2 to 65535 that is not the server's, $2" >&2
        exit 64
    fi
}

# Refuses to build an application's enclave without its parts.
require_client_files() {
    local name
    for name in AECS_SERVER_POLICY AECS_COMMAND AECS_APPLICATION; do
        if [[ ! -r "${!name:-}" ]]; then
            echo "error: $name names no file" >&2
            echo "  help: --help says what it has to be" >&2
            exit 66
        fi
    done
}
