//! Signatures: how they are verified, which were, and the messages of COSE.

pub(crate) mod cose;
pub(crate) mod ecdsa;
pub(crate) mod memory;
pub(crate) mod scheme;
