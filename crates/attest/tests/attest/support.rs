//! What the tests of several platforms share.

pub(crate) mod cbor;
pub(crate) mod dcap;
pub(crate) mod refusal;
