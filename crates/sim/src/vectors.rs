//! Recorded evidence and ground truth for tests, which are not part of the repository.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "for tests: a panic is how one fails, and a skipped one must say so"
)]

pub mod azure;
pub mod intel;

use std::path::PathBuf;

use aecs_attest::files;

/// Largest file of the vectors, in bytes.
const MAX_BYTES: usize = 64 << 20;

/// A file of the vectors in the directory that `AECS_VECTORS` names, or else in `shared/vectors`
/// next to the repository; none, and a word about it, when there are no vectors.
#[must_use]
pub fn read(name: &str) -> Option<Vec<u8>> {
    let path = directory().join(name);
    match files::read(&path, MAX_BYTES) {
        Ok(content) => Some(content),
        Err(error) => {
            eprintln!("SKIPPED: no test vector {}: {error}", path.display());
            None
        }
    }
}

fn directory() -> PathBuf {
    std::env::var_os("AECS_VECTORS").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/vectors"),
        PathBuf::from,
    )
}
