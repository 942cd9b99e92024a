//! Files in and out: errors that name the file, and writes that leave either the old or the new
//! content behind, never half of it.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, BufWriter, Read as _, Write};
use std::os::fd::AsRawFd;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, fchown};
use std::path::{Path, PathBuf};

use aecs_attest::files::{self, read_argument, read_argument_text};
use aecs_crypto::SecretBytes;
use aecs_proto::Zeroizing;
use rustix::fs::{AtFlags, CWD, Mode, OFlags, RenameFlags};

use crate::failure::{Exit, Failure, Result};
use crate::tool;

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

/// Reads a text file of at most [`MAX_TEXT`] bytes; `what` names its role: `public key`. It may be
/// a pipe.
///
/// # Errors
///
/// [`Exit::NoInput`] if it cannot be read, [`Exit::BadInput`] if it is too large or not UTF-8.
pub fn read_text(path: &Path, what: &str) -> Result<String> {
    read_argument_text(path, MAX_TEXT).map_err(|error| unreadable(path, what, &error))
}

/// Reads a file of at most [`MAX_TEXT`] bytes, as it is; `what` names its role. It may be a pipe.
///
/// # Errors
///
/// Those of [`read_text`] for a file that cannot be read, or is too large.
pub fn read_bytes(path: &Path, what: &str) -> Result<SecretBytes> {
    read_bytes_within(path, what, MAX_TEXT)
}

/// The same of at most `limit` bytes.
///
/// # Errors
///
/// As [`read_bytes`].
pub fn read_bytes_within(path: &Path, what: &str, limit: usize) -> Result<SecretBytes> {
    let bytes = read_argument(path, limit).map_err(|error| unreadable(path, what, &error))?;
    Ok(SecretBytes::from(bytes))
}

/// Reads standard input, of at most `limit` bytes; `what` names its role.
///
/// # Errors
///
/// [`Exit::NoInput`] if it cannot be read, [`Exit::BadInput`] if it has more.
pub fn read_standard_input(what: &str, limit: usize) -> Result<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(Vec::new());
    // One byte more than is allowed tells that there is more.
    let most = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    io::stdin().lock().take(most).read_to_end(&mut bytes).map_err(|error| {
        Failure::new(Exit::NoInput, format!("cannot read the {what} from standard input: {error}"))
    })?;
    if bytes.len() > limit {
        let what = format!("the {what} in standard input is larger than {limit} bytes");
        return Err(Failure::bad_input(what));
    }
    Ok(bytes)
}

/// Warns about a file with a private key that other users of this machine can read.
pub fn warn_if_others_read(path: &Path) {
    let Ok(metadata) = path.metadata() else { return };
    let mode = metadata.mode() & 0o777;
    if metadata.is_file() && mode & 0o044 != 0 {
        let path = path.display();
        tool::warn(&format!(
            "{path} has a private key, and other users of this machine can read it (mode {mode:04o}): \
             chmod 600 {path}"
        ));
    }
}

/// Says of a file that cannot be read what it should have been, and what to do.
pub(crate) fn unreadable(path: &Path, what: &str, error: &io::Error) -> Failure {
    let (exit, help) = match error.kind() {
        io::ErrorKind::InvalidData | io::ErrorKind::FileTooLarge => {
            (Exit::BadInput, "is it the right file?")
        }
        io::ErrorKind::NotFound => {
            (Exit::NoInput, "check the path: relative ones start at the current folder")
        }
        _ => (Exit::NoInput, "check the path, and that this user may read the file"),
    };
    Failure::new(exit, format!("cannot read the {what} {}: {error}", path.display())).help(help)
}

/// Writes `content` to `path`: a regular file, or a new one, gets it in one step; a pipe or a
/// device is written to and stays. A symbolic link is followed, and stays as well.
///
/// # Errors
///
/// [`Exit::CannotWrite`]; among others if `path` is a folder, or a link that leads to nothing.
pub fn write(path: &Path, access: Access, content: &[u8]) -> Result<()> {
    write_to(path, access, content).map_err(failure_at(path))
}

fn write_to(path: &Path, access: Access, content: &[u8]) -> io::Result<()> {
    let there = match path.metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            if path.symlink_metadata().is_ok() {
                return Err(io::Error::other("it is a symbolic link that leads to nothing"));
            }
            return write_atomically(path, access, content);
        }
        there => there?,
    };
    // `/dev/stdout` can lead to a regular file, which others have open: it must stay that file.
    let system = ["/dev", "/proc"].iter().any(|folder| path.starts_with(folder));
    if there.is_file() && !system {
        write_atomically(&path.canonicalize()?, access, content)
    } else {
        OpenOptions::new().write(true).truncate(there.is_file()).open(path)?.write_all(content)
    }
}

/// A file that is there, whose content is replaced: its owner, its mode and its place stay.
///
/// A symbolic link stays as well: it is followed once, so that what is written goes where the
/// content came from.
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
        draft.place = Place::Same(self.metadata.dev(), self.metadata.ino());
        draft.write_all(content).map_err(&failure)?;
        draft.belongs_to(&self.metadata).map_err(|error| {
            let (user, group) = (self.metadata.uid(), self.metadata.gid());
            failure(error).help(format!(
                "the file belongs to user {user} and group {group}, and must keep them: run the command as that user"
            ))
        })?;
        draft.sync().map_err(&failure)?;
        Ok(draft)
    }
}

/// A new file that appears under its name when it is finished, and never by half.
///
/// Until then it has no name at all where the file system can do that, so that a tool that is
/// killed leaves nothing behind.
#[derive(Debug)]
pub struct Draft {
    path: PathBuf,
    /// The name beside `path` that the file has for a moment, or from the beginning.
    draft: PathBuf,
    file: BufWriter<File>,
    named: bool,
    place: Place,
}

/// What is at the path of a [`Draft`] when it is finished.
#[derive(Debug)]
enum Place {
    /// Nothing, or a file that is replaced.
    Any,
    /// Nothing: another program may be faster, and then its file stays.
    Empty,
    /// The file that was there at the beginning, by device and inode.
    Same(u64, u64),
}

impl Draft {
    /// Begins a file at `path`, where there must be none.
    ///
    /// # Errors
    ///
    /// [`Exit::CannotWrite`].
    pub fn new(path: &Path, access: Access) -> Result<Self> {
        if path.symlink_metadata().is_ok() {
            return Err(exists(path));
        }
        let mut draft = Self::begin(path, access).map_err(failure_at(path))?;
        draft.place = Place::Empty;
        Ok(draft)
    }

    /// A new file with `content`, as [`Draft::new`], which is on the disk but has no name yet.
    ///
    /// # Errors
    ///
    /// [`Exit::CannotWrite`].
    pub fn with(path: &Path, access: Access, content: &[u8]) -> Result<Self> {
        let mut draft = Self::new(path, access)?;
        let failure = draft.failure();
        draft.write_all(content).and_then(|()| draft.sync()).map_err(failure)?;
        Ok(draft)
    }

    /// As [`Draft::finish`], with an error for the user.
    ///
    /// # Errors
    ///
    /// [`Exit::CannotWrite`].
    pub fn place(self) -> Result<()> {
        let failure = self.failure();
        self.finish().map_err(failure)
    }

    /// Places two files, or none: both are new.
    ///
    /// # Errors
    ///
    /// [`Exit::CannotWrite`].
    pub fn place_both(first: Self, second: Self) -> Result<()> {
        let path = first.path.clone();
        first.place()?;
        second.place().inspect_err(|_| {
            // It was made here a moment ago.
            let _ = fs::remove_file(path);
        })
    }

    fn begin(path: &Path, access: Access) -> io::Result<Self> {
        let draft = draft_of(path)?;
        let (file, named) = match unnamed_beside(path, access) {
            Some(file) => (file, false),
            None => (named(&draft, access)?, true),
        };
        let file = BufWriter::new(file);
        Ok(Self { path: path.to_owned(), draft, file, named, place: Place::Any })
    }

    /// Gives the file the owner and the mode of another one.
    fn belongs_to(&self, other: &Metadata) -> io::Result<()> {
        let file = self.file.get_ref();
        let own = file.metadata()?;
        if (own.uid(), own.gid()) != (other.uid(), other.gid()) {
            fchown(file, Some(other.uid()), Some(other.gid()))?;
        }
        file.set_permissions(other.permissions())
    }

    fn sync(&mut self) -> io::Result<()> {
        self.file.flush()?;
        self.file.get_ref().sync_all()
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
        if let Place::Same(device, inode) = self.place {
            let now = fs::symlink_metadata(&self.path)?;
            if (now.dev(), now.ino()) != (device, inode) {
                return Err(io::Error::other("another program has replaced it meanwhile"));
            }
        }
        if !self.named {
            let own = own_link(self.file.get_ref());
            rustix::fs::linkat(CWD, own, CWD, &self.draft, AtFlags::SYMLINK_FOLLOW)?;
            self.named = true;
        }
        match self.place {
            Place::Empty => rename_to_new(&self.draft, &self.path)?,
            Place::Any | Place::Same(..) => fs::rename(&self.draft, &self.path)?,
        }
        files::sync_folder_of(&self.path)
    }
}

impl Write for Draft {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for Draft {
    /// Removes what was not finished; nothing is there otherwise.
    fn drop(&mut self) {
        if self.named {
            let _ = fs::remove_file(&self.draft);
        }
    }
}

/// Gives a file another name, which must be free: no file takes the place of another one.
fn rename_to_new(from: &Path, to: &Path) -> io::Result<()> {
    use rustix::io::Errno;
    match rustix::fs::renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        // Some file systems, such as NFS, cannot do that. Others, such as FAT, have no hard links.
        Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => {
            fs::hard_link(from, to)?;
            fs::remove_file(from)
        }
        renamed => Ok(renamed?),
    }
}

fn exists(path: &Path) -> Failure {
    Failure::new(Exit::CannotWrite, format!("the file {} exists already", path.display()))
        .help("name a file that does not exist yet")
}

/// What an error at a path is to the user who wanted it written.
pub(crate) fn failure_at(path: &Path) -> impl Fn(io::Error) -> Failure + use<> {
    let path = path.to_owned();
    move |error| match error.kind() {
        io::ErrorKind::AlreadyExists => exists(&path),
        _ => Failure::new(Exit::CannotWrite, format!("cannot write {}: {error}", path.display())),
    }
}

/// The folder `aecs` in an XDG base directory of the user: in `variable` if it has an absolute path,
/// otherwise in `under_home`; `None` without a home.
#[must_use]
pub fn user_folder(variable: &str, under_home: &str) -> Option<PathBuf> {
    let folder =
        |variable| std::env::var_os(variable).map(PathBuf::from).filter(|path| path.is_absolute());
    let base = folder(variable).or_else(|| Some(folder("HOME")?.join(under_home)))?;
    Some(base.join("aecs"))
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
            format!("cannot create the folder {}: {error}", path.display()),
        )
    })
}

fn write_atomically(path: &Path, access: Access, content: &[u8]) -> io::Result<()> {
    let mut draft = Draft::begin(path, access)?;
    draft.write_all(content)?;
    draft.finish()
}

/// A new file in the folder of `path` that has no name. There is none where the file system does
/// not know such files, or where `/proc`, through which it gets a name, is missing.
fn unnamed_beside(path: &Path, access: Access) -> Option<File> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let flags = OFlags::TMPFILE | OFlags::WRONLY | OFlags::CLOEXEC;
    let mode = Mode::from_raw_mode(access.file_mode());
    let file = File::from(rustix::fs::open(folder, flags, mode).ok()?);
    let (own, linked) = (file.metadata().ok()?, own_link(&file).metadata().ok()?);
    ((own.dev(), own.ino()) == (linked.dev(), linked.ino())).then_some(file)
}

/// A path that leads to an open file of this process.
fn own_link(file: &File) -> PathBuf {
    PathBuf::from(format!("/proc/self/fd/{}", file.as_raw_fd()))
}

fn named(draft: &Path, access: Access) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(access.file_mode()).open(draft)
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
    fn pipes_and_links_are_written_through() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        rustix::fs::mknodat(
            CWD,
            at("pipe"),
            rustix::fs::FileType::Fifo,
            Mode::RUSR | Mode::WUSR,
            0,
        )
        .unwrap();
        let reader = std::thread::spawn({
            let pipe = at("pipe");
            move || fs::read(pipe).unwrap()
        });
        write(&at("pipe"), Access::Private, b"secret").unwrap();
        assert!(!at("pipe").symlink_metadata().unwrap().is_file(), "the pipe was replaced");
        assert_eq!(reader.join().unwrap(), b"secret");

        fs::write(at("file"), "old").unwrap();
        std::os::unix::fs::symlink("file", at("link")).unwrap();
        write(&at("link"), Access::Private, b"new").unwrap();
        assert!(at("link").symlink_metadata().unwrap().is_symlink());
        assert_eq!(fs::read(at("file")).unwrap(), b"new");

        std::os::unix::fs::symlink("nothing", at("dangling")).unwrap();
        for wrong in [at("dangling"), folder.path().to_owned()] {
            assert_eq!(
                write(&wrong, Access::Private, b"new").unwrap_err().exit(),
                Exit::CannotWrite
            );
        }
        assert!(!at("nothing").exists());
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

    /// As after a signal that ends the process.
    #[test]
    fn a_draft_that_is_never_finished_nor_dropped_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("export");
        let mut draft = Draft::new(&path, Access::Private).unwrap();
        draft.write_all(b"half").unwrap();
        if draft.named {
            eprintln!("skipped: the file system has no files without names");
            return;
        }
        std::mem::forget(draft);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_draft_is_named_where_it_must_be() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("export");
        let draft_at = draft_of(&path).unwrap();
        let begin = || Draft {
            path: path.clone(),
            draft: draft_at.clone(),
            file: BufWriter::new(named(&draft_at, Access::Private).unwrap()),
            named: true,
            place: Place::Any,
        };
        drop(begin());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "the draft is gone");
        let mut draft = begin();
        draft.write_all(b"whole").unwrap();
        draft.finish().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"whole");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "the draft is gone");
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
            assert!(failure.message().ends_with("not a regular file"), "{failure}");
        }
    }

    #[test]
    fn a_new_file_never_takes_the_place_of_another_one() {
        let folder = tempfile::tempdir().unwrap();
        let (first, second) = (folder.path().join("private"), folder.path().join("public"));
        let draft = |path: &Path| Draft::with(path, Access::Private, b"new").unwrap();
        let drafts = (draft(&first), draft(&second));
        // Another program was faster.
        fs::write(&second, "other").unwrap();
        let failure = Draft::place_both(drafts.0, drafts.1).unwrap_err();
        assert!(failure.message().ends_with("public exists already"), "{failure}");
        assert_eq!(fs::read(&second).unwrap(), b"other");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "one half is not left alone");
        Draft::place_both(draft(&first), draft(&folder.path().join("third"))).unwrap();
        assert_eq!(fs::read(&first).unwrap(), b"new");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3, "the drafts are gone");
    }

    /// A file system on which files have one name only, as on many a USB stick, takes new files, too.
    #[test]
    fn a_new_file_never_has_two_names() {
        let folder = tempfile::tempdir().unwrap();
        let (draft, path) = (folder.path().join("draft"), folder.path().join("file"));
        fs::write(&draft, "new").unwrap();
        rename_to_new(&draft, &path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().nlink(), 1);
        assert!(!draft.exists());
        fs::write(&draft, "other").unwrap();
        let error = rename_to_new(&draft, &path).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&path).unwrap(), b"new");
    }

    #[test]
    fn errors_name_the_file_and_its_role() {
        let failure = read_text(Path::new("/nowhere/key.pem"), "public key").unwrap_err();
        assert_eq!(failure.exit(), Exit::NoInput);
        assert!(failure.message().starts_with("cannot read the public key /nowhere/key.pem: "));
        let failure = Draft::new(Path::new("/"), Access::Public).unwrap_err();
        assert_eq!(failure.message(), "the file / exists already");
        let failure = write(Path::new("/nowhere/x"), Access::Public, b"").unwrap_err();
        assert_eq!(failure.exit(), Exit::CannotWrite);
    }
}
