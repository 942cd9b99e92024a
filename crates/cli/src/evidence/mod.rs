//! `aecs-attest`: evidence verified offline, explained, and made into policies.
//!
//! It decides nothing that a server would: the verifier and the policies are those of the library,
//! and what they say is shown in full.

mod advice;
mod collateral;
mod command;
mod endorse;
mod expect;
mod explain;
mod form;
mod input;
mod intel;
mod judge;
mod outcome;
mod pin;
mod platforms;
#[cfg(test)]
pub(crate) mod schema;
mod trust;
mod verified;
mod verify;

pub use self::command::AecsAttest;
pub use self::expect::PolicyTest;
