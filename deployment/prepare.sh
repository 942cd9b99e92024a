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
    [ ${#packages[@]} -gt 0 ] || return 0
    if [ "${AECS_REQUIRE_ENGINES:-}" = 1 ] || { [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null 2>&1; }; then
        aecs_install "${packages[@]}"
    else
        aecs_say "SKIPPED: tests of stores on database servers: missing packages: ${packages[*]}"
        aecs_say "  help: run: sudo apt-get update && sudo apt-get install --no-install-recommends ${packages[*]}"
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
