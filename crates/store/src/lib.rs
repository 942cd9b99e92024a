//! Where AECS keeps its records: one small trait, its back-ends, and the suite that holds every
//! back-end to the same behaviour.
//!
//! A [`Store`] is a flat, ordered map from [`Key`] to bytes. It is deliberately poor: it has atomic
//! batches, versions for optimistic concurrency and ordered listing, and it knows nothing of
//! services, secrets or encryption. AECS never trusts it: whoever needs confidentiality or
//! integrity seals the values first (in AECS that is the vault of `aecs-core`).
//!
//! Who implements a back-end reads [`Store`] and runs the `conformance` suite (a feature of this
//! crate); who uses one imports [`StoreExt`] for the conveniences.
//!
//! | back-end | feature | what it is for |
//! | --- | --- | --- |
//! | [`MemoryStore`] | always there | tests and throw-away servers: nothing survives the process |
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
//! // Nobody overwrites what they have not seen: the version must still be the current one.
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
