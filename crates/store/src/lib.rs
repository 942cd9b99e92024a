//! The store for the records of AECS: one small trait, its back-ends, and a suite that checks that
//! every back-end behaves in the same way.
//!
//! A [`Store`] is a flat, ordered map from [`Key`] to bytes. It has only atomic batches, versions
//! for optimistic concurrency and ordered listing. It knows nothing of services, secrets or
//! encryption. AECS never trusts it: a caller that needs confidentiality or integrity must seal the
//! values first (in AECS, the vault of `aecs-core` does).
//!
//! To implement a back-end, read [`Store`] and run the `conformance` suite (a feature of this
//! crate). To use one, import [`StoreExt`] for the convenience methods.
//!
//! | back-end | feature | purpose |
//! | --- | --- | --- |
//! | [`MemoryStore`] | always there | tests and temporary servers: nothing survives the process |
//! | `EmbeddedStore` | `embedded` | one file on a local disk, owned by one process |
//!
//! # Example
//!
//! ```
//! use aecs_store::{Batch, Error, Key, MemoryStore, PutMode, Store, StoreExt};
//!
//! # async fn example() -> Result<(), Error> {
//! let store = MemoryStore::new();
//! let key = Key::new("aecs/service1/authentication")?;
//!
//! let version = store.create(key.clone(), b"first".to_vec()).await?;
//! // An update must name the current version, so that nobody overwrites a value unseen.
//! store.update(key.clone(), b"second".to_vec(), version).await?;
//! let stale = store.update(key.clone(), b"third".to_vec(), version).await;
//! assert!(matches!(stale, Err(Error::Conflict { .. })));
//!
//! // All or nothing: the second operation fails, so the first one does not happen either.
//! let other = Key::new("aecs/service1/secrets/s1")?;
//! let batch = Batch::new()
//!     .put(other.clone(), b"value".to_vec(), PutMode::Create)
//!     .put(key.clone(), b"again".to_vec(), PutMode::Create);
//! assert!(matches!(store.write(batch).await, Err(Error::AlreadyExists { .. })));
//! assert!(store.get(&other).await?.is_none());
//! # Ok(())
//! # }
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(example()).unwrap();
//! ```

#![forbid(unsafe_code)]

mod batch;
#[cfg(any(test, feature = "conformance"))]
pub mod conformance;
#[cfg(feature = "embedded")]
mod embedded;
mod entry;
mod error;
pub mod export;
mod ext;
mod key;
mod memory;
pub mod pages;
mod scan;
mod store;

pub use batch::{Batch, MAX_BATCH_BYTES, MAX_BATCH_OPERATIONS, MAX_VALUE_LEN, Operation, PutMode};
#[cfg(feature = "embedded")]
pub use embedded::{EmbeddedStats, EmbeddedStore};
pub use entry::{Entry, Page, Version};
pub use error::{Error, ErrorSource, Result};
pub use ext::StoreExt;
pub use key::{Key, KeyProblem, MAX_KEY_LEN};
pub use memory::MemoryStore;
pub use scan::{MAX_PAGE_BYTES, Scan};
pub use store::{Snapshot, Store};
