#!/usr/bin/env bash
# Makes the test certificates, keys, kubeconfigs and configuration files, once.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
# shellcheck source=deployment/lib.sh
source "$here/lib.sh"

usage() {
    cat <<USAGE
Usage: $(basename "$0") [--replace] [--sm] [DIR] [-- OPTIONS OF aecs-setup]

Fills DIR/etc (default: $AECS_INSTANCE/etc) with test certificates, key pairs, kubeconfigs and
configuration files, and makes a software CPU in DIR/simulation. What is there is kept.
For development and test only.

  --replace   make everything anew
  --sm        SM2 keys instead of Ed25519 and X25519
USAGE
}

options=()
instance="$AECS_INSTANCE"
while (($# > 0)); do
    case "$1" in
        -h | --help) usage; exit 0 ;;
        --replace) options+=(--force) ;;
        --sm) options+=(--suite sm2) ;;
        --) shift; options+=("$@"); break ;;
        -*) usage >&2; exit 64 ;;
        *) instance="$1" ;;
    esac
    shift
done

setup="$(program aecs-setup)"
mkdir -p "$instance"
exec "$setup" --out "$instance/etc" --data-dir "$instance/storage" \
    --simulation-dir "$instance/simulation" ${options[@]+"${options[@]}"}
