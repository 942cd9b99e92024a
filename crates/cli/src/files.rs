//! Files in and out: errors that name the file, and writes that leave either the old or the new
//! content behind, never half of it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use aecs_attest::files::{self, read_argument_text};

use crate::failure::{Exit, Failure, Result};

/// Largest text file, in bytes.
pub const MAX_TEXT: usize = 1 << 20;

/// Who may read a file that a tool writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// The owner alone: keys, secrets, files that hold either.
    Private,
    /// Everybody: certificates, public keys, policies.
    Public,
}

impl Access {
    const fn file_mode(self) -> u32 {
        match self {
            Self::Private => 0o600,
            Self::Public => 0o644,
        }
    }
}

/// Reads a text file of at most [`MAX_TEXT`] bytes; `what` names its role: `public key`. It may be a
/// pipe.
///
/// # Errors
///
/// [`Exit::NoInput`] if it cannot be read, [`Exit::BadInput`] if it is too large or not UTF-8.
pub fn read_text(path: &Path, what: &str) -> Result<String> {
    read_argument_text(path, MAX_TEXT).map_err(|error| unreadable(path, what, &error))
}

fn unreadable(path: &Path, what: &str, error: &io::Error) -> Failure {
    let exit = match error.kind() {
        io::ErrorKind::InvalidData | io::ErrorKind::FileTooLarge => Exit::BadInput,
        _ => Exit::NoInput,
    };
    Failure::new(exit, format!("cannot read the {what} {}: {error}", path.display()))
}

/// Replaces the content of `path` in one step.
///
/// # Errors
///
/// [`Exit::CannotWrite`].
pub fn write(path: &Path, access: Access, content: &[u8]) -> Result<()> {
    write_atomically(path, access, content).map_err(|error| {
        Failure::new(Exit::CannotWrite, format!("cannot write {}: {error}", path.display()))
    })
}

/// A new file that appears under its name when it is finished, and never by half.
#[derive(Debug)]
pub struct Draft {
    path: PathBuf,
    draft: PathBuf,
    file: Option<BufWriter<File>>,
}

impl Draft {
    /// Begins a file at `path`, where there must be none.
    ///
    /// # Errors
    ///
    /// [`Exit::CannotWrite`].
    pub fn new(path: &Path, access: Access) -> Result<Self> {
        let cannot_write = failure_at(path);
        if path.symlink_metadata().is_ok() {
            return Err(cannot_write(io::ErrorKind::AlreadyExists.into())
                .help("name a file that does not exist yet"));
        }
        let draft = draft_of(path).map_err(&cannot_write)?;
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(access.file_mode())
            .open(&draft)
            .map_err(&cannot_write)?;
        Ok(Self { path: path.to_owned(), draft, file: Some(BufWriter::new(file)) })
    }

    /// What an error of this file is to the user.
    pub fn failure(&self) -> impl Fn(io::Error) -> Failure + use<> {
        failure_at(&self.path)
    }

    /// Puts the file in its place, durably.
    ///
    /// # Errors
    ///
    /// It cannot be written.
    pub fn finish(mut self) -> io::Result<()> {
        if let Some(file) = self.file.take() {
            file.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
        }
        fs::rename(&self.draft, &self.path)?;
        files::sync_folder_of(&self.path)
    }
}

impl Write for Draft {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.as_mut().map_or(Ok(0), |file| file.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.as_mut().map_or(Ok(()), Write::flush)
    }
}

impl Drop for Draft {
    /// Removes what was not finished; nothing is there otherwise.
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.draft);
    }
}

fn failure_at(path: &Path) -> impl Fn(io::Error) -> Failure + use<> {
    let path = path.to_owned();
    move |error| {
        Failure::new(Exit::CannotWrite, format!("cannot write {}: {error}", path.display()))
    }
}

/// Makes a folder and those above it. New ones are closed to others if `access` is private.
///
/// # Errors
///
/// [`Exit::CannotWrite`].
pub fn make_folder(path: &Path, access: Access) -> Result<()> {
    let mode = match access {
        Access::Private => 0o700,
        Access::Public => 0o755,
    };
    fs::DirBuilder::new().recursive(true).mode(mode).create(path).map_err(|error| {
        Failure::new(
            Exit::CannotWrite,
            format!("cannot make the folder {}: {error}", path.display()),
        )
    })
}

fn write_atomically(path: &Path, access: Access, content: &[u8]) -> io::Result<()> {
    let draft = draft_of(path)?;
    let written = write_new(&draft, access, content).and_then(|()| fs::rename(&draft, path));
    if written.is_err() {
        // The first error is the one to report.
        let _ = fs::remove_file(&draft);
    }
    written?;
    files::sync_folder_of(path)
}

fn write_new(path: &Path, access: Access, content: &[u8]) -> io::Result<()> {
    let mut file =
        OpenOptions::new().write(true).create_new(true).mode(access.file_mode()).open(path)?;
    file.write_all(content)?;
    file.sync_all()
}

/// A name beside `path` that only this process uses.
fn draft_of(path: &Path) -> io::Result<PathBuf> {
    let name = path.file_name().ok_or_else(|| io::Error::other("the path names no file"))?;
    let mut draft = std::ffi::OsString::from(".");
    draft.push(name);
    draft.push(format!(".{}.new", std::process::id()));
    Ok(path.with_file_name(draft))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_file_is_replaced_whole_and_its_mode_is_set() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        fs::write(&path, "a longer old content").unwrap();

        write(&path, Access::Private, b"new").unwrap();

        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "the draft is gone");
    }

    #[test]
    fn errors_name_the_file_and_its_role() {
        let failure = read_text(Path::new("/nowhere/key.pem"), "public key").unwrap_err();
        assert_eq!(failure.exit(), Exit::NoInput);
        assert!(failure.what().starts_with("cannot read the public key /nowhere/key.pem: "));
        let failure = write(Path::new("/nowhere/x"), Access::Public, b"").unwrap_err();
        assert_eq!(failure.exit(), Exit::CannotWrite);
    }
}
