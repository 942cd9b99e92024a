//! Files of a simulated CPU. Secret ones are readable by their owner only.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use aecs_attest::{Error, Result, files};
use aecs_crypto::SecretBytes;

use crate::failure::Source;
use crate::model::MARKER;

const SECRET: u32 = 0o600;
const PUBLIC: u32 = 0o644;

const LOCK: &str = "lock";

/// Largest file of a simulated CPU, in bytes.
const MAX_BYTES: usize = 1 << 20;

#[derive(Debug, Clone)]
pub(crate) struct Directory(PathBuf);

/// Keeps other processes from creating or changing the same CPU; released on drop.
pub(crate) struct Lock(#[expect(dead_code, reason = "holds the lock")] File);

impl Directory {
    pub(crate) fn new(path: &Path) -> Self {
        // The compiler may store a text in pieces, but not one that it has to hand out.
        std::hint::black_box(MARKER);
        Self(path.to_owned())
    }

    pub(crate) fn create(&self) -> Result<()> {
        let created = DirBuilder::new().recursive(true).mode(0o700).create(&self.0);
        created.map_err(|error| failed(&self.0, error))
    }

    /// Waits until no other process has the lock.
    pub(crate) fn lock(&self) -> Result<Lock> {
        let path = self.0.join(LOCK);
        let mut options = OpenOptions::new();
        options.create(true).truncate(false).write(true).mode(SECRET);
        let file = options.open(&path).map_err(|error| failed(&path, error))?;
        file.lock().map_err(|error| failed(&path, error))?;
        Ok(Lock(file))
    }

    pub(crate) fn contains(&self, name: &str) -> Result<bool> {
        let path = self.0.join(name);
        path.try_exists().map_err(|error| failed(&path, error))
    }

    pub(crate) fn read(&self, name: &str) -> Result<SecretBytes> {
        let path = self.0.join(name);
        files::read(&path, MAX_BYTES).map(SecretBytes::from).map_err(|error| failed(&path, error))
    }

    pub(crate) fn read_text(&self, name: &str) -> Result<String> {
        let path = self.0.join(name);
        files::read_text(&path, MAX_BYTES).map_err(|error| failed(&path, error))
    }

    /// Takes over another directory's files of these names, and who may read them.
    pub(crate) fn copy_from(&self, other: &Self, wanted: impl Fn(&str) -> bool) -> Result<()> {
        let entries = fs::read_dir(&other.0).map_err(|error| failed(&other.0, error))?;
        for entry in entries {
            let path = entry.map_err(|error| failed(&other.0, error))?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if name != LOCK && wanted(&name) {
                let to = self.0.join(&name);
                fs::copy(&path, &to).map_err(|error| failed(&to, error))?;
            }
        }
        Ok(())
    }

    pub(crate) fn write_secret(&self, name: &str, content: &[u8]) -> Result<()> {
        self.replace(name, content, SECRET)
    }

    pub(crate) fn write_public(&self, name: &str, content: &[u8]) -> Result<()> {
        self.replace(name, content, PUBLIC)
    }

    /// The error for a file whose content makes no sense.
    pub(crate) fn damaged(&self, name: &str, reason: impl Into<Source>) -> Error {
        failed(&self.0.join(name), std::io::Error::new(ErrorKind::InvalidData, reason))
    }

    /// Readers see the old content or the new one, never a part. The caller has the lock.
    fn replace(&self, name: &str, content: &[u8], mode: u32) -> Result<()> {
        let path = self.0.join(name);
        let unfinished = self.0.join(format!("{name}.new"));
        let write = || {
            // A file left over by a crash might have another mode.
            match fs::remove_file(&unfinished) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
                _ => {}
            }
            let mut options = OpenOptions::new();
            let mut file = options.create_new(true).write(true).mode(mode).open(&unfinished)?;
            file.write_all(content)?;
            file.sync_all()?;
            fs::rename(&unfinished, &path)
        };
        write().map_err(|error| failed(&path, error))
    }
}

fn failed(path: &Path, error: std::io::Error) -> Error {
    Error::Device { path: path.to_owned(), source: error.into() }
}
