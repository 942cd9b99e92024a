//! What can go wrong in a simulation.

use aecs_attest::Error;

/// Whatever an error came from.
pub(crate) type Source = Box<dyn std::error::Error + Send + Sync>;

/// The error for something of a wrong form.
pub(crate) fn malformed(what: &'static str, source: impl Into<Source>) -> Error {
    Error::Malformed { what, source: source.into() }
}

/// The error for an endorsement that this simulation does not have.
pub(crate) fn unavailable(what: &impl std::fmt::Debug, source: impl Into<Source>) -> Error {
    Error::Unavailable { what: format!("{what:?}"), source: source.into() }
}

/// Signing and encoding of what this crate made itself fails only without randomness or memory.
pub(crate) fn internal(source: impl Into<Source>) -> Error {
    malformed("simulated PKI", source)
}
