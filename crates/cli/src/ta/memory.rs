//! Files in memory: a folder of this user's own in a tmpfs.
//!
//! Not memfds: a program and its children open a file by its path, a new content takes the place of
//! the old one in one step, and names have the endings that programs look at. A tmpfs can be
//! swapped out, as all memory can: a confidential machine has no swap, or an encrypted one.

use std::fs;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use aecs_crypto::SecretBytes;

use crate::failure::{Exit, Failure, Result};
use crate::files::{self, Access};

/// What `statfs` says of a tmpfs (linux/magic.h).
const TMPFS: u64 = 0x0102_1994;

/// A folder that only this user can look into, gone with this value.
pub(super) struct MemoryFolder(PathBuf);

impl MemoryFolder {
    /// Makes a folder in the first of these places that is in memory.
    ///
    /// # Errors
    ///
    /// [`Exit::CannotWrite`] if none is.
    pub(super) fn make() -> Result<Self> {
        let runtime = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
        let places = [PathBuf::from("/dev/shm"), PathBuf::from("/run")];
        let random = aecs_crypto::random::<8>().map_err(aecs_client::Error::from)?;
        let name = format!("aecs-{}", hex::encode(random));
        for place in runtime.into_iter().chain(places).filter(|place| is_in_memory(place)) {
            let folder = place.join(&name);
            if fs::DirBuilder::new().mode(0o700).create(&folder).is_ok() {
                return Ok(Self(folder));
            }
        }
        Err(Failure::new(Exit::CannotWrite, "there is no place for files in memory").help(
            "mount a tmpfs that this user may write to, at /dev/shm or at $XDG_RUNTIME_DIR; or use \
             --env",
        ))
    }

    /// Where the file of this name is.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Writes a file, in one step.
    ///
    /// # Errors
    ///
    /// [`Exit::CannotWrite`].
    pub(super) fn write(&self, name: &str, content: &SecretBytes) -> Result<()> {
        files::write(&self.path(name), Access::Private, content.expose())
    }
}

impl Drop for MemoryFolder {
    fn drop(&mut self) {
        // Nothing to do about it at the end of the program.
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn is_in_memory(folder: &Path) -> bool {
    rustix::fs::statfs(folder).is_ok_and(|found| u64::try_from(found.f_type) == Ok(TMPFS))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn files_are_in_memory_for_this_user_only_and_gone_at_the_end() {
        let folder = MemoryFolder::make().unwrap();
        folder.write("KEY", &SecretBytes::from(b"one".to_vec())).unwrap();
        folder.write("KEY", &SecretBytes::from(b"two".to_vec())).unwrap();
        let path = folder.path("KEY");
        assert_eq!(fs::read(&path).unwrap(), b"two");
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let parent = path.parent().unwrap().to_owned();
        assert_eq!((mode(&path), mode(&parent)), (0o600, 0o700));
        assert!(is_in_memory(&path));
        assert!(!is_in_memory(Path::new("/proc")));
        drop(folder);
        assert!(!parent.exists());
    }
}
