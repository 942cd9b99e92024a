//! Keys, envelopes, signatures and secret types of AECS.
//!
//! This is the only crate that composes cryptographic algorithms. It does no I/O; everything above
//! it works with [`PublicKey`], [`KeyPair`] and the functions of [`envelope`], and never learns
//! which algorithms run.
//!
//! The form of a key's PEM text decides the [`Suite`]. Two suites are those of AECS 2.0, byte by
//! byte; the third is HPKE with Ed25519 and belongs to protocol 2.1.
//!
//! ```
//! use aecs_crypto::{KeyPair, Protocol, Purpose, Suite, envelope};
//!
//! let admin = KeyPair::generate(Suite::Modern)?;
//! let server = KeyPair::generate(Suite::Modern)?;
//!
//! let sealed = envelope::seal(
//!     Protocol::Aecs21,
//!     Purpose::ADMIN_REQUEST,
//!     server.public(),
//!     &admin,
//!     b"Enclave",
//!     b"request",
//! )?;
//!
//! let unverified = envelope::open(Purpose::ADMIN_REQUEST, &server, &sealed)?;
//! assert_eq!(unverified.aad(), b"Enclave");
//! let opened = unverified.verify(admin.public())?;
//! assert!(opened.plain.ct_eq(b"request"));
//! # Ok::<(), aecs_crypto::Error>(())
//! ```

#![forbid(unsafe_code)]

pub mod age;
pub mod audit;
pub mod binding;
mod certificate;
mod cipher;
mod derivation;
pub mod envelope;
mod error;
pub mod generate;
mod hash;
mod key;
mod labels;
pub mod material;
pub mod openssh;
mod pair;
mod password;
mod pem;
mod record;
pub mod recovery;
mod secret;
pub mod session;
pub mod shares;
pub mod sm;
mod suite;
mod transcript;
pub mod transit;
#[cfg(test)]
#[path = "../tests/support/vectors.rs"]
mod vectors;

pub use error::{Error, Result};
pub use hash::{hmac, random, sha256};
pub use key::{KeyHash, KeyPair, PublicKey};
pub use material::Material;
pub use password::PasswordVerifier;
pub use pem::der_of_pem;
pub use record::RecordKey;
pub use secret::{SecretBytes, SecretString, ct_eq};
pub use suite::{Protocol, Purpose, Suite};
pub use transcript::Transcript;
