#!/usr/bin/env bash
# Installs the client library for C and C++: libraries, headers, pkg-config file, CMake package.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"

usage() {
    cat <<USAGE
Usage: $(basename "$0") [--from FOLDER] [PREFIX]

Builds libaecs_client for production (without simulation) and installs it in PREFIX (default: /usr/local).
With DESTDIR in the environment, the files go into that folder, for a package. --from takes the library
from a folder of cargo instead of building it, for example target/debug, which has the simulation.
USAGE
}

from=""
case "${1:-}" in
    -h | --help) usage; exit 0 ;;
    --from)
        [[ $# -ge 2 ]] || { usage >&2; exit 64; }
        from="$2"
        shift 2
        ;;
    -*) usage >&2; exit 64 ;;
esac
(($# <= 1)) || { usage >&2; exit 64; }
prefix="${1:-/usr/local}"

# shellcheck source=deployment/lib.sh
source "$here/lib.sh"
if [[ -z "$from" ]]; then
    aecs_prepare
    cargo_production -p aecs-capi
    from="$(production_folder)"
    refuse_simulation "$from/libaecs_capi.so"
fi
for file in libaecs_capi.so libaecs_capi.a; do
    [[ -f "$from/$file" ]] || aecs_die "there is no $from/$file" "build it: cargo build --package aecs-capi"
done

version="$AECS_VERSION"
major="${version%%.*}"
root="${DESTDIR:-}$prefix"
crate="$AECS_ROOT/crates/capi"
install -d "$root/lib/pkgconfig" "$root/lib/cmake/aecs_client" "$root/include/aecs20"
install -m 0755 "$from/libaecs_capi.so" "$root/lib/libaecs_client.so.$version"
ln -sfn "libaecs_client.so.$version" "$root/lib/libaecs_client.so.$major"
ln -sfn "libaecs_client.so.$major" "$root/lib/libaecs_client.so"
install -m 0644 "$from/libaecs_capi.a" "$root/lib/libaecs_client.a"
install -m 0644 "$crate/include/aecs.h" "$root/include/"
install -m 0644 "$crate"/include/aecs20/* "$root/include/aecs20/"
fill() { sed -e "s|@PREFIX@|$prefix|g" -e "s|@VERSION@|$version|g" -e "s|@MAJOR@|$major|g" "$crate/packaging/$1" >"$2"; }
fill aecs_client.pc.in "$root/lib/pkgconfig/aecs_client.pc"
fill aecs_client-config-version.cmake.in "$root/lib/cmake/aecs_client/aecs_client-config-version.cmake"
install -m 0644 "$crate/packaging/aecs_client-config.cmake" "$root/lib/cmake/aecs_client/"
chmod 0644 "$root/lib/pkgconfig/aecs_client.pc" "$root/lib/cmake/aecs_client/"*
echo "installed libaecs_client $version in $root"
