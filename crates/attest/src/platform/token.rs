//! What platforms share whose evidence is signed with keys on NIST's curves: certificates of
//! P-384, and the tokens of CBOR and COSE.

pub(super) mod cbor;
pub(super) mod cose;
pub(super) mod ecdsa;
pub(super) mod path;
