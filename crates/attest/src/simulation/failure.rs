//! What can go wrong in a simulation.

use crate::Error;

/// Whatever an error came from.
pub(super) type Source = Box<dyn std::error::Error + Send + Sync>;

/// The error for something of a wrong form.
pub(super) fn malformed(what: &'static str, source: impl Into<Source>) -> Error {
    Error::Malformed { what, source: source.into() }
}

/// The error for an endorsement that is not to be had here.
pub(super) fn unavailable(what: &impl std::fmt::Debug, source: impl Into<Source>) -> Error {
    Error::Unavailable { what: format!("{what:?}"), source: source.into() }
}

/// Signing and encoding of what this crate made itself fails only without randomness or memory.
pub(super) fn internal(source: impl Into<Source>) -> Error {
    malformed("simulated PKI", source)
}
