//! The type that says a check was made.

use std::ops::Deref;
use std::time::SystemTime;

/// Something that this crate's verifier found to be genuine.
///
/// Nothing else can make one, so code that asks for `Verified<Attributes>` cannot be reached with
/// attributes that nobody checked.
#[derive(Debug, Clone)]
pub struct Verified<T> {
    value: T,
    verified_at: SystemTime,
    valid_from: SystemTime,
    valid_until: SystemTime,
    issued: Option<SystemTime>,
}

impl<T> Verified<T> {
    pub(crate) fn new(
        value: T,
        verified_at: SystemTime,
        valid_from: SystemTime,
        valid_until: SystemTime,
    ) -> Self {
        Self { value, verified_at, valid_from, valid_until, issued: None }
    }

    pub(crate) fn issued_at(self, issued: Option<SystemTime>) -> Self {
        Self { issued, ..self }
    }

    /// What was verified.
    #[must_use]
    pub fn get(&self) -> &T {
        &self.value
    }

    /// What was verified, without the proof.
    #[must_use]
    pub fn into_inner(self) -> T {
        self.value
    }

    /// The time the verification was made for.
    #[must_use]
    pub fn verified_at(&self) -> SystemTime {
        self.verified_at
    }

    /// The first second at which the same verification would hold: the latest issue of all
    /// certificates, revocation lists and other endorsements that it used.
    #[must_use]
    pub fn valid_from(&self) -> SystemTime {
        self.valid_from
    }

    /// The latest date of collateral and revocation lists that it used, if their vendor's built-in
    /// root is the only root trusted for the platform: it has been at least this late once,
    /// whatever the clock says. A configured root could sign any date.
    #[must_use]
    pub fn issued(&self) -> Option<SystemTime> {
        self.issued
    }

    /// The last second at which the same verification would hold: the earliest expiry of all
    /// certificates, revocation lists and other endorsements that it used.
    #[must_use]
    pub fn valid_until(&self) -> SystemTime {
        self.valid_until
    }
}

impl<T> Deref for Verified<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}
