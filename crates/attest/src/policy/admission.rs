//! Whether an attester is one of those that a policy wants.

use super::evaluation::{Denial, denial};
use super::rules::{Circumstances, Policy};
use crate::attributes::Attributes;
use crate::error::Result;
use crate::verified::Verified;

/// Proof that a policy admitted an attester; only [`Policy::admit`] makes one.
#[derive(Debug, Clone)]
pub struct Admitted(Attributes);

impl Admitted {
    /// The attester that was admitted.
    #[must_use]
    pub fn attributes(&self) -> &Attributes {
        &self.0
    }
}

impl Policy {
    /// Decides whether a verified attester is one of those wanted.
    ///
    /// # Errors
    ///
    /// [`Denial`] with every value that does not match.
    pub fn admit<'a>(
        &'a self,
        attributes: &'a Verified<Attributes>,
        circumstances: impl Into<Circumstances<'a>>,
    ) -> Result<Admitted, Denial> {
        match denial(self.parts(attributes.get().into(), circumstances.into())) {
            None => Ok(Admitted(attributes.get().clone())),
            Some(denial) => Err(denial),
        }
    }
}
