//! Files that a configuration or a command line names.
//!
//! Invariant: such a path costs at most the memory of its limit, and no time of its own. It may
//! name a device without an end, a pipe that nobody writes to, or somebody's largest file; clippy
//! keeps `std::fs::read` and its like out of the crates that use this module.

use std::ffi::OsString;
use std::fmt;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, BufRead, BufReader, ErrorKind, Read as _, Write as _};
use std::path::Path;

use zeroize::{Zeroize as _, Zeroizing};

/// Reads a regular file of at most `limit` bytes.
///
/// # Errors
///
/// It cannot be read; [`ErrorKind::InvalidInput`] if it is not a regular file,
/// [`ErrorKind::FileTooLarge`] if it is larger.
pub fn read(path: &Path, limit: usize) -> io::Result<Vec<u8>> {
    within(open(path)?, limit)
}

/// As [`read`], as text.
///
/// # Errors
///
/// As [`read`], and [`ErrorKind::InvalidData`] if it is not UTF-8.
pub fn read_text(path: &Path, limit: usize) -> io::Result<String> {
    text(read(path, limit)?)
}

/// As [`read`], for a path that somebody has typed: it may also be a pipe, as in `--key
/// <(COMMAND)`.
///
/// # Errors
///
/// As [`read`].
pub fn read_argument(path: &Path, limit: usize) -> io::Result<Vec<u8>> {
    within(open_if(path, |file| is_pipe(file) || file.is_file())?, limit)
}

/// As [`read_argument`], as text.
///
/// # Errors
///
/// As [`read_text`].
pub fn read_argument_text(path: &Path, limit: usize) -> io::Result<String> {
    text(read_argument(path, limit)?)
}

/// Opens a regular file, for a reader that needs no more memory for a larger one.
///
/// # Errors
///
/// It cannot be opened; [`ErrorKind::InvalidInput`] if it is not a regular file.
pub fn open(path: &Path) -> io::Result<File> {
    open_if(path, Metadata::is_file)
}

/// A line of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place<'a> {
    /// The file.
    pub file: &'a Path,
    /// The number of the line, from 1.
    pub line: u64,
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file.display(), self.line)
    }
}

/// The lines of regular files, in order and each with its end, which the last one of a file may
/// lack. They cost the memory of one line of at most `limit` bytes (without its end), however large
/// a file is, and each file is opened when its first line is asked for.
///
/// The items are errors where a file cannot be opened or read, as by [`open`], and
/// [`ErrorKind::FileTooLarge`] where a line is longer than the limit; they name the file, and end
/// it.
pub fn lines<'a>(
    files: impl IntoIterator<Item = &'a Path>,
    limit: usize,
) -> impl Iterator<Item = io::Result<(Place<'a>, Vec<u8>)>> {
    files.into_iter().flat_map(move |file| {
        let (mut reader, error) = match open(file) {
            Ok(opened) => (Some(BufReader::new(opened)), None),
            Err(error) => (None, Some(named(&file.display(), &error))),
        };
        let numbered = (1..).map_while(move |line| {
            let (place, read) = (Place { file, line }, line_of(reader.as_mut()?, limit));
            if read.is_err() {
                reader = None;
            }
            match read {
                Ok(line) if line.is_empty() => None,
                Ok(line) => Some(Ok((place, line))),
                Err(error) => Some(Err(named(&place, &error))),
            }
        });
        numbered.chain(error.map(Err))
    })
}

/// The next line with its end; empty at the end of the file.
fn line_of(reader: &mut impl BufRead, limit: usize) -> io::Result<Vec<u8>> {
    let most = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    let mut line = Vec::new();
    reader.take(most).read_until(b'\n', &mut line)?;
    if line.len() > limit && !line.ends_with(b"\n") {
        let reason = format!("the line has more than {limit} bytes");
        return Err(io::Error::new(ErrorKind::FileTooLarge, reason));
    }
    Ok(line)
}

fn named(place: &impl fmt::Display, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{place}: {error}"))
}

/// Replaces the file at `path`, or makes it, with mode 0600: a reader sees the old content or the
/// new one, never a part, and the new one is on the disk when this returns. For one writer at a
/// time: what a crash left unfinished, as `.NAME.new` beside it, is written over.
///
/// # Errors
///
/// It cannot be written; then the old content stays.
pub fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut name = OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(".new");
    let unfinished = path.with_file_name(name);
    match fs::remove_file(&unfinished) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = private().create_new(true).open(&unfinished)?;
    file.write_all(content)?;
    file.sync_all()?;
    fs::rename(&unfinished, path)?;
    sync_folder_of(path)
}

/// Options to write a file that only its owner may read and write.
pub fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Makes new and renamed files in the folder of `file` durable.
///
/// # Errors
///
/// The folder cannot be synchronised.
#[allow(clippy::disallowed_methods, reason = "a folder has no content to read")]
pub fn sync_folder_of(file: &Path) -> io::Result<()> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

#[allow(clippy::disallowed_methods, reason = "the one place that opens files of all kinds")]
fn open_if(path: &Path, allowed: impl Fn(&Metadata) -> bool) -> io::Result<File> {
    let check = |file: &Metadata| match allowed(file) {
        true => Ok(()),
        false => Err(io::Error::new(ErrorKind::InvalidInput, "not a regular file")),
    };
    // To open a pipe waits for its writer, and to open a device may do something.
    check(&fs::metadata(path)?)?;
    let file = File::open(path)?;
    check(&file.metadata()?)?;
    Ok(file)
}

#[cfg(unix)]
fn is_pipe(file: &Metadata) -> bool {
    std::os::unix::fs::FileTypeExt::is_fifo(&file.file_type())
}

#[cfg(not(unix))]
fn is_pipe(_: &Metadata) -> bool {
    false
}

/// The content of a file, whose copies are wiped where it turns out to be too large.
fn within(file: File, limit: usize) -> io::Result<Vec<u8>> {
    let size = usize::try_from(file.metadata()?.len()).unwrap_or(usize::MAX).min(limit);
    let mut content = Zeroizing::new(Vec::with_capacity(size.saturating_add(1)));
    let most = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    file.take(most).read_to_end(&mut content)?;
    if content.len() > limit {
        let reason = format!("larger than {limit} bytes");
        return Err(io::Error::new(ErrorKind::FileTooLarge, reason));
    }
    Ok(std::mem::take(&mut *content))
}

fn text(content: Vec<u8>) -> io::Result<String> {
    String::from_utf8(content).map_err(|error| {
        let reason = error.utf8_error();
        error.into_bytes().zeroize();
        io::Error::new(ErrorKind::InvalidData, reason)
    })
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    fn refusal<T: std::fmt::Debug>(read: io::Result<T>) -> (ErrorKind, String) {
        let error = read.unwrap_err();
        (error.kind(), error.to_string())
    }

    #[test]
    fn only_regular_files_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let no_file = (ErrorKind::InvalidInput, "not a regular file".to_owned());
        for path in [Path::new("/dev/zero"), Path::new("/dev/null"), folder.path(), &pipe] {
            assert_eq!(refusal(read(path, 10)), no_file, "{}", path.display());
            assert_eq!(refusal(read_text(path, 10)), no_file, "{}", path.display());
            assert_eq!(refusal(open(path)), no_file, "{}", path.display());
        }
        for path in [Path::new("/dev/zero"), folder.path()] {
            assert_eq!(refusal(read_argument(path, 10)), no_file, "{}", path.display());
        }
        assert_eq!(refusal(read(&folder.path().join("none"), 10)).0, ErrorKind::NotFound);
    }

    #[test]
    fn arguments_may_be_pipes() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        for (length, expected) in [(10, Ok(10)), (11, Err(ErrorKind::FileTooLarge))] {
            let writer = {
                let pipe = pipe.clone();
                std::thread::spawn(move || fs::write(pipe, vec![b'a'; length]))
            };
            let read = read_argument_text(&pipe, 10);
            assert_eq!(read.map(|text| text.len()).map_err(|error| error.kind()), expected);
            // A reader that has gone away is an error of the writer's only.
            let _ = writer.join().unwrap();
        }
    }

    #[test]
    fn a_line_costs_its_limit_whatever_the_file_has() {
        let folder = tempfile::tempdir().unwrap();
        let (path, none) = (folder.path().join("file"), folder.path().join("none"));
        let read = |content: &[u8], files: &[&Path]| {
            fs::write(&path, content).unwrap();
            let line = |line: io::Result<(Place<'_>, Vec<u8>)>| match line {
                Ok((place, line)) => format!("{}: {}", place.line, String::from_utf8_lossy(&line)),
                Err(error) => error.to_string(),
            };
            lines(files.iter().copied(), 3).map(line).collect::<Vec<_>>()
        };
        assert_eq!(read(b"", &[&path]), Vec::<String>::new());
        assert_eq!(read(b"abc\n\nd", &[&path, &path])[1..4], ["2: \n", "3: d", "1: abc\n"]);
        assert_eq!(read(b"abc", &[&path]), ["1: abc"]);
        let too_long = format!("{}:2: the line has more than 3 bytes", path.display());
        for content in [&b"a\nabcd\n"[..], b"a\nabcd", b"a\nabcdefg\nb\n"] {
            assert_eq!(read(content, &[&path]), ["1: a\n", &too_long]);
        }
        let missing = read(b"a\n", &[&none, &path, folder.path()]);
        assert!(missing[0].starts_with(&none.display().to_string()), "{missing:?}");
        assert_eq!(
            missing[1..],
            ["1: a\n", &format!("{}: not a regular file", folder.path().display())]
        );

        // A hole of a terabyte has no line's end.
        fs::File::create(&path).unwrap().set_len(1 << 40).unwrap();
        let error = lines([&*path], 1 << 10).next().unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::FileTooLarge);
        assert!(error.to_string().contains("file:1: the line has more than 1024 bytes"), "{error}");
    }

    #[test]
    fn a_limit_is_what_may_be_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, [b'a'; 10]).unwrap();
        assert_eq!(read(&path, 10).unwrap(), [b'a'; 10]);
        let large = (ErrorKind::FileTooLarge, "larger than 9 bytes".to_owned());
        assert_eq!(refusal(read(&path, 9)), large);
        fs::write(&path, [0xFF]).unwrap();
        assert_eq!(refusal(read_text(&path, 10)).0, ErrorKind::InvalidData);
        // A file whose size is not known beforehand.
        assert!(!read(Path::new("/proc/self/stat"), 10_000).unwrap().is_empty());
    }
}
