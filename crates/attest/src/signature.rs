//! Signatures that are not those of certificates: keys on NIST's curves, and the messages of COSE.

pub(crate) mod cose;
pub(crate) mod ecdsa;
