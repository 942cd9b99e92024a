//! What is known of a vault as a whole.

use crate::{
    history::{Epoch, Point},
    known::Known,
    root::Root,
};

/// What the last commit left; who remembers a later one notices a rollback.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct VaultState {
    /// The epoch of the last change; 0 for a vault that was never written to.
    pub epoch: Epoch,
    /// The hash chain over all commits up to it: see [`Point`].
    pub chain: [u8; 32],
    /// SHA-256 of the root record as it is stored; zeros if there is none.
    pub digest: [u8; 32],
    /// The revision of the trust settings, as the last change of it said.
    pub trust_revision: u64,
    /// The time floor, as the last change of it said; 0 if none did.
    pub time_floor: u64,
}

impl VaultState {
    pub(crate) fn of(known: &Known) -> Self {
        let Root { epoch, chain, trust_revision, time_floor, .. } = known.root;
        Self { epoch, chain, digest: known.hash, trust_revision, time_floor }
    }

    /// What somebody remembers of it.
    pub fn point(&self) -> Point {
        Point { epoch: self.epoch, chain: self.chain }
    }
}

/// How large a vault is, for operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Size {
    /// How many commits there were.
    pub commits: u64,
    /// How many records there are, the vault's own among them.
    pub records: u64,
    /// How many bytes their contents have.
    pub bytes: u64,
    /// How many levels the tree has.
    pub height: u8,
    /// How many pages wait for their removal.
    pub garbage: u64,
    /// How many bytes of pages are in memory, of all vaults that share the cache.
    pub cached: usize,
    /// How many bytes that may be.
    pub cache_limit: usize,
}
