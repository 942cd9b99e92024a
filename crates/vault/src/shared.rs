//! What the handles of a vault, their reads and the committer share.

use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

use aecs_crypto::SecretBytes;
use aecs_store::pages::Register;

use crate::{
    cache::Cache,
    garbage::Keep,
    known::{Known, Roots},
    name::Name,
    pages::Pages,
    shape::Shape,
};

/// Has a record of its own that goes with every commit.
pub trait Companion: Send + Sync {
    /// What that record holds once changes with these notes are made, beside what the companion keeps
    /// already. It may be asked several times for one commit, of which one at most is made: notes are
    /// kept in [`made`](Self::made). Must not block.
    fn record(&self, notes: &[String]) -> SecretBytes;

    /// The changes with these notes were made. Must not block.
    fn made(&self, notes: &[String]);
}

/// How a vault works with its store.
#[derive(Clone)]
pub struct Options {
    pub(crate) cache: Arc<Cache>,
    pub(crate) keep: Keep,
    pub(crate) shape: Shape,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            cache: Cache::shared(),
            keep: Keep { commits: 64, time: Duration::from_secs(30) },
            shape: Shape::default(),
        }
    }
}

impl Options {
    /// The defaults: the cache is that of the process.
    pub fn new() -> Self {
        Self::default()
    }

    /// A cache of its own.
    #[must_use]
    pub fn cache(mut self, cache: Arc<Cache>) -> Self {
        self.cache = cache;
        self
    }
}

pub(crate) struct Shared {
    pub(crate) pages: Pages,
    pub(crate) register: Register,
    pub(crate) roots: Roots,
    pub(crate) options: Options,
    /// Whether a commit of this vault may still be on its way to the store.
    pub(crate) is_uncertain: AtomicBool,
    /// See [`Vault::max_staleness`](crate::Vault::max_staleness), in milliseconds.
    pub(crate) max_staleness: AtomicU64,
    /// How many walks need that no page is removed.
    pub(crate) pins: AtomicUsize,
    /// Who holds it commits: the committer, or a move in its last step.
    pub(crate) commits: tokio::sync::Mutex<()>,
    /// Whether the store may say that the records have moved away.
    pub(crate) may_have_closed: AtomicBool,
    /// Whose record goes with every commit, and its name.
    pub(crate) companion: OnceLock<(Name, Arc<dyn Companion>)>,
}

impl Shared {
    /// A vault under a root, before it is used.
    pub(crate) fn new(
        pages: Pages,
        register: Register,
        known: Arc<Known>,
        options: Options,
    ) -> Self {
        Self {
            pages,
            register,
            roots: Roots::new(known),
            options,
            is_uncertain: AtomicBool::new(false),
            max_staleness: AtomicU64::new(0),
            pins: AtomicUsize::new(0),
            commits: tokio::sync::Mutex::new(()),
            may_have_closed: AtomicBool::new(false),
            companion: OnceLock::new(),
        }
    }

    /// How long a replaced page stays. Where no other process reads the store, the walks that must not
    /// miss a page hold a pin, so no time has to pass.
    pub(crate) fn keep(&self) -> Keep {
        let keep = self.options.keep;
        if self.pages.store().is_shared() { keep } else { Keep { time: Duration::ZERO, ..keep } }
    }

    /// Whether the store may have another root than the one that is known.
    pub(crate) fn may_have_moved(&self) -> bool {
        self.pages.store().is_shared()
            || self.is_uncertain.load(SeqCst)
            || self.may_have_closed.load(SeqCst)
    }
}
