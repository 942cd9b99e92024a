//! X.509 (RFC 5280): reading and verifying certificates, paths, revocation lists and statuses (OCSP).
//!
//! What the vendors have in common is code; what they differ in is one row each, in [`rules`].
//! `x509-parser` reads the contents, `der` makes sure that there is one encoding only, and Intel's
//! paths, which are those of TLS, are `webpki`'s to follow.
//!
//! Nothing is trusted because it could be read: only [`rules::Rules::verify`],
//! [`Authority::issued`], [`RevocationList::check_issuer`] and [`ocsp::StatusAnswer::check_issuer`] compare it
//! with a root.

mod certificate;
mod crl;
pub(crate) mod der;
pub(crate) mod ocsp;
mod path;
pub(crate) mod pem;
pub(crate) mod rules;
pub(crate) mod signature;

pub(crate) use certificate::{Authority, Certificate, MAX_SIZE, common_name};
pub(crate) use crl::RevocationList;
pub(crate) use path::{Root, follow};
