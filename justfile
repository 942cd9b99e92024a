# The tasks of a maintainer: `just` lists them. Each is one line that can be run without just; `.ci/tools`
# installs it. Why no xtask: docs/decisions/tasks.md.

# List the tasks
_default:
    @just --list --unsorted

# Install the programs that the tasks need
tools:
    .ci/tools

# Build all programs: `just build --build Debug`
build *ARGS:
    ./deployment/dockerbuild.sh {{ ARGS }}

# Run the tests: `just test [--release] [FILTER]`
test *ARGS:
    ./test.sh {{ ARGS }}

# Test the Python package in a fresh virtual environment: `just python -k watch`
python *ARGS:
    bindings/python/test {{ ARGS }}

# Run everything that a change must pass, or some steps of it: `just ci clippy docs`
ci *STEPS:
    .ci/run {{ STEPS }}

# Fuzz: `just fuzz SECONDS TARGET...`; without arguments each target for a minute
fuzz *ARGS:
    fuzz/run.sh {{ ARGS }}

# Run the benchmarks whose name contains FILTER
bench *FILTER:
    cargo bench --locked --workspace --bench '*' -- {{ FILTER }}

# Kill vaults and servers on all engines for long, and check what clients were told: `just histories large_three_servers`
histories FILTER="large_":
    cargo nextest run --locked --release --workspace --test histories --test server --run-ignored ignored-only --no-capture -E 'test({{ FILTER }})'

# Kill a server on an engine while eight clients call it: `just kills postgres 300`
kills ENGINE="redb" COUNT="300":
    AECS_KILLS={{ COUNT }} cargo nextest run --locked --release --workspace --test server --no-capture -E 'test(survives_kills_on_{{ ENGINE }})'

# Kill a server in the middle of making, rotating, submitting and finishing recovery shares: `just recovery-kills 200`
recovery-kills COUNT="50":
    AECS_RECOVERY_KILLS={{ COUNT }} cargo nextest run --locked --release --workspace --test server --no-capture -E 'test(recovery_survives_kills)'

# Compare the vault with a map for 100,000 random steps under faults: `just model 7000`
model SEED="100":
    AECS_VAULT_SEED={{ SEED }} cargo nextest run --locked --release --package aecs-vault --lib --run-ignored all -E 'test(map_for)'

# Measure a vault on an engine: `just figures 1000000 postgres`
figures RECORDS="100000" ENGINE="redb":
    cargo run --locked --release --package aecs-vault --example figures -- {{ RECORDS }} {{ ENGINE }}

# Load a server, and compare it with a bare one: docs/performance.md. `just bench-load --modes warm`
bench-load *ARGS:
    cargo build --locked --release --package aecs-server --package aecs-load
    target/release/aecs-load {{ ARGS }}

# Measure a get from Rust, C and Python in one run: docs/performance.md
bench-clients:
    cargo build --locked --release --package aecs-server --package aecs-load --package aecs-capi --package aecs-python
    target/release/aecs-load --clients

# Test the tests, in parts of less than an hour: `just mutants dispatch 2`; without arguments, list them
mutants *ARGS:
    .ci/mutants {{ ARGS }}

# Count the lines of hand-written code, by crate: `just lines HEAD~10 HEAD` compares revisions
lines *REVISIONS:
    .ci/lines {{ REVISIONS }}

# Write generated files again: protobuf code, reference configuration, pages of the manual, aecs.h
regenerate:
    AECS_REGENERATE=1 cargo nextest run --locked --workspace -E 'test(generated)|test(reference)|test(manual_page)|test(troubleshooting)|test(header)'

# Fetch the real evidence that tests read, and check it
vectors *ARGS:
    tests/fetch-vectors {{ ARGS }}

# Run a test server with a simulated CPU: `just try stop` stops it
try ACTION="start":
    ./deployment/start.sh {{ ACTION }}

# Write a container image, the test image or one for production: `just image --production`
image *ARGS:
    ./deployment/create_image.sh {{ ARGS }}

# Make the Debian packages
package *ARGS:
    ./deployment/create_package.sh {{ ARGS }}

# Make the wheel of the Python package
wheel *ARGS:
    ./deployment/create_wheel.sh {{ ARGS }}

# Run the image with podman, as root: docs/guide/containers.md
test-image *ARGS:
    .ci/test-image {{ ARGS }}

# Install the packages in a clean Debian 12 and start the server, as root
test-package *ARGS:
    .ci/test-package {{ ARGS }}

# Build what a release publishes twice, and compare the bytes; `just reproduce aecs_server` one program
reproduce *PROGRAM:
    .ci/reproduce {{ PROGRAM }}

# Install the client library for C and C++: docs/guide/c.md
client PREFIX="/usr/local":
    ./deployment/install_client.sh {{ PREFIX }}

# Build and sign an enclave image: `just enclave gramine server`
enclave TEE KIND:
    ./deployment/{{ TEE }}/build.sh {{ KIND }}

# Build the files of a release: RELEASING.md
release *ARGS:
    ./deployment/release.sh {{ ARGS }}
