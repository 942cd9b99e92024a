#!/usr/bin/env bash
# Assembles the programs and the test configuration into one folder and one tarball.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
# shellcheck source=deployment/lib.sh
source "$here/lib.sh"

usage() {
    cat <<USAGE
Usage: $(basename "$0") [DIR]

Puts the programs into DIR/bin and test certificates, keys and configuration into DIR/etc
(default: $here/buildout), and packs both into DIR.tar.gz. The paths in the configuration are
those of a machine on which the tarball was unpacked at /. No Docker daemon is needed.

The image holds private test keys: never use it in production.
USAGE
}

case "${1:-}" in
    -h | --help) usage; exit 0 ;;
    -*) usage >&2; exit 64 ;;
esac
(($# <= 1)) || { usage >&2; exit 64; }

image="${1:-$here/buildout}"
if [[ -e "$image" && ! -e "$image/.aecs-image" ]]; then
    echo "error: $image exists and is no image" >&2
    echo "  help: remove it, or name another folder" >&2
    exit 73
fi

rm -rf "$image"
mkdir -p "$image/bin" "$image/var/lib/aecs"
touch "$image/.aecs-image"
for name in "${AECS_PROGRAMS[@]}"; do
    path="$(program "$name")"
    install -m 0755 "$path" "$image/bin/$name"
done

"$image/bin/aecs-setup" --sysroot "$image" --out "$image/etc" --data-dir "$image/var/lib/aecs" \
    --simulation-dir "$image/var/lib/aecs-simulation" >&2

# The tarball holds private keys.
umask 077
tar --create --gzip --file "$image.tar.gz" --directory "$image" --owner=0 --group=0 \
    bin etc var
echo "image folder:  $image"
echo "image tarball: $image.tar.gz"
