//! What became of a call, and why it did not succeed.

use std::ffi::{CString, c_char};
use std::ptr;

use aecs_client::attest::Causes;
use aecs_client::{Error, ErrorCode, ErrorKind, OperationError};

use crate::border::quietly;

/// What became of a call.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// It succeeded.
    Ok = 0,
    /// The call makes no sense as it is, or not here: an argument is NULL or not UTF-8, or the program
    /// runs outside of a TEE.
    Usage = 1,
    /// A file, a key, a root or a policy is not valid.
    BadInput = 2,
    /// A file cannot be read.
    NoInput = 3,
    /// The server cannot be reached, or the connection to it does not last.
    Unreachable = 4,
    /// The server is not ready for this yet; later it may be.
    NotReady = 5,
    /// The server has no such thing.
    NotFound = 6,
    /// The server has a thing of this name already.
    Exists = 7,
    /// The server denied it: policy, evidence.
    Denied = 8,
    /// Somebody else has changed the thing since.
    Conflict = 9,
    /// The server refused for another reason.
    Refused = 10,
    /// The server, or what it says, cannot be trusted; or evidence is not genuine.
    Untrusted = 11,
    /// A file cannot be written.
    CannotWrite = 12,
    /// A defect of this library, or of the machine.
    Internal = 13,
    /// There is nothing to take now: aecs_watch_next.
    Nothing = 14,
    /// The buffer is too small; its length says how many bytes are needed.
    SmallBuffer = 15,
}

impl From<ErrorKind> for Status {
    fn from(kind: ErrorKind) -> Self {
        match kind {
            ErrorKind::Usage => Self::Usage,
            ErrorKind::BadInput => Self::BadInput,
            ErrorKind::NoInput => Self::NoInput,
            ErrorKind::Unreachable => Self::Unreachable,
            ErrorKind::NotReady => Self::NotReady,
            ErrorKind::NotFound => Self::NotFound,
            ErrorKind::Exists => Self::Exists,
            ErrorKind::Denied => Self::Denied,
            ErrorKind::Conflict => Self::Conflict,
            ErrorKind::Refused => Self::Refused,
            ErrorKind::Untrusted => Self::Untrusted,
            ErrorKind::CannotWrite => Self::CannotWrite,
            _ => Self::Internal,
        }
    }
}

/// Why a call did not succeed. Belongs to the caller, who frees it with aecs_error_free. Never contains
/// secrets. May be read by several threads at once.
#[derive(Debug)]
pub struct Failure {
    status: Status,
    code: u32,
    temporary: bool,
    text: CString,
    help: Option<CString>,
}

impl Failure {
    pub(crate) fn new(status: Status, text: impl Into<Vec<u8>>) -> Self {
        Self { status, code: 0, temporary: false, text: c_text(text), help: None }
    }

    pub(crate) fn usage(text: impl Into<Vec<u8>>) -> Self {
        Self::new(Status::Usage, text)
    }

    pub(crate) fn null(what: &str) -> Self {
        Self::usage(format!("{what} is NULL"))
    }

    pub(crate) fn panicked() -> Self {
        Self::new(Status::Internal, "the library has met a defect of its own (panic)")
            .help("report it, with what standard error says")
    }

    pub(crate) fn help(mut self, help: impl Into<Vec<u8>>) -> Self {
        self.help = Some(c_text(help));
        self
    }

    pub(crate) fn status(&self) -> Status {
        self.status
    }

    pub(crate) fn code(&self) -> u32 {
        self.code
    }

    #[cfg(test)]
    pub(crate) fn text(&self) -> &str {
        self.text.to_str().unwrap_or_default()
    }

    /// Text and help as tools print them.
    pub(crate) fn to_lines(&self) -> CString {
        let mut lines = self.text.as_bytes().to_vec();
        if let Some(help) = &self.help {
            lines.extend_from_slice(b"\n  help: ");
            lines.extend_from_slice(help.as_bytes());
        }
        c_text(lines)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let code = match &error {
            // Also one that a later server has, and this library does not know.
            Error::Refused(refusal) => refusal.number(),
            error => error.code().map(ErrorCode::value),
        };
        Self {
            status: error.kind().into(),
            code: code.unwrap_or_default(),
            temporary: error.is_temporary(),
            text: c_text(error.message()),
            help: error.help().map(c_text),
        }
    }
}

impl From<OperationError> for Failure {
    fn from(error: OperationError) -> Self {
        Error::Operation(error).into()
    }
}

impl From<aecs_client::attest::Error> for Failure {
    fn from(error: aecs_client::attest::Error) -> Self {
        Self::new(Status::Untrusted, Causes(&error).to_string())
    }
}

/// A text for C, which ends at the first NUL.
pub(crate) fn c_text(text: impl Into<Vec<u8>>) -> CString {
    CString::new(text).unwrap_or_else(|error| {
        let end = error.nul_position();
        let mut bytes = error.into_vec();
        bytes.truncate(end);
        CString::new(bytes).unwrap_or_default()
    })
}

/// What became of the call: the same as it returned.
#[unsafe(no_mangle)]
pub extern "C" fn aecs_error_status(error: Option<&Failure>) -> Status {
    quietly(Status::Internal, || error.map_or(Status::Ok, Failure::status))
}

/// The error code of the server, for example 0xA4490000; 0 if it did not send one. The codes are in
/// docs/guide/troubleshooting.md.
#[unsafe(no_mangle)]
pub extern "C" fn aecs_error_code(error: Option<&Failure>) -> u32 {
    quietly(0, || error.map_or(0, Failure::code))
}

/// Whether the same call may succeed later, with nothing changed on this side: the server cannot be
/// reached, is starting or is busy.
#[unsafe(no_mangle)]
pub extern "C" fn aecs_error_is_temporary(error: Option<&Failure>) -> bool {
    quietly(false, || error.is_some_and(|error| error.temporary))
}

/// What happened, with all causes, in one line. Lives as long as the error. Never NULL, but for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn aecs_error_text(error: Option<&Failure>) -> *const c_char {
    quietly(ptr::null(), || error.map_or(ptr::null(), |error| error.text.as_ptr()))
}

/// What to do about it; NULL if there is nothing to say beyond the text. Lives as long as the error.
#[unsafe(no_mangle)]
pub extern "C" fn aecs_error_help(error: Option<&Failure>) -> *const c_char {
    quietly(ptr::null(), || {
        error.and_then(|error| error.help.as_ref()).map_or(ptr::null(), |help| help.as_ptr())
    })
}

/// Frees an error. NULL is allowed.
#[unsafe(no_mangle)]
pub extern "C" fn aecs_error_free(error: Option<Box<Failure>>) {
    quietly((), || drop(error));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_ends_at_its_first_nul() {
        for (text, expected) in [("", ""), ("a", "a"), ("a\0b", "a"), ("\0", "")] {
            assert_eq!(c_text(text).to_bytes(), expected.as_bytes(), "{text:?}");
        }
    }

    #[test]
    fn errors_have_status_text_and_help() {
        let failure = Failure::from(Error::Misuse("the secret has no name"));
        assert_eq!((failure.status(), failure.code()), (Status::Usage, 0));
        assert_eq!(failure.to_lines().as_bytes(), b"the secret has no name");
        let failure = Failure::panicked();
        assert_eq!(aecs_error_status(Some(&failure)), Status::Internal);
        assert!(!aecs_error_help(Some(&failure)).is_null());
        assert!(failure.to_lines().to_str().is_ok_and(|lines| lines.contains("\n  help: report")));
        assert_eq!(aecs_error_status(None), Status::Ok);
        assert!(aecs_error_text(None).is_null());
        aecs_error_free(None);
    }
}
