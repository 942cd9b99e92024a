//! What a tool says, and with which code it exits, when it does not succeed.
//!
//! Invariant: whatever is in a [`Failure`] may be shown to anybody. No secret, password or private
//! key ever becomes part of one.

use std::fmt;

use aecs_attest::Causes;
use aecs_client::ErrorCode;
use serde::Serialize;

/// Declares [`Exit`] and its rows: variant, number, and meaning for `--help`.
macro_rules! exits {
    ($(#[doc = $doc:literal] $variant:ident = $code:literal: $meaning:literal,)+) => {
        /// The exit codes of the tools. The numbers are those of `sysexits.h`, so that scripts can tell a
        /// typing error from a refused request and from a server that must not be trusted.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        pub enum Exit {
            $(#[doc = $doc] $variant = $code,)+
        }

        impl Exit {
            /// Every code, in order.
            pub const ALL: &[Exit] = &[$(Exit::$variant,)+];

            pub(crate) const fn meaning(self) -> &'static str {
                match self {
                    $(Exit::$variant => $meaning,)+
                }
            }
        }
    };
}

exits! {
    /// The command line is wrong (`EX_USAGE`).
    Usage = 64: "the command line is wrong",
    /// A file was read and is not what it should be (`EX_DATAERR`).
    BadInput = 65: "an input file, a key or a policy is not valid",
    /// A file cannot be read (`EX_NOINPUT`).
    NoInput = 66: "an input file cannot be read",
    /// A server or service cannot be reached (`EX_UNAVAILABLE`).
    Unreachable = 69: "a server or service cannot be reached",
    /// A defect of the tool or of this machine (`EX_SOFTWARE`).
    Internal = 70: "internal error",
    /// A result cannot be written (`EX_CANTCREAT`).
    CannotWrite = 73: "a result cannot be written",
    /// The command was carried out, and the state memory could not be written (`EX_IOERR`).
    NotRemembered = 74: "the command was carried out (do not repeat it), but the state memory was \
        not written",
    /// The server is not ready for this yet; later it may be (`EX_TEMPFAIL`).
    NotReady = 75: "the server is not ready: try again later",
    /// The server answered and refused for a reason without a code of its own (`EX_PROTOCOL`).
    Refused = 76: "the server refused the request (its error code is shown)",
    /// The server, what it says, or evidence cannot be trusted (`EX_NOPERM`).
    Untrusted = 77: "a server, an answer or evidence cannot be trusted: attestation, policy, \
        rollback",
    /// There is no such thing.
    NotFound = 80: "the server has no such thing",
    /// There is a thing of this name.
    Exists = 81: "the server has a thing of this name already",
    /// The caller, or the policy of a secret, does not allow it.
    Denied = 82: "the server denied it: key, password, read-only secret, policy",
    /// Somebody else has changed the thing since.
    Conflict = 83: "somebody else has changed it since",
}

impl Exit {
    /// The number the process exits with.
    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// The table of exit codes for `--help`.
    #[must_use]
    pub fn help() -> String {
        let mut text = String::from("Exit codes:\n   0  success\n");
        for exit in Self::ALL {
            text.push_str(&format!("  {}  {}\n", exit.code(), exit.meaning()));
        }
        text
    }
}

/// An error as the person in front of the tool should see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    exit: Exit,
    what: String,
    help: Option<String>,
    code: Option<ErrorCode>,
}

/// A failure in JSON.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct InJson<'a> {
    error: Told<'a>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct Told<'a> {
    message: &'a str,
    /// What to do about it.
    help: Option<&'a str>,
    /// What the program exits with.
    exit_code: u8,
    /// The same as a word.
    exit: String,
    /// The server's error code.
    code: Option<String>,
}

/// The result of everything a tool does.
pub type Result<T> = std::result::Result<T, Failure>;

impl Failure {
    /// A failure that ends the tool with `exit`.
    pub fn new(exit: Exit, what: impl Into<String>) -> Self {
        Self { exit, what: what.into(), help: None, code: None }
    }

    /// A wrong command line.
    pub fn usage(what: impl Into<String>) -> Self {
        Self::new(Exit::Usage, what)
    }

    /// An input that was read and makes no sense.
    pub fn bad_input(what: impl Into<String>) -> Self {
        Self::new(Exit::BadInput, what)
    }

    /// Something that should not happen on a healthy machine.
    pub fn internal(what: impl Into<String>) -> Self {
        Self::new(Exit::Internal, what)
    }

    /// Adds what the reader can do about it.
    #[must_use]
    pub fn help(mut self, remedy: impl Into<String>) -> Self {
        self.help = Some(remedy.into());
        self
    }

    /// Adds the server's error code.
    #[must_use]
    pub fn code(mut self, code: Option<ErrorCode>) -> Self {
        self.code = code;
        self
    }

    /// The failure as one JSON document, for programs.
    #[must_use]
    pub fn to_json(&self) -> String {
        let error = Told {
            message: &self.what,
            help: self.help.as_deref(),
            exit_code: self.exit.code(),
            exit: format!("{:?}", self.exit),
            code: self.code.map(|code| code.to_string()),
        };
        // Texts and numbers have a JSON form.
        serde_json::to_string(&InJson { error }).unwrap_or_default()
    }

    /// Puts the circumstances in front of the message.
    #[must_use]
    pub fn context(mut self, circumstances: impl fmt::Display) -> Self {
        self.what = format!("{circumstances}: {}", self.what);
        self
    }

    /// The code the tool exits with.
    #[must_use]
    pub fn exit(&self) -> Exit {
        self.exit
    }

    /// The message alone, for reports that carry their own layout.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.what
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}", self.what)?;
        match &self.help {
            Some(help) => write!(f, "\n  help: {help}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Failure {}

/// An error with all its causes in one line: `reading x: permission denied`.
#[must_use]
pub fn with_causes(error: &(dyn std::error::Error + 'static)) -> String {
    Causes(error).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_remedy_is_on_its_own_line() {
        let failure = Failure::usage("no action given").help("see --help");
        assert_eq!(failure.to_string(), "error: no action given\n  help: see --help");
    }

    #[test]
    fn a_program_reads_a_failure_as_json() {
        let failure = Failure::new(Exit::NotFound, "no").code(Some(ErrorCode::NoSuchName));
        assert_eq!(
            failure.to_json(),
            r#"{"error":{"message":"no","help":null,"exitCode":80,"exit":"NotFound","code":"0xAA280000"}}"#
        );
    }

    #[test]
    fn every_exit_code_is_in_the_help() {
        let help = Exit::help();
        for exit in Exit::ALL {
            assert!(help.contains(&format!("  {}  ", exit.code())), "{exit:?}");
        }
    }
}
