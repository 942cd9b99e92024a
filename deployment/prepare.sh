# Makes sure that what a build needs is there. Sourced by the scripts beside it; run it for
# nothing else than that.
#
# Needed: cargo (any Rust from 1.90), a C compiler and the C library's headers. On Debian and its
# descendants the latter two are installed where they are missing.

aecs_say() { printf '%s\n' "$*" >&2; }

aecs_die() {
    aecs_say "error: $1"
    [ $# -lt 2 ] || aecs_say "  help: $2"
    exit 1
}

aecs_prepare() {
    if ! command -v cargo >/dev/null 2>&1 && [ -x "$HOME/.cargo/bin/cargo" ]; then
        PATH="$HOME/.cargo/bin:$PATH"
    fi
    command -v cargo >/dev/null 2>&1 ||
        aecs_die "cargo is not installed" "install Rust 1.90 or later, for instance with rustup"
    if ! command -v cc >/dev/null 2>&1 || ! printf '#include <stdlib.h>\n' | cc -E - >/dev/null 2>&1; then
        aecs_install gcc libc6-dev
    fi
}

# Installs Debian packages.
aecs_install() {
    command -v apt-get >/dev/null 2>&1 ||
        aecs_die "$* must be installed" "use this system's package manager"
    local sudo=""
    [ "$(id -u)" -eq 0 ] || sudo="sudo"
    aecs_say "installing $*"
    $sudo apt-get update -qq
    $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"
}
