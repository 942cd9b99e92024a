//! The answer to a call that fails, made of its [`Cause`], and the failures of other parts as
//! causes.

use aecs_attest::Causes;
pub use aecs_proto::{ErrorCode, Kind};
use prost::Message;

pub(crate) use crate::cause::{Cause, Hint};
use crate::{
    keys,
    vault::{Measure, VaultError},
};

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
    /// The code that AECS 2.0 clients know.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        self.code
    }

    /// The class of the failure.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The sentence, without the code: lower case, no full stop.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The same, of one of several changes: `number` of `count`, of the secret `name`.
    pub(crate) fn of_change(self, number: usize, count: usize, name: &str) -> Self {
        if count == 1 {
            return self;
        }
        let message = format!("change {number} of {count}, secret {name}: {}", self.message);
        Self { message, ..self }
    }

    /// What a program can read of the refusal: a binary `GetAecsStatusResponse` without the report,
    /// or nothing.
    #[must_use]
    pub fn details(&self) -> &[u8] {
        &self.details
    }
}

impl From<Cause> for Error {
    fn from(cause: Cause) -> Self {
        let (code, kind) = cause.code_and_kind();
        let details = match &cause {
            Cause::OtherBoot { status } => status.encode_to_vec(),
            _ => Vec::new(),
        };
        Self { code, kind, message: cause.to_string(), details }
    }
}

/// What a caller is told when the vault refuses or fails.
impl From<VaultError> for Error {
    fn from(error: VaultError) -> Self {
        use aecs_store::Error::{DiskFailed, NotWritable, Unavailable};

        let cause = match error {
            VaultError::Exists { name } => Cause::Exists { what: keys::describe(&name) },
            VaultError::Missing { name } => Cause::Missing { what: keys::describe(&name) },
            VaultError::Conflict { name } => Cause::Conflict { what: keys::describe(&name) },
            VaultError::OverLimit { folder, of: Measure::Bytes, found, limit } => {
                Cause::TooManyBytes { what: keys::describe_folder(&folder), bytes: found, limit }
            }
            VaultError::OverLimit { folder, of: Measure::Records, found, limit } => {
                keys::too_many(&folder, found, limit)
            }
            VaultError::Unfounded { name } => Cause::Conflict { what: keys::describe(&name) },
            VaultError::Store(NotWritable { .. } | DiskFailed { .. }) => {
                tracing::error!(error = %Causes(&error), "the store failed; nothing was changed");
                Cause::StoreNotWritable { why: Causes(&error).to_string() }
            }
            VaultError::Store(Unavailable { .. }) => {
                tracing::error!(error = %Causes(&error), "the store failed; nothing was changed");
                Cause::StoreFailed { why: Causes(&error).to_string() }
            }
            VaultError::Unsettled(_) | VaultError::Closed => {
                tracing::error!(error = %Causes(&error), "the store is not available");
                Cause::StoreUnknown
            }
            other => return internal("using the store")(other),
        };
        cause.into()
    }
}

/// What a caller is told of a failure of the server itself; the server's log has the error.
pub(crate) fn internal<E: std::error::Error>(
    doing: &'static str,
) -> impl FnOnce(E) -> Error + Copy {
    move |error| {
        tracing::error!(doing, error = %Causes(&error), "internal error");
        Cause::Internal { doing }.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_in_the_tail_that_old_clients_parse() {
        let error = Error::from(Cause::WrongPassword);
        let text = "the password is wrong or missing | Error code: 0xA2010000";
        assert_eq!(error.to_string(), text);
    }

    /// Clients repeat what is `Unavailable`.
    #[test]
    fn a_store_that_cannot_be_written_is_no_reason_to_ask_again() {
        let store = |error| Error::from(VaultError::Store(error));
        let full = store(aecs_store::Error::NotWritable { reason: "the disk is full".into() });
        assert_eq!((full.code(), full.kind()), (ErrorCode::Generic, Kind::FailedPrecondition));
        assert!(full.message().contains("the disk is full; nothing was changed"), "{full}");
        let failed =
            aecs_store::Error::DiskFailed { path: "/store".into(), problem: "it failed".into() };
        assert_eq!(store(failed).kind(), Kind::FailedPrecondition);
        assert_eq!(store(aecs_store::Error::unavailable("x")).kind(), Kind::Unavailable);
    }
}
