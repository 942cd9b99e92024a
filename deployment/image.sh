# shellcheck shell=bash
# Writes container images with tar and sha256sum alone: no daemon, no builder, no rights, and the same
# bytes on every machine. Sourced by create_image.sh, not run.
#
# An image is an OCI layout in one tar file, which also has the `manifest.json` of `docker save`, so that
# `docker load`, `podman load` and `skopeo copy oci-archive:` take the same file. Its layers are not
# compressed: what gzip writes depends on its version.

# The user that programs run as, which needs no name on the host.
IMAGE_USER=65532

image_architecture() {
    case "$(uname -m)" in
        x86_64) echo amd64 ;;
        aarch64) echo arm64 ;;
        *) uname -m ;;
    esac
}

# add_system TREE PROGRAM...: what the programs need of the system, and nothing else. Nothing here reads
# CA certificates (Mozilla's are in the programs), time zones or locales.
add_system() {
    local tree="$1" library listed package
    shift
    install -d "$tree/etc/kubetee" "$tree/var/lib/dpkg/status.d"
    echo "aecs:x:$IMAGE_USER:$IMAGE_USER:AECS:/var/lib/aecs:/nonexistent" >"$tree/etc/passwd"
    echo "aecs:x:$IMAGE_USER:" >"$tree/etc/group"
    # Names of databases and collateral services.
    echo "hosts: files dns" >"$tree/etc/nsswitch.conf"
    install -m 0644 /etc/os-release "$tree/etc/os-release"
    install -D -m 0644 "$AECS_ROOT/LICENSE" "$tree/usr/share/doc/aecs/LICENSE"
    listed="$(ldd "$@" | awk '$3 ~ /^\// { print $3 } $1 ~ /^\// && $2 ~ /^\(/ { print $1 }' | sort -u)"
    [[ -n "$listed" ]] || aecs_die "ldd lists no libraries of $*" "build the programs for this machine"
    while read -r library; do
        install -D -m 0755 "$(realpath "$library")" "$tree$library"
        # For scanners of vulnerabilities, and to find the same versions again.
        package="$(dpkg-query --search "$(realpath "$library")" "$library" 2>/dev/null | head -1 | cut -d: -f1)" || true
        [[ -n "$package" ]] || continue
        dpkg-query --status "$package" >"$tree/var/lib/dpkg/status.d/$package"
        install -D -m 0644 "/usr/share/doc/$package/copyright" "$tree/usr/share/doc/$package/copyright"
    done <<<"$listed"
}

# write_layer TREE FILE [PATH...]: a tar of TREE. The PATHs and what is below them belong to the image's
# user and keep their modes; the rest belongs to root and is readable for everybody.
write_layer() {
    local tree="$1" file="$2" path
    shift 2
    local options=(--file "$file" --directory "$tree" --format=gnu --numeric-owner --mtime="@$(source_date)"
        --no-recursion --null --files-from=-)
    local others=()
    for path in "$@"; do
        others+=(-path "./$path" -prune -o)
    done
    paths_of "$tree" . ${others[@]+"${others[@]}"} |
        tar --create --owner=0 --group=0 --mode=u=rwX,go=rX "${options[@]}"
    for path in "$@"; do
        paths_of "$tree" "./$path" |
            tar --append --owner="$IMAGE_USER" --group="$IMAGE_USER" "${options[@]}"
    done
}

# paths_of TREE PATH [TEST...]: what is at and below PATH, in an order that no machine's locale changes.
paths_of() {
    (cd "$1" && find "$2" "${@:3}" -print0 | sed --null-data 's|^\./||; /^\.$/d' | LC_ALL=C sort --zero-terminated)
}

# add_blob LAYOUT FILE: moves a file to its place among the blobs; prints its digest.
add_blob() {
    local digest
    digest="$(sha256sum <"$2" | cut -d' ' -f1)"
    install -d "$1/blobs/sha256"
    mv "$2" "$1/blobs/sha256/$digest"
    chmod 0644 "$1/blobs/sha256/$digest"
    echo "$digest"
}

# descriptor LAYOUT TYPE DIGEST: how one blob names another.
descriptor() {
    printf '{"mediaType":"application/vnd.oci.image.%s","digest":"sha256:%s","size":%s}' \
        "$2" "$3" "$(stat --format=%s "$1/blobs/sha256/$3")"
}

# Joins with commas.
joined() { local IFS=,; echo "$*"; }

# write_image LAYOUT NAME CONFIG LAYER...: the layout of an image from the layers, which are moved into it.
# CONFIG is the JSON of what to run, without braces.
write_image() {
    local layout="$1" name="$2" config="$3" layer digest created manifest
    shift 3
    created="$(date --utc --date="@$(source_date)" +%Y-%m-%dT%H:%M:%SZ)"
    local diffs=() layers=() history=() paths=()
    for layer in "$@"; do
        history+=("{\"created\":\"$created\",\"created_by\":\"create_image.sh: $(basename "$layer" .tar)\"}")
        digest="$(add_blob "$layout" "$layer")"
        diffs+=("\"sha256:$digest\"")
        layers+=("$(descriptor "$layout" layer.v1.tar "$digest")")
        paths+=("\"blobs/sha256/$digest\"")
    done
    printf '{"created":"%s","architecture":"%s","os":"linux","config":{%s},"rootfs":{"type":"layers","diff_ids":[%s]},"history":[%s]}' \
        "$created" "$(image_architecture)" "$config" "$(joined "${diffs[@]}")" "$(joined "${history[@]}")" \
        >"$layout/config"
    config="$(add_blob "$layout" "$layout/config")"
    printf '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":%s,"layers":[%s]}' \
        "$(descriptor "$layout" config.v1+json "$config")" "$(joined "${layers[@]}")" >"$layout/manifest"
    manifest="$(add_blob "$layout" "$layout/manifest")"
    manifest="$(descriptor "$layout" manifest.v1+json "$manifest")"
    printf '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[%s]}' \
        "${manifest%\}},\"annotations\":{\"org.opencontainers.image.ref.name\":\"$name\",\"io.containerd.image.name\":\"$name\"}}" \
        >"$layout/index.json"
    printf '{"imageLayoutVersion":"1.0.0"}' >"$layout/oci-layout"
    # What `docker save` writes.
    printf '[{"Config":"blobs/sha256/%s","RepoTags":["%s"],"Layers":[%s]}]' \
        "$config" "$name" "$(joined "${paths[@]}")" >"$layout/manifest.json"
}

# Fails if a tree has what must not be in a production image: a private key, or the simulation.
refuse_test_parts() {
    local found
    found="$(grep --recursive --text --files-with-matches --exclude-dir=bin -e '-----BEGIN [A-Z ]*PRIVATE KEY-----' \
        -e '^ *\(identityKey\|clientKey\): *[A-Za-z0-9+/]' "$1" | head -1)" || true
    [[ -z "$found" ]] || aecs_die "$found has a private key, and is to go into a production image"
    while IFS= read -r -d '' found; do
        refuse_simulation "$found"
    done < <(find "$1" -type f -print0)
}
