#!/usr/bin/env bash
# Builds the files that a release publishes. RELEASING.md says what comes before and after.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
# shellcheck source=deployment/lib.sh
source "$here/lib.sh"

usage() {
    cat <<USAGE
Usage: $(basename "$0") [--trial] [DIR]

Builds the production programs (without simulation) and puts into DIR (default: $here/release):
a tarball, a list of all dependencies in it (SBOM, CycloneDX) for each package, and SHA256SUMS.
Refuses unless the work tree is clean, HEAD has the tag of the version and CHANGELOG.md has its date;
--trial does without. Needs cargo-cyclonedx.
USAGE
}

trial=false
case "${1:-}" in
    -h | --help) usage; exit 0 ;;
    --trial) trial=true; shift ;;
    -*) usage >&2; exit 64 ;;
esac
(($# <= 1)) || { usage >&2; exit 64; }
out="${1:-$here/release}"
out="$(realpath -m "$out")"
[[ ! -e "$out" ]] || aecs_die "$out exists" "remove it, or name another folder"

cd "$AECS_ROOT"
version="$(sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml)"
if ! $trial; then
    [[ -z "$(git status --porcelain)" ]] ||
        aecs_die "the work tree has changes that are not committed" "commit or remove them"
    grep -qx "v$version" <<<"$(git tag --points-at HEAD)" ||
        aecs_die "HEAD does not have the tag v$version" "git tag --sign v$version"
    grep -qE "^## $version \([0-9]{4}-[0-9]{2}-[0-9]{2}\)$" CHANGELOG.md ||
        aecs_die "CHANGELOG.md has no date for $version" "replace (unreleased) by the date"
fi
command -v cargo-cyclonedx >/dev/null 2>&1 ||
    aecs_die "cargo-cyclonedx is not installed" "cargo install --locked cargo-cyclonedx"

target="$(rustc -vV | sed -n 's/^host: //p')"
name="aecs-$version-$target"
folder="$out/$name"
mkdir -p "$folder/bin"
for program in "${AECS_PRODUCTION_PROGRAMS[@]}"; do
    build_production "$program"
    install -m 0755 "$(production_folder)/$program" "$folder/bin/$program"
done
install -m 0644 LICENSE README.md CHANGELOG.md SECURITY.md deployment/conf/aecs_server.reference.toml \
    "$folder/"
# The same files make the same tarball, whoever packs it, and when.
tar --create --directory "$out" --sort=name --owner=0 --group=0 --numeric-owner \
    --mode=u=rwX,go=rX --mtime="@$(git log -1 --format=%ct)" "$name" | gzip --no-name >"$folder.tar.gz"
rm -r "$folder"

# cargo-cyclonedx writes a file beside the manifest of every member. It counts the features that tests
# turn on, so that a list has some crates more than the program. The folder of the build stays out.
for package in server cli; do
    cargo cyclonedx --quiet --format json --spec-version 1.5 --manifest-path "crates/$package/Cargo.toml" \
        --no-default-features --target "$target" --no-build-deps \
        --override-filename release.cdx
    sed "s|path+file://$AECS_ROOT/|path+file:///aecs/|g" "crates/$package/release.cdx.json" \
        >"$out/aecs-$package-$version-$target.cdx.json"
    rm crates/*/release.cdx.json
done

(cd "$out" && sha256sum -- *.tar.gz *.cdx.json >SHA256SUMS)
cat "$out/SHA256SUMS"
echo "in $out; sign SHA256SUMS: RELEASING.md"
