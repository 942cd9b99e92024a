//! The files that a user writes: kubeconfigs, secret policies and named lists.
//!
//! Invariant: a file is either understood completely or refused with the place and the way out. An
//! unknown key, an unknown secret type or an ambiguous value is never guessed at, and no message
//! repeats a value that might be a secret.

pub mod kubeconfig;
pub mod lists;
pub mod placed;
pub mod root;
pub mod rule;
pub mod secret_policy;
pub mod server_config;

mod devices;
mod document;
mod lifecycle;
mod suggest;
mod usage;

pub use lifecycle::length_ms;

use std::fmt;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// What is wrong with a file, where, and what to do about it.
///
/// Displays on two lines, for a terminal:
///
/// ```text
/// secrets.yaml:5:11: unknown secret type `SECRET_TYPE_AES_KEY`
///   help: did you mean `SECRET_TYPE_AES256_KEY`?
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileError {
    file: PathBuf,
    fault: Fault,
    unreadable: bool,
}

/// What is wrong in a file, and what to do about it, for those who need not know which file it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    place: Option<Place>,
    reason: String,
    remedy: String,
}

/// A position in a file: line and column in characters, both from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    line: u64,
    column: u64,
}

impl Fault {
    /// A fault of a file as a whole, unless it is [`Fault::placed`].
    fn new(reason: impl Into<String>, remedy: impl Into<String>) -> Fault {
        Fault::at(None, reason, remedy)
    }

    /// A fault at a place in a file.
    fn at(place: Option<Place>, reason: impl Into<String>, remedy: impl Into<String>) -> Fault {
        Fault { place, reason: reason.into(), remedy: remedy.into() }
    }

    fn placed(self, place: Option<Place>) -> Fault {
        Fault { place, ..self }
    }

    fn in_file(self, file: &Path) -> FileError {
        FileError { file: file.to_owned(), fault: self, unreadable: false }
    }
}

impl FileError {
    /// An error about `file` as a whole.
    pub(crate) fn in_file(
        file: &Path,
        reason: impl Into<String>,
        remedy: impl Into<String>,
    ) -> FileError {
        Fault::new(reason, remedy).in_file(file)
    }

    /// A file that cannot be read as text.
    pub(crate) fn unreadable(file: &Path, error: &std::io::Error) -> FileError {
        let content = match error.kind() {
            ErrorKind::InvalidData => Some("this is not UTF-8 text".to_owned()),
            ErrorKind::FileTooLarge => Some(error.to_string()),
            _ => None,
        };
        if let Some(reason) = content {
            return FileError::in_file(file, reason, "is it the right file?");
        }
        let remedy = "check the path and that this user may read the file";
        FileError {
            unreadable: true,
            ..FileError::in_file(file, format!("cannot be read: {error}"), remedy)
        }
    }

    /// Whether the file is not there or cannot be read, so that nothing is wrong with what is in
    /// it.
    #[must_use]
    pub fn is_unreadable(&self) -> bool {
        self.unreadable
    }

    /// The file, as the caller named it.
    #[must_use]
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// Line, from 1. `None` when the error is about the whole file.
    #[must_use]
    pub fn line(&self) -> Option<u64> {
        self.fault.place.map(|place| place.line)
    }

    /// Column in characters, from 1. `None` when the error is about the whole file.
    #[must_use]
    pub fn column(&self) -> Option<u64> {
        self.fault.place.map(|place| place.column)
    }

    /// What is wrong: lower case, one line, never a secret value.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.fault.reason
    }

    /// The file, the place and the reason in one line.
    #[must_use]
    pub fn message(&self) -> String {
        let Fault { place, reason, .. } = &self.fault;
        let place = place.map(|at| format!("{}:{}:", at.line, at.column)).unwrap_or_default();
        format!("{}:{place} {reason}", self.file.display())
    }

    /// What to do about it.
    #[must_use]
    pub fn remedy(&self) -> &str {
        &self.fault.remedy
    }
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n  help: {}", self.message(), self.fault.remedy)
    }
}

impl std::error::Error for FileError {}
