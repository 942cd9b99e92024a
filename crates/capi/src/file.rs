//! Files that the functions of AECS 2.0 write.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use aecs_client::attest::files;
use aecs_client::crypto::random;

use crate::border::Result;
use crate::error::{Failure, Status};

/// For the owner alone.
pub(crate) const PRIVATE: u32 = 0o600;
/// For everybody.
pub(crate) const PUBLIC: u32 = 0o644;

/// Writes a file: either the old content or the new one is there, never half of it.
pub(crate) fn write(path: &str, mode: u32, content: &[u8]) -> Result<()> {
    if path.is_empty() {
        return Err(Failure::usage("the file has no name"));
    }
    replace(Path::new(path), mode, content).map_err(|error| {
        Failure::new(Status::CannotWrite, format!("cannot write {path}: {error}"))
            .help("check the folder, and that this user may write to it")
    })
}

fn replace(path: &Path, mode: u32, content: &[u8]) -> io::Result<()> {
    let name = path.file_name().ok_or(io::ErrorKind::IsADirectory)?;
    // Other threads may write the same file, and another process may have this one's number: on another machine,
    // or in another container.
    let draft = random::<8>().map_err(io::Error::other)?;
    let draft = format!(".{}.{:016x}.new", name.display(), u64::from_ne_bytes(draft));
    let draft = path.with_file_name(draft);
    let written = write_new(&draft, mode, content).and_then(|()| fs::rename(&draft, path));
    if written.is_err() {
        let _ = fs::remove_file(&draft);
    }
    written?;
    files::sync_folder_of(path)
}

fn write_new(path: &Path, mode: u32, content: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(path)?;
    file.write_all(content)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_file_is_replaced_and_nothing_else_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        for (content, mode) in [(&b"first"[..], PRIVATE), (b"second", PUBLIC)] {
            write(path.to_str().unwrap(), mode, content).unwrap();
            assert_eq!(fs::read(&path).unwrap(), content);
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, mode);
            assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        }
        for path in ["", "/", "/nonexistent/secret", folder.path().to_str().unwrap()] {
            assert!(write(path, PRIVATE, b"x").is_err(), "{path}");
        }
    }
}
