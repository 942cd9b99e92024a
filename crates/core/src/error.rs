//! The answer to a call that fails, made of its [`Cause`], and the failures of other parts as
//! causes.

use aecs_attest::Causes;
pub use aecs_proto::{ErrorCode, Kind};
use prost::Message;

pub(crate) use crate::cause::{Cause, Hint};
use crate::{
    keys,
    vault::{Measure, Place, Tampering, VaultError},
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
    /// The store takes no changes until its operator has done something.
    is_not_writable: bool,
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

    pub(crate) fn is_not_writable(&self) -> bool {
        self.is_not_writable
    }

    /// The same, of one of several changes: `number` of `count`, of the secret `name`.
    pub(crate) fn of_change(self, number: usize, count: usize, name: &str) -> Self {
        if count == 1 {
            return self;
        }
        let message = format!("change {number} of {count}, secret {name}: {}", self.message);
        Self { message, ..self }
    }

    /// The same for who must not learn what is in the store: not what of it is damaged.
    pub(crate) fn for_stranger(self) -> Self {
        if self.code != ErrorCode::Damaged {
            return self;
        }
        let message = "what the request needs is damaged in the server's store".to_owned();
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
        let is_not_writable = matches!(cause, Cause::StoreNotWritable { .. });
        Self { code, kind, message: cause.to_string(), details, is_not_writable }
    }
}

/// What a caller is told when the vault refuses or fails.
impl From<VaultError> for Error {
    fn from(error: VaultError) -> Self {
        use aecs_store::Error::{DiskFailed, NotWritable, Unavailable, Unreadable};

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
            VaultError::Store(Unreadable { .. }) => {
                tracing::error!(error = %Causes(&error), "the disk does not read a part of the store");
                let (what, why) = ("a part of the store".to_owned(), Causes(&error).to_string());
                Cause::Damaged { what, why }
            }
            VaultError::Tampered { place, what } => match damaged(&place, what) {
                Some(record) => {
                    tracing::error!(%place, %what, "the store is damaged");
                    Cause::Damaged { what: record, why: what.to_string() }
                }
                None => return internal("using the store")(VaultError::Tampered { place, what }),
            },
            VaultError::Moved(moved) => Cause::Moved { to: moved.place(), epoch: moved.epoch() },
            VaultError::Arriving { .. } => {
                tracing::error!(error = %Causes(&error), "the store does not have the records yet");
                Cause::Arriving { why: error.to_string() }
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

/// The record that is damaged, in the words of those who asked for it; `None`: it is another kind of
/// fault.
fn damaged(place: &Place, what: Tampering) -> Option<String> {
    match (place, what) {
        (_, Tampering::RolledBack { .. } | Tampering::OtherHistory { .. }) => None,
        (Place::Record(name), _) => Some(keys::describe(name)),
        (Place::Under(folder), _) => Some(format!("a record of {}", keys::describe_folder(folder))),
        _ => None,
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

    /// An owner has to know which secret is damaged; an application must not learn what there is.
    #[test]
    fn a_damaged_record_is_named_to_its_owner_only() {
        let of = |record: &str, what| {
            let place = Place::Record(crate::vault::Name::new(record).unwrap());
            Error::from(VaultError::Tampered { place, what })
        };
        let value = format!("aecs/shop/values/db/{}", "ab".repeat(16));
        for (record, named) in [
            ("aecs/shop/secrets/db", "secret db of service shop is damaged in the store: "),
            (&value, "the value of secret db of service shop is damaged in the store: "),
        ] {
            let error = of(record, Tampering::Seal);
            assert_eq!((error.code(), error.kind()), (ErrorCode::Damaged, Kind::Internal));
            assert!(error.message().starts_with(named), "{error}");
            let told = error.for_stranger();
            assert_eq!(told.code(), ErrorCode::Damaged);
            assert!(!told.message().contains("db") && !told.message().contains("shop"), "{told}");
        }
        let old = of("aecs/shop/secrets/db", Tampering::RolledBack { found: 1, known: 2 });
        assert_eq!(old.code(), ErrorCode::Generic, "it is not damaged");
    }
}
