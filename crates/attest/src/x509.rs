//! X.509 (RFC 5280): the texts and encodings that certificates and revocation lists come in.

pub(crate) mod der;
pub(crate) mod pem;
