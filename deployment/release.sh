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
a tarball of them, the container image, the Debian packages, the wheel of the Python package, a list of all
dependencies (SBOM, CycloneDX) of the server and of the tools, what they were built with, and SHA256SUMS.
Refuses unless the work tree is clean, HEAD has the tag of the version and CHANGELOG.md has its date;
--trial does without. Needs cargo-cyclonedx, cargo-deb, dpkg-dev, and Python 3.11 with venv.
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
version="$AECS_VERSION"
if ! $trial; then
    [[ -z "$(git status --porcelain)" ]] ||
        aecs_die "the work tree has changes that are not committed" "commit or remove them"
    grep -qx "v$version" <<<"$(git tag --points-at HEAD)" ||
        aecs_die "HEAD does not have the tag v$version" "git tag --sign v$version"
    grep -qE "^## $version \([0-9]{4}-[0-9]{2}-[0-9]{2}\)$" CHANGELOG.md ||
        aecs_die "CHANGELOG.md has no date for $version" "replace (unreleased) by the date"
fi
for tool in cargo-cyclonedx cargo-deb dpkg-shlibdeps; do
    command -v "$tool" >/dev/null 2>&1 ||
        aecs_die "$tool is not installed" "cargo install --locked cargo-cyclonedx cargo-deb; apt-get install dpkg-dev"
done
# Programs that somebody else has built are no release.
unset AECS_BIN

# What the bytes depend on, beside the sources.
tools_of_the_build() {
    rustc -vV
    cc --version | head -1
    ld --version | head -1
    . /etc/os-release
    echo "$PRETTY_NAME"
    ! command -v dpkg-query >/dev/null 2>&1 ||
        dpkg-query --show --showformat '${Package} ${Version}\n' libc6 libc6-dev libgcc-s1 gcc binutils
    cargo cyclonedx --version
    cargo deb --version
}

target="$(rustc -vV | sed -n 's/^host: //p')"
name="aecs-$version-$target"
folder="$out/$name"
mkdir -p "$folder/bin"
tools_of_the_build >"$out/$name.buildinfo"
build_production "${AECS_PRODUCTION_PROGRAMS[@]}"
for program in "${AECS_PRODUCTION_PROGRAMS[@]}"; do
    install -m 0755 "$(production_folder)/$program" "$folder/bin/$program"
done
install -m 0644 LICENSE README.md CHANGELOG.md SECURITY.md deployment/conf/aecs_server.reference.toml \
    "$folder/"
# The same files make the same tarball, on every machine and at any time.
tar --create --directory "$out" --sort=name --owner=0 --group=0 --numeric-owner \
    --mode=u=rwX,go=rX --mtime="@$(source_date)" "$name" | gzip --no-name >"$folder.tar.gz"
rm -r "$folder"

for package in server cli; do
    write_sbom "$package" "$out/aecs-$package-$version-$target.cdx.json"
done
AECS_CONTAINER=none deployment/create_image.sh --production "$out/image"
mv "$out/image/aecs-$version.tar" "$folder-image.tar"
rm -r "$out/image"
deployment/create_package.sh "$out"
deployment/create_wheel.sh "$out"

(cd "$out" && sha256sum -- *.tar.gz *.tar *.deb *.whl *.cdx.json *.buildinfo >SHA256SUMS)
cat "$out/SHA256SUMS"
echo "in $out; sign SHA256SUMS: RELEASING.md"
