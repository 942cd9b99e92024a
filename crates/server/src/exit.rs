//! How the program ends when it cannot do its work.

use std::{fmt, process::ExitCode};

/// Exit codes, with the numbers of `sysexits.h`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// The command line or the configuration is wrong.
    Usage,
    /// Something the server needs is taken or not there: the port, the store.
    Unavailable,
    /// The server itself is broken.
    Software,
    /// A file cannot be read or written, or is damaged.
    Io,
    /// The disk did not keep what was written to the store; a new start copies it to a new file.
    Disk,
    /// No evidence can be made, or what was sealed does not open here.
    Attestation,
}

/// The one table of exit codes.
const TABLE: [(Exit, u8, &str); 6] = [
    (Exit::Usage, 64, "the command line or the configuration is wrong"),
    (
        Exit::Unavailable,
        69,
        "the address is taken, another server uses the store, or the store does not answer; with \
         --health: the server does not answer, or says no",
    ),
    (Exit::Software, 70, "internal failure"),
    (Exit::Io, 74, "a file cannot be read or written, or the store is damaged"),
    (
        Exit::Disk,
        75,
        "the disk failed to keep what was written to the store: check it and start again, which \
         copies the store to a new file",
    ),
    (Exit::Attestation, 78, "no evidence can be made, or the sealed identity does not open here"),
];

impl Exit {
    /// The number that the shell sees.
    pub fn code(self) -> u8 {
        TABLE.iter().find(|(exit, ..)| *exit == self).map_or(1, |(_, code, _)| *code)
    }

    /// All codes with their meaning, for `--help`.
    pub fn help() -> String {
        let rows: Vec<String> =
            TABLE.iter().map(|(_, code, meaning)| format!("  {code:2}  {meaning}")).collect();
        format!("Exit codes:\n   0  stopped as asked, or nothing wrong\n{}", rows.join("\n"))
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        exit.code().into()
    }
}

/// Why the program ends: an exit code, one line for the operator, and what they can do.
#[derive(Debug)]
pub struct Failure {
    /// What the shell sees.
    pub exit: Exit,
    cause: anyhow::Error,
    help: Option<&'static str>,
}

impl Failure {
    /// Ends the program with `exit` because of `cause`.
    pub fn new(exit: Exit, cause: impl Into<anyhow::Error>) -> Self {
        Self { exit, cause: cause.into(), help: None }
    }

    /// Says what was being done.
    pub fn context(mut self, context: impl fmt::Display + Send + Sync + 'static) -> Self {
        self.cause = self.cause.context(context);
        self
    }

    /// Says what the operator can do.
    pub fn help(mut self, help: &'static str) -> Self {
        self.help = Some(help);
        self
    }

    /// What the program prints before it ends, in the form of the tools: `error: WHAT`, then
    /// `  help: REMEDY` where there is one.
    pub fn report(&self) -> String {
        match self.help {
            Some(help) => format!("error: {self}\n  help: {help}"),
            None => format!("error: {self}"),
        }
    }
}

impl fmt::Display for Failure {
    /// The cause with its causes, on one line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#}", self.cause)
    }
}

impl From<crate::config::ConfigError> for Failure {
    fn from(error: crate::config::ConfigError) -> Self {
        Self::new(Exit::Usage, error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_says_what_happened_and_what_to_do() {
        let failure = Failure::new(Exit::Io, anyhow::anyhow!("no such file")).context("store");
        assert_eq!(failure.report(), "error: store: no such file");
        let failure = failure.help("make it");
        assert_eq!(failure.report(), "error: store: no such file\n  help: make it");
    }

    #[test]
    fn every_exit_has_a_row_of_its_own() {
        let exits = [
            Exit::Usage,
            Exit::Unavailable,
            Exit::Software,
            Exit::Io,
            Exit::Disk,
            Exit::Attestation,
        ];
        for (exit, (row, code, _)) in exits.into_iter().zip(TABLE) {
            assert_eq!((exit, exit.code()), (row, code));
            assert!(Exit::help().contains(&format!("  {code}  ")));
        }
    }
}
