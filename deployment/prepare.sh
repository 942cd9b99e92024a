# shellcheck shell=bash
# Checks that a build has the programs it needs. Sourced by other scripts, not run.
#
# Needed: cargo (Rust 1.90 or later), a C compiler and the C library's headers. On Debian and its
# descendants root installs missing packages; everybody else is told the command that does.

aecs_say() { printf '%s\n' "$*" >&2; }

aecs_die() {
    aecs_say "error: $1"
    [ $# -lt 2 ] || aecs_say "  help: $2"
    exit 1
}

aecs_prepare() {
    # rustup and cargo install put programs there, and not every shell has it.
    PATH="$PATH:${CARGO_HOME:-${HOME:-}/.cargo}/bin"
    command -v cargo >/dev/null 2>&1 ||
        aecs_die "cargo is not installed" "install Rust 1.90 or later, for instance with rustup"
    if ! command -v cc >/dev/null 2>&1 || ! printf '#include <stdlib.h>\n' | cc -E - >/dev/null 2>&1; then
        aecs_install gcc libc6-dev
    fi
}

# The servers that tests of stores start for themselves, in folders of their own. Without them these
# tests say that they are skipped; with AECS_REQUIRE_ENGINES=1 they fail.
aecs_prepare_engines() {
    local packages=()
    # Debian keeps the programs of PostgreSQL out of the path.
    command -v postgres >/dev/null 2>&1 || compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null ||
        packages+=(postgresql)
    command -v etcd >/dev/null 2>&1 || packages+=(etcd-server)
    command -v etcdctl >/dev/null 2>&1 || packages+=(etcd-client)
    # It gives each server of a test its own clock.
    compgen -G "${AECS_LIBRARIES:-/usr/lib}/*/faketime/libfaketime.so.1" >/dev/null || packages+=(libfaketime)
    if [ "${AECS_REQUIRE_ENGINES:-}" = 1 ]; then
        [ ${#packages[@]} -eq 0 ] || aecs_install "${packages[@]}"
    else
        aecs_offer "tests of stores on database servers" "${packages[@]}"
    fi
}

# What tests of the client library for C and C++ compile and run with, beside the C compiler. Without it
# they say that parts are skipped.
aecs_prepare_c() {
    local packages=()
    command -v c++ >/dev/null 2>&1 || packages+=(g++)
    printf '#include <openssl/ssl.h>\n' | cc -E - >/dev/null 2>&1 || packages+=(libssl-dev)
    command -v valgrind >/dev/null 2>&1 || packages+=(valgrind)
    command -v pkg-config >/dev/null 2>&1 || packages+=(pkgconf)
    aecs_offer "parts of the tests of the client library for C" "${packages[@]}"
}

# moto speaks S3 to tests. It is a Python program, so it gets a virtual environment of its own. Without it,
# its tests say that they are skipped.
aecs_prepare_moto() {
    local folder="${AECS_MOTO:-${HOME:-}/.cache/aecs/moto}"
    [ ! -e "$folder/complete" ] || return 0
    if [ "${CI:-}" != true ] && [ "$(id -u)" -ne 0 ]; then
        aecs_say "SKIPPED: tests of stores on S3: there is no moto in $folder"
        aecs_say "  help: run: . deployment/prepare.sh; CI=true aecs_prepare_moto"
        return 0
    fi
    aecs_say "installing moto in $folder"
    # No more than S3 needs: moto[server] has 200 MB of other services.
    python3 -m venv "$folder" &&
        "$folder/bin/pip" install --quiet --disable-pip-version-check 'moto==5.2.5' \
            'flask==3.1.3' 'flask-cors==6.0.5' 'py-partiql-parser==0.6.3' 'PyYAML==6.0.4' &&
        touch "$folder/complete" ||
        aecs_say "SKIPPED: tests of stores on S3: moto could not be installed in $folder"
}

# aecs_offer WHAT PACKAGE...: installs the packages if this user can; otherwise says that WHAT is skipped.
aecs_offer() {
    local what="$1"
    shift
    [ $# -gt 0 ] || return 0
    if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null 2>&1; then
        aecs_install "$@" || aecs_say "SKIPPED: $what: the packages cannot be installed"
    else
        aecs_say "SKIPPED: $what: missing packages: $*"
        aecs_say "  help: run: sudo apt-get update && sudo apt-get install --no-install-recommends $*"
    fi
}

# Installs Debian packages as root. Nobody else's rights are raised: the script stops and names the
# command.
aecs_install() {
    command -v apt-get >/dev/null 2>&1 ||
        aecs_die "missing packages: $*" "install them with the package manager of this system"
    [ "$(id -u)" -eq 0 ] ||
        aecs_die "missing packages: $*" \
            "run: sudo apt-get update && sudo apt-get install --no-install-recommends $*"
    aecs_say "installing $*"
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"
}
