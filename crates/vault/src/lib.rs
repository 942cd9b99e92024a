//! The vault: authenticated, encrypted, rollback-evident records over a store that nobody trusts, and
//! that several processes may share.
//!
//! Records are the leaves of a tree of sealed pages that never change. One small root names the tree, and
//! is the only thing that is replaced: by compare-and-swap of its tag. From this follows what holds here:
//! - **one pass of integrity**: who knows the root knows every record. A page opens only under its id, its
//!   kind and this deployment, an id is sealed once, and ids are in the page above. Pages that were
//!   swapped, edited, truncated, dropped or replaced by older ones are [`VaultError::Tampered`], which
//!   names the record; and "there is none" is as certain as a record;
//! - **a change is whole**, and durable when [`Vault::commit`] returns. It advances the epoch, a counter of
//!   the whole vault that never goes back;
//! - **a read is of one moment**, and sees every change that was answered before it began, by any process;
//! - **a lost race is no error**: the changes are decided again under the new root, as if they had come
//!   later;
//! - **a store that was put back is noticed** by every process that runs, because each root must follow
//!   from the one before. Others remember a [`Point`] and have it compared by [`Vault::judge`].
//!
//! The way of a change: [`Change`] → `committer` (one task, merges what waits, races, settles) → `attempt`
//! (`plan`: preconditions and epochs; `tree`: pages; `garbage`; `root`) → store → `known`. The way of a
//! read: `known` (is the root current?) → `read` (under one root) → `tree` → `pages` (cache, store,
//! `seal`).
//!
//! ```no_run
//! use std::sync::Arc;
//!
//! use aecs_crypto::RecordKey;
//! use aecs_store::pages::PageStore;
//! use aecs_vault::{Change, Name, Options, Vault, VaultError};
//!
//! # async fn example(store: Arc<dyn PageStore>, key: RecordKey) -> Result<(), VaultError> {
//! let vault = Vault::open(store, key, [7; 32], Options::new()).await?;
//! let name = Name::new("aecs/service1/secrets/database")?;
//! let epoch = vault.commit(Change::new().create(name.clone(), b"secret".to_vec().into())).await?;
//! let record = vault.get(&name).await?;
//! assert!(record.is_some_and(|record| record.epoch == epoch));
//! assert_eq!(vault.count("aecs/service1/").await?, 1);
//! # Ok(())
//! # }
//! ```

#![forbid(unsafe_code)]

mod attempt;
mod cache;
mod change;
mod codec;
mod committer;
mod error;
mod export;
mod farewell;
#[cfg(any(test, feature = "fuzzing"))]
pub mod fuzzing;
mod garbage;
mod history;
mod ids;
mod known;
mod name;
mod node;
mod page;
mod pages;
mod plan;
mod read;
mod relocation;
mod root;
mod seal;
mod shape;
mod shared;
mod state;
#[cfg(test)]
mod tests;
mod tree;
mod vault;
mod walk;

pub use self::{
    cache::{Cache, DEFAULT_CACHE_BYTES},
    change::{Change, MAX_CHANGE_BYTES, MAX_CHANGE_OPERATIONS, MAX_PLAIN_LEN, Measure},
    error::{Place, Tampering, VaultError},
    export::Export,
    farewell::Moved,
    history::{Epoch, Point, Standing, WINDOW},
    name::Name,
    relocation::{Destination, Moving, Relocation},
    root::MAX_ROOT_LEN,
    shared::{Companion, Options},
    state::{Size, VaultState},
    vault::{Part, Record, Vault},
    walk::{Damage, Progress, Report},
};
