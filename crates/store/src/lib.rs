//! The store for the records of AECS: one small trait, its back-ends, and a suite that checks that
//! every back-end behaves in the same way.
//!
//! A [`PageStore`](pages::PageStore) has *pages*, which never change, and a few *registers*, each with one
//! small value that is compared and swapped. It knows nothing of services, secrets or encryption. AECS
//! never trusts it: a caller that needs confidentiality or integrity must seal what it stores first (in
//! AECS, the vault of `aecs-vault` does).
//!
//! To implement a back-end, read [`pages`] and run its `conformance` suite (a feature of this crate).
//!
//! | back-end | feature | purpose |
//! | --- | --- | --- |
//! | [`MemoryStore`] | always there | tests and temporary servers: nothing survives the process |
//! | `EmbeddedStore` | `embedded` | one file on a local disk, owned by one process |
//! | `EtcdStore` | `etcd` | a prefix of a cluster of etcd, which processes share |
//! | `BucketStore` | `objects` | a prefix of a bucket of S3, Google Cloud Storage or Azure, which processes share |
//! | `PostgresStore` | `postgres` | a schema of a database, which processes share |
//!
//! # Example
//!
//! ```
//! use aecs_store::{
//!     Error, MemoryStore,
//!     pages::{Commit, PageId, PageStore, Read, Register, Swap, Tag},
//! };
//!
//! # async fn example() -> Result<(), Error> {
//! let store = MemoryStore::new();
//! let register = Register::new("root")?;
//!
//! // A value begins with a tag that no other value has: 16 random bytes.
//! let first = [&[1; 16][..], b"names the page"].concat();
//! let page = (PageId::from_bytes([7; 16]), b"sealed".to_vec());
//! let commit = Commit {
//!     register: &register,
//!     expected: Tag::NONE,
//!     value: Some(&first),
//!     pages: &[page],
//!     dead: &[],
//! };
//! assert_eq!(store.commit(commit).await?, Swap::Done);
//!
//! // Who expects another value than there is has lost, and nothing is changed.
//! let second = [&[2; 16][..], b"names none"].concat();
//! let value = Some(second.as_slice());
//! let late = Commit { register: &register, expected: Tag::NONE, value, pages: &[], dead: &[] };
//! assert_eq!(store.commit(late).await?, Swap::Lost);
//! assert_eq!(store.read(&register, Tag::of(Some(&first))?).await?, Read::Same);
//! # Ok(())
//! # }
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(example()).unwrap();
//! ```

#![forbid(unsafe_code)]

// The tests in src and those in tests/ share a file.
#[cfg(test)]
extern crate self as aecs_store;

#[cfg(any(feature = "etcd", feature = "objects"))]
mod dial;
#[cfg(feature = "embedded")]
mod embedded;
mod error;
#[cfg(feature = "etcd")]
mod etcd;
pub mod export;
#[cfg(any(feature = "etcd", feature = "objects", feature = "postgres"))]
mod fault;
mod fill;
mod key;
mod memory;
#[cfg(feature = "objects")]
mod objects;
mod open;
mod options;
pub mod pages;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(any(feature = "etcd", feature = "objects", feature = "postgres"))]
mod retry;
#[cfg(any(feature = "etcd", feature = "objects", feature = "postgres"))]
mod tls;
#[cfg(any(feature = "etcd", feature = "objects"))]
mod together;

#[cfg(feature = "embedded")]
pub use embedded::{EmbeddedStats, EmbeddedStore};
pub use error::{Error, ErrorSource, Result};
#[cfg(feature = "etcd")]
pub use etcd::EtcdStore;
pub use fill::{Filling, fill, is_importing};
pub use key::{Key, KeyProblem, MAX_KEY_LEN};
pub use memory::MemoryStore;
#[cfg(feature = "objects")]
pub use objects::BucketStore;
pub use open::{Lost, Opened, check, file, open};
pub use options::Options;
#[cfg(feature = "postgres")]
pub use postgres::PostgresStore;
