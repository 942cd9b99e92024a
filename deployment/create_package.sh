#!/usr/bin/env bash
# Makes Debian packages of the server and of the tools.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
# shellcheck source=deployment/lib.sh
source "$here/lib.sh"

usage() {
    cat <<USAGE
Usage: $(basename "$0") [--simulation] [DIR]

Builds the production programs (without the simulation), and puts the packages aecs-server and aecs-tools
into DIR (default: $here/packages): programs, manual pages, completions, a unit of systemd, and
the configuration /etc/kubetee/aecs_server.toml. Needs cargo-deb, and dpkg-dev for the dependencies.

--simulation: packages with the names aecs-server-simulation and aecs-tools-simulation, of the programs with
the simulation. They are for tests of the packages, and cannot be installed beside the others.
USAGE
}

options=()
out="$here/packages"
while (($# > 0)); do
    case "$1" in
        -h | --help) usage; exit 0 ;;
        # Tests wait for no good compression.
        --simulation) options=(--variant simulation --fast) ;;
        -*) usage >&2; exit 64 ;;
        *) out="$1" ;;
    esac
    shift
done
for tool in cargo-deb dpkg-shlibdeps; do
    command -v "$tool" >/dev/null 2>&1 ||
        aecs_die "$tool is not installed" "cargo install --locked cargo-deb; apt-get install dpkg-dev"
done

# Where cargo-deb looks for programs, and for what is made of them.
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
stage="$work/release"
mkdir -p "$stage/man" "$stage"/completions/{bash,zsh,fish} "$out"
if ((${#options[@]} == 0)); then
    programs=("${AECS_PRODUCTION_PROGRAMS[@]}")
    build_production "${programs[@]}"
    for name in "${programs[@]}"; do
        install -m 0755 "$(production_folder)/$name" "$stage/$name"
    done
else
    programs=("${AECS_PROGRAMS[@]}")
    for name in "${programs[@]}"; do
        install -m 0755 "$(program "$name")" "$stage/$name"
    done
    # The example of an enclave's client has no other name in tests.
    install -m 0755 "$(dirname "$(program aecs)")/aecs_enclave_client" "$stage/aecs_enclave_client"
fi

for name in "${programs[@]}"; do
    case "$name" in
        # The first has its page in deployment/debian, the second takes no arguments.
        aecs_server | aecs_enclave_client) continue ;;
    esac
    "$stage/$name" man --out "$stage/man"
    # The names that the shells look for.
    "$stage/$name" completions bash >"$stage/completions/bash/$name"
    "$stage/$name" completions zsh >"$stage/completions/zsh/_$name"
    "$stage/$name" completions fish >"$stage/completions/fish/$name.fish"
done
gzip --no-name --best "$stage"/man/*.1

SOURCE_DATE_EPOCH="$(source_date)"
export SOURCE_DATE_EPOCH
cd "$AECS_ROOT"
for package in aecs-server aecs-cli; do
    CARGO_TARGET_DIR="$work" cargo deb --quiet --locked --no-build --no-strip --package "$package" \
        ${options[@]+"${options[@]}"} --output "$out/"
done
(cd "$out" && ls -1 -- *.deb)
