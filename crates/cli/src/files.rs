//! Files in and out: errors that name the file, and writes that leave either the old or the new
//! content behind, never half of it.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, fchown};
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

/// A file that is there, whose content is replaced: its owner, its mode and its place stay.
///
/// A symbolic link stays as well: it is followed once, so that what is written goes where the content
/// came from.
#[derive(Debug)]
pub struct Existing {
    path: PathBuf,
    target: PathBuf,
    metadata: Metadata,
    text: String,
}

impl Existing {
    /// Reads the regular file that `path` names or leads to, of at most [`MAX_TEXT`] bytes; `what`
    /// names its role.
    ///
    /// # Errors
    ///
    /// Those of [`read_text`].
    pub fn read(path: &Path, what: &str) -> Result<Self> {
        let read = || {
            let target = path.canonicalize()?;
            let metadata = target.metadata()?;
            let text = files::read_text(&target, MAX_TEXT)?;
            Ok(Self { path: path.to_owned(), target, metadata, text })
        };
        read().map_err(|error| unreadable(path, what, &error))
    }

    /// The content.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Where the file is, without symbolic links.
    #[must_use]
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// Writes a new content next to the file, on the disk: it takes the file's place with
    /// [`Draft::finish`], or never.
    ///
    /// # Errors
    ///
    /// [`Exit::CannotWrite`]; among others where this user may not give the file its owner back.
    pub fn draft(&self, content: &[u8]) -> Result<Draft> {
        let failure = failure_at(&self.path);
        let mut draft = Draft::begin(&self.target, Access::Private).map_err(&failure)?;
        draft.replaces = Some((self.metadata.dev(), self.metadata.ino()));
        draft.write_all(content).map_err(&failure)?;
        draft.belongs_to(&self.metadata).map_err(|error| {
            let (user, group) = (self.metadata.uid(), self.metadata.gid());
            failure(error).help(format!(
                "the file belongs to user {user} and group {group}, and has to stay theirs: run the \
                 command as that user"
            ))
        })?;
        draft.sync().map_err(&failure)?;
        Ok(draft)
    }
}

/// A new file that appears under its name when it is finished, and never by half.
#[derive(Debug)]
pub struct Draft {
    path: PathBuf,
    draft: PathBuf,
    file: Option<BufWriter<File>>,
    /// The file that must still be there, by device and inode.
    replaces: Option<(u64, u64)>,
}

impl Draft {
    /// Begins a file at `path`, where there must be none.
    ///
    /// # Errors
    ///
    /// [`Exit::CannotWrite`].
    pub fn new(path: &Path, access: Access) -> Result<Self> {
        if path.symlink_metadata().is_ok() {
            let what = format!("there is a file {} already", path.display());
            return Err(
                Failure::new(Exit::CannotWrite, what).help("name a file that does not exist yet")
            );
        }
        Self::begin(path, access).map_err(failure_at(path))
    }

    fn begin(path: &Path, access: Access) -> io::Result<Self> {
        let draft = draft_of(path)?;
        let mut options = OpenOptions::new();
        let file = options.write(true).create_new(true).mode(access.file_mode()).open(&draft)?;
        let file = Some(BufWriter::new(file));
        Ok(Self { path: path.to_owned(), draft, file, replaces: None })
    }

    /// Gives the file the owner and the mode of another one.
    fn belongs_to(&self, other: &Metadata) -> io::Result<()> {
        let Some(file) = self.file.as_ref().map(BufWriter::get_ref) else { return Ok(()) };
        let own = file.metadata()?;
        if (own.uid(), own.gid()) != (other.uid(), other.gid()) {
            fchown(file, Some(other.uid()), Some(other.gid()))?;
        }
        file.set_permissions(other.permissions())
    }

    fn sync(&mut self) -> io::Result<()> {
        match self.file.take() {
            Some(file) => file.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all(),
            None => Ok(()),
        }
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
        self.sync()?;
        if let Some(expected) = self.replaces {
            let now = fs::symlink_metadata(&self.path)?;
            if (now.dev(), now.ino()) != expected {
                return Err(io::Error::other("somebody else has replaced it meanwhile"));
            }
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
    fn an_existing_file_keeps_its_owner_mode_and_link() {
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("kubeconfig"), folder.path().join("link"));
        fs::write(&path, "old").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        std::os::unix::fs::symlink("kubeconfig", &link).unwrap();
        // To give files away is for root only.
        let owner = std::os::unix::fs::chown(&path, Some(1234), Some(5678)).is_ok();

        let file = Existing::read(&link, "kubeconfig").unwrap();
        assert_eq!(file.text(), "old");
        file.draft(b"new").unwrap().finish().unwrap();

        assert!(link.symlink_metadata().unwrap().is_symlink());
        assert_eq!(fs::read(&path).unwrap(), b"new");
        let metadata = path.metadata().unwrap();
        assert_eq!(metadata.permissions().mode() & 0o7777, 0o640);
        if owner {
            assert_eq!((metadata.uid(), metadata.gid()), (1234, 5678));
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "the draft is gone");
    }

    #[test]
    fn an_existing_file_is_the_one_that_was_read() {
        let folder = tempfile::tempdir().unwrap();
        let (path, other) = (folder.path().join("kubeconfig"), folder.path().join("other"));
        fs::write(&path, "old").unwrap();
        fs::write(&other, "other").unwrap();
        let draft = Existing::read(&path, "kubeconfig").unwrap().draft(b"new").unwrap();
        fs::rename(&other, &path).unwrap();
        assert!(draft.finish().is_err());
        assert_eq!(fs::read(&path).unwrap(), b"other");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "the draft is gone");

        for no_file in [folder.path(), Path::new("/dev/zero")] {
            let failure = Existing::read(no_file, "kubeconfig").unwrap_err();
            assert!(failure.what().ends_with("not a regular file"), "{failure}");
        }
    }

    #[test]
    fn errors_name_the_file_and_its_role() {
        let failure = read_text(Path::new("/nowhere/key.pem"), "public key").unwrap_err();
        assert_eq!(failure.exit(), Exit::NoInput);
        assert!(failure.what().starts_with("cannot read the public key /nowhere/key.pem: "));
        let failure = Draft::new(Path::new("/"), Access::Public).unwrap_err();
        assert_eq!(failure.what(), "there is a file / already");
        let failure = write(Path::new("/nowhere/x"), Access::Public, b"").unwrap_err();
        assert_eq!(failure.exit(), Exit::CannotWrite);
    }
}
