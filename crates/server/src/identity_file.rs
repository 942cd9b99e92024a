//! The sealed identity in a file beside the server.
//!
//! The file is sealed, so its secrecy does not depend on the host; losing it does matter, so it
//! is replaced all or nothing and is on the disk before `save` returns.

use std::{io, path::PathBuf};

use aecs_attest::files;
use aecs_core::IdentityCache;

/// A sealed identity has a few KiB.
const MAX_BYTES: usize = 1024 * 1024;

/// Keeps the sealed identity at a path, readable by its owner only.
#[derive(Debug)]
pub struct IdentityFile {
    path: PathBuf,
}

impl IdentityFile {
    /// The file need not exist yet; its folder must.
    pub fn new(path: PathBuf) -> Self {
        Self { path }
    }
}

impl IdentityCache for IdentityFile {
    fn load(&self) -> io::Result<Option<Vec<u8>>> {
        match files::read(&self.path, MAX_BYTES) {
            Ok(sealed) => Ok(Some(sealed)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn save(&self, sealed: &[u8]) -> io::Result<()> {
        files::replace(&self.path, sealed)
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt as _};

    use super::*;

    #[test]
    fn saves_and_loads() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("identity.sealed");
        let cache = IdentityFile::new(path.clone());
        assert_eq!(cache.load().unwrap(), None);
        for sealed in [&b"first"[..], b"second, longer", b"3"] {
            cache.save(sealed).unwrap();
            assert_eq!(cache.load().unwrap().unwrap(), sealed);
        }
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "nothing is left lying around");
    }

    #[test]
    fn the_leftover_of_a_crash_does_not_matter() {
        let dir = tempfile::tempdir().unwrap();
        let cache = IdentityFile::new(dir.path().join("identity.sealed"));
        cache.save(b"good").unwrap();
        fs::write(dir.path().join(".identity.sealed.new"), b"ha").unwrap();
        assert_eq!(cache.load().unwrap().unwrap(), b"good");
        cache.save(b"better").unwrap();
        assert_eq!(cache.load().unwrap().unwrap(), b"better");
    }

    #[test]
    fn a_failure_leaves_what_was_there() {
        let dir = tempfile::tempdir().unwrap();
        let cache = IdentityFile::new(dir.path().join("identity.sealed"));
        cache.save(b"good").unwrap();
        fs::create_dir(dir.path().join(".identity.sealed.new")).unwrap();
        assert!(cache.save(b"bad").is_err());
        assert_eq!(cache.load().unwrap().unwrap(), b"good");
    }

    #[test]
    fn something_else_is_not_taken_for_an_identity() {
        let dir = tempfile::tempdir().unwrap();
        assert!(IdentityFile::new(dir.path().to_owned()).load().is_err());
        let path = dir.path().join("big");
        fs::write(&path, vec![0; 2 * 1024 * 1024]).unwrap();
        assert!(IdentityFile::new(path).load().is_err());
    }
}
