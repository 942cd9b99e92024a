//! Files that the functions of AECS 2.0 write.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process;

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
    let new = format!(".{}.{}.new", name.display(), process::id());
    let new: PathBuf = path.with_file_name(new);
    let written = write_new(&new, mode, content).and_then(|()| fs::rename(&new, path));
    if written.is_err() {
        let _ = fs::remove_file(&new);
    }
    written
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
