//! Recorded evidence and ground truth, which are not part of the repository.

use std::path::PathBuf;

/// A file of the vectors; none, and a word about it, when there are no vectors.
pub(crate) fn read(name: &str) -> Option<Vec<u8>> {
    let path = directory().join(name);
    match std::fs::read(&path) {
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
