//! The answer to a call that fails: an error code, a kind that decides the gRPC status, and a sentence.
//!
//! Invariant: a message says what the caller did wrong; it never contains secret material, and
//! towards a trusted application it never says which rule refused it. Where a code and its kind have
//! several meanings for one caller, the message also says what to do: the tools have one remedy for
//! each code, kind and caller.

use std::fmt;

use aecs_proto::GetAecsStatusResponse;
pub use aecs_proto::{ErrorCode, Kind};
use prost::Message;

/// A refused or failed call, as the caller sees it.
///
/// Displays as `MESSAGE | Error code: 0xXXXXXXXX`: clients of AECS 2.0 look for that tail.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message} | Error code: {code}")]
pub struct Error {
    code: ErrorCode,
    kind: Kind,
    message: String,
    details: Vec<u8>,
}

impl Error {
    /// A failure with its code, kind and sentence (lower case, no full stop).
    pub fn new(code: ErrorCode, kind: Kind, message: impl Into<String>) -> Self {
        Self { code, kind, message: message.into(), details: Vec::new() }
    }

    /// The code that AECS 2.0 clients know.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        self.code
    }

    /// The same with something to know in addition.
    pub(crate) fn and(mut self, more: Option<String>) -> Self {
        if let Some(more) = more {
            self.message = format!("{}; {more}", self.message);
        }
        self
    }

    /// The class of the failure.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The sentence, without the code.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What a program can read of the refusal: a binary `GetAecsStatusResponse` without the report,
    /// or nothing.
    #[must_use]
    pub fn details(&self) -> &[u8] {
        &self.details
    }

    /// The same refusal with the signed status.
    pub(crate) fn with_status(mut self, status: &GetAecsStatusResponse) -> Self {
        self.details = status.encode_to_vec();
        self
    }

    pub(crate) fn invalid(code: ErrorCode, message: impl Into<String>) -> Self {
        Self::new(code, Kind::InvalidArgument, message)
    }

    /// The request could not be parsed: `what` names the message and the problem, never a value.
    pub(crate) fn malformed(what: impl fmt::Display) -> Self {
        Self::new(ErrorCode::Generic, Kind::InvalidArgument, format!("malformed request: {what}"))
    }

    /// One answer for everything that fails before the caller is known: a wrong key, a flipped
    /// bit and a forged signature must look alike.
    pub(crate) fn not_authentic() -> Self {
        Self::new(
            ErrorCode::RequestNotAuthentic,
            Kind::Unauthenticated,
            "the request does not decrypt under this server's key or is not signed by the \
             registered key",
        )
    }

    /// A failure of the server itself. The cause goes to the log, not to the caller.
    pub(crate) fn internal(context: &'static str, cause: &dyn std::error::Error) -> Self {
        tracing::error!(context, error = %Chain(cause), "internal failure");
        Self::new(
            ErrorCode::Generic,
            Kind::Internal,
            format!("internal failure while {context}; the server's log says more"),
        )
    }
}

/// Displays an error with all its sources on one line.
pub(crate) struct Chain<'a>(pub(crate) &'a dyn std::error::Error);

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut source = self.0.source();
        while let Some(cause) = source {
            write!(f, ": {cause}")?;
            source = cause.source();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_in_the_tail_that_old_clients_parse() {
        let error = Error::new(ErrorCode::NotWorking, Kind::FailedPrecondition, "not provisioned");
        assert_eq!(error.to_string(), "not provisioned | Error code: 0xA0050000");
    }
}
