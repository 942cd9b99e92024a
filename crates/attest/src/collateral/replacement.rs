//! Files that are replaced as a whole.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

/// How the names of files end that are being written.
pub(super) const UNFINISHED: &str = ".collateral.new";

/// Writes a file so that every reader sees the old content or the new one, never a part.
pub(super) fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    let count = COUNTER.fetch_add(1, Ordering::Relaxed);
    let unfinished = path.with_extension(format!("{}-{count}{UNFINISHED}", std::process::id()));
    let write = || {
        let mut file = OpenOptions::new().create_new(true).write(true).open(&unfinished)?;
        file.write_all(content)?;
        file.sync_all()?;
        fs::rename(&unfinished, path)
    };
    write().inspect_err(|_| {
        // The first error is the one to tell; the file is found again when the cache is pruned.
        let _ = fs::remove_file(&unfinished);
    })
}
