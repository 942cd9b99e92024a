//! The sealed identity in a file beside the server.
//!
//! The file is sealed, so its secrecy does not depend on the host; losing it does matter, so it
//! is replaced all or nothing and is on the disk before `save` returns.

use std::{io, path::PathBuf};

use aecs_attest::files;
use aecs_core::IdentityCache;

/// A sealed identity has a few KiB.
const MAX_BYTES: usize = 1024 * 1024;

/// How many identities of other servers are kept beside it.
const MAX_FORMER: usize = 16;

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

    fn keep_former(&self, sealed: &[u8]) -> io::Result<String> {
        for number in 1..=MAX_FORMER {
            let mut name = self.path.file_name().unwrap_or_default().to_owned();
            name.push(format!(".former-{number}"));
            let path = self.path.with_file_name(name);
            let place = path.display().to_string();
            match files::read(&path, MAX_BYTES) {
                Ok(found) if found == sealed => return Ok(place),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    return files::replace(&path, sealed).map(|()| place);
                }
                _ => {}
            }
        }
        let name = self.path.display();
        Err(io::Error::other(format!(
            "it would be written over one that does not open, and there are {name}.former-1 to \
             .former-{MAX_FORMER} already: move away those that nobody needs"
        )))
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
    fn former_identities_are_kept_and_bounded() {
        let dir = tempfile::tempdir().unwrap();
        let cache = IdentityFile::new(dir.path().join("identity.sealed"));
        let first = cache.keep_former(b"first").unwrap();
        assert!(first.ends_with("identity.sealed.former-1"), "{first}");
        assert_eq!(cache.keep_former(b"first").unwrap(), first);
        for n in 2..=16u8 {
            cache.keep_former(&[n]).unwrap();
        }
        let refused = cache.keep_former(b"another").unwrap_err().to_string();
        assert!(refused.contains("move away those that nobody needs"), "{refused}");
        assert_eq!(fs::read(first).unwrap(), b"first");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 16);
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
