//! What a refusal is about, for tables.

use aecs_attest::{Check, Endorsement, Error};

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    Malformed(&'static str),
    TooLarge(&'static str),
    Unsupported,
    Root(Endorsement),
    Untrusted(Check),
    Mismatch(Check),
    Expired(Endorsement),
    NotYetValid(Endorsement),
    BindsNoKey,
    NoCollateral,
    EpidServiceEnded,
    Other(String),
}

pub(crate) fn refusal(error: &Error) -> Refusal {
    match error {
        Error::Malformed { what, .. } => Refusal::Malformed(what),
        Error::TooLarge { what, .. } => Refusal::TooLarge(what),
        Error::Unsupported { .. } => Refusal::Unsupported,
        Error::UnknownRoot { chain, .. } => Refusal::Root(*chain),
        Error::Untrusted { check, .. } => Refusal::Untrusted(*check),
        Error::Mismatch { check, .. } => Refusal::Mismatch(*check),
        Error::Expired { what, .. } => Refusal::Expired(*what),
        Error::NotYetValid { what, .. } => Refusal::NotYetValid(*what),
        Error::BindsNoKey { .. } => Refusal::BindsNoKey,
        Error::NoCollateral => Refusal::NoCollateral,
        Error::EpidServiceEnded => Refusal::EpidServiceEnded,
        other => Refusal::Other(other.to_string()),
    }
}
