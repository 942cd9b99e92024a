//! What a refusal is about, for tables.

use aecs_attest::{Check, Endorsement, Error};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Refusal {
    Malformed(&'static str),
    TooLarge(&'static str),
    Unsupported(&'static str),
    Root(Endorsement),
    Untrusted(Check),
    Mismatch(Check),
    Revoked(Endorsement),
    Expired(Endorsement),
    NotYetValid(Endorsement),
    BindsNoKey,
    BindsAnotherKey,
    NoCollateral,
    Unavailable,
    EpidServiceEnded,
    Other(String),
}

pub(crate) fn refusal(error: &Error) -> Refusal {
    match error {
        Error::Malformed { what, .. } => Refusal::Malformed(what),
        Error::TooLarge { what, .. } => Refusal::TooLarge(what),
        // A table is made of constants, and a test does not live long.
        Error::Unsupported { what } => Refusal::Unsupported(what.clone().leak()),
        Error::UnknownRoot { chain, .. } => Refusal::Root(*chain),
        Error::Untrusted { check, .. } => Refusal::Untrusted(*check),
        Error::Mismatch { check, .. } => Refusal::Mismatch(*check),
        Error::Revoked { what, .. } => Refusal::Revoked(*what),
        Error::Expired { what, .. } => Refusal::Expired(*what),
        Error::NotYetValid { what, .. } => Refusal::NotYetValid(*what),
        Error::BindsNoKey { .. } => Refusal::BindsNoKey,
        Error::KeyBinding { .. } => Refusal::BindsAnotherKey,
        Error::NoCollateral => Refusal::NoCollateral,
        Error::Unavailable { .. } => Refusal::Unavailable,
        Error::EpidServiceEnded => Refusal::EpidServiceEnded,
        other => Refusal::Other(other.to_string()),
    }
}

/// Makes sure of one row of a table.
pub(crate) fn refused<T>(name: &str, outcome: Result<T, Error>, expected: &Refusal) {
    match outcome {
        Ok(_) => panic!("{name}: accepted"),
        Err(error) => assert_eq!(&refusal(&error), expected, "{name}: {error:?}"),
    }
}
