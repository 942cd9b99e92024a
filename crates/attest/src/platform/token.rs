//! What platforms share whose evidence is signed with keys on NIST's curves: the tokens of CBOR and
//! COSE.

pub(super) mod cbor;
pub(super) mod cose;
pub(super) mod ecdsa;
