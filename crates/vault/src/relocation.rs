//! Moving: the records go to another store while the vault works.
//!
//! Pages never change, so they are copied while changes go on, round after round; the last, small round
//! holds changes back. The register of the root decides where the records are. In this order it gets:
//!
//! 1. in the new store: a mark, "records are to move here". The store opens for nobody;
//! 2. in the new store: the same mark again, with a fresh tag, once everything that the present root needs was
//!    copied and read back;
//! 3. in the old store, in the place of that root: the *farewell*, which has the URL of the new store, the
//!    tag of the mark, and the root. No change can be made there any more;
//! 4. in the new store, in the place of the mark: the root.
//!
//! So at each moment one store at most opens. Before step 3 it is the old one, whatever the new one has. After
//! it, the root is known to everybody who can read the old store: a start there makes step 4
//! ([`Moved::complete`]) if it is missing. The root, its tag and its chain stay what they were, so everybody
//! who remembers a [`Point`](crate::Point) judges the new store as the old one, and an old copy of either
//! as before.
//!
//! Records can move back to a store that they have left: the mark replaces the farewell there, if the present root
//! follows from the root in it. So nothing is lost with it, and what else the former store has is removed.
//!
//! A mark of a move that has ended without step 3 may be replaced by another move. Invariant: a move whose
//! farewell may still arrive keeps its mark. Otherwise the farewell would name a store where others have
//! removed the pages. Therefore a move reads the mark, then has the present root replaced by a change, and
//! then swaps the mark. If another move swapped the mark earlier, it had read an earlier root, which its
//! farewell cannot replace any more. If another move swaps the mark later, one of the two swaps is lost.

use std::{
    collections::HashSet,
    sync::{Arc, atomic::Ordering::SeqCst},
};

use aecs_store::{
    Error as StoreError, Filling, is_importing,
    pages::{PageId, PageStore, Read, Swap, Tag},
};
use tokio::time::sleep;

use crate::{
    cache::Cache,
    error::VaultError,
    farewell::{Moved, PATIENCE, Role, swap},
    history::Standing,
    known::Known,
    pages::Pages,
    shared::Shared,
    vault::Vault,
    walk::{Pin, Progress},
};

/// How many pages are read at a time.
const READ: usize = 16;

/// Changes may be held back for the next round after one of no more pages, or after so many rounds.
const SMALL: usize = 256;
const ROUNDS: usize = 16;

/// A store that records can move to.
pub struct Destination {
    store: Arc<dyn PageStore>,
    /// The tag of what an earlier move or import has left in its root register: all else there is to be removed.
    left: Option<Tag>,
    /// The tag of the root of the records then.
    root: Tag,
}

/// How far a move is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Moving {
    /// How many pages there are to copy, as far as it is known.
    pub pages: u64,
    /// How many of them were copied.
    pub copied: u64,
    /// How many records of this round were read back, and of how many.
    pub verified: Progress,
}

impl Vault {
    /// Looks whether the records can move to `store`. Nothing is changed. Before the move
    /// [begins](Destination::begin), a change must be committed.
    ///
    /// # Errors
    ///
    /// [`VaultError::Target`]: it has records, or fails; and those of [`state`](Self::state).
    pub async fn destination(&self, store: Arc<dyn PageStore>) -> Result<Destination, VaultError> {
        let shared = self.shared();
        let found = store.read(&shared.register, Tag::NONE).await.map_err(VaultError::Target)?;
        let left = match &found {
            Read::New(value) => self.left(value).await?,
            Read::None | Read::Same => None,
        };
        if left.is_none() {
            Filling::check(&*store).await.map_err(VaultError::Target)?;
        }
        let root = shared.look().await?.tag;
        Ok(Destination { store, left, root })
    }

    /// The tag of what a move of these records, or an import, has left in a store that has nothing which is needed:
    /// a mark, or the farewell to a root from which the present one follows.
    async fn left(&self, value: &[u8]) -> Result<Option<Tag>, VaultError> {
        if is_importing(value) {
            return Ok(Some(Tag::of(Some(value))?));
        }
        let seals = &self.shared().pages.seals;
        let Ok((role, tag, plain)) = seals.open_root(value) else { return Ok(None) };
        match role {
            Role::Arriving => Ok(Some(tag)),
            Role::Root => Ok(None),
            Role::Moved => {
                let Some(moved) = Moved::decode(plain.expose()) else { return Ok(None) };
                let Ok(last) = Known::open(seals, moved.root()) else { return Ok(None) };
                if self.judge(&last.root.point()).await? == Standing::Known {
                    return Ok(Some(tag));
                }
                let what = format!(
                    "it is a former store of these records, and its last state (epoch {}) is not in the \
                     history of the present ones; name an empty store, and keep that one",
                    moved.epoch()
                );
                Err(VaultError::Target(StoreError::Refused { what }))
            }
        }
    }
}

impl Destination {
    /// Begins to move the records of `vault` from the store at the URL `from` to this one, at the URL `to`.
    ///
    /// # Errors
    ///
    /// [`VaultError::Target`]: others write to it, or it fails; [`VaultError::Store`]: no change was committed
    /// since it was looked at, or the present store fails.
    pub async fn begin(
        self,
        vault: &Vault,
        from: &str,
        to: &str,
    ) -> Result<Relocation, VaultError> {
        let shared = Arc::clone(vault.shared());
        if shared.look().await?.tag == self.root {
            let what = "a move begins after a change".to_owned();
            return Err(StoreError::Refused { what }.into());
        }
        let mark = mark(&shared, &*self.store, self.left.unwrap_or(Tag::NONE), from).await?;
        let store = Arc::clone(&self.store);
        let filling = match self.left {
            Some(_) => Filling::begin_over(store).await,
            None => Filling::begin(store),
        };
        let filling = filling.map_err(VaultError::Target)?;
        Ok(Relocation {
            under: shared.roots.known(),
            shared: Pin::new(shared),
            target: self.store,
            from: from.to_owned(),
            to: to.to_owned(),
            mark,
            filling,
            copied: HashSet::new(),
            verified: HashSet::new(),
            moving: Moving::default(),
        })
    }
}

/// Swaps the mark in a store that records are to move to. Gives its fresh tag.
async fn mark(
    shared: &Shared,
    target: &dyn PageStore,
    expected: Tag,
    from: &str,
) -> Result<Tag, VaultError> {
    let tag = Tag::from_bytes(aecs_crypto::random()?);
    let value = shared.pages.seals.seal_root(Role::Arriving, tag, from.as_bytes())?;
    match target.commit(swap(&shared.register, expected, &value)).await {
        Ok(Swap::Done) => Ok(tag),
        Ok(Swap::Lost) => {
            let what = "somebody else writes to it at the same time".to_owned();
            Err(VaultError::Target(StoreError::Refused { what }))
        }
        Err(error) => Err(VaultError::Target(error)),
    }
}

/// A move on its way. If it is dropped, the records stay where they are.
pub struct Relocation {
    /// No page is removed from the present store meanwhile, by this process.
    shared: Pin<Arc<Shared>>,
    target: Arc<dyn PageStore>,
    from: String,
    to: String,
    /// The tag of the mark in the target.
    mark: Tag,
    filling: Filling,
    /// The root of the last round.
    under: Arc<Known>,
    /// The pages that are in the target.
    copied: HashSet<PageId>,
    /// Those that are there with all that they need, and were read back.
    verified: HashSet<PageId>,
    moving: Moving,
}

impl Relocation {
    /// Copies what the present root needs, and reads it back, until little is missing in the other store.
    /// Changes go on meanwhile. `told` is called now and then.
    ///
    /// # Errors
    ///
    /// [`VaultError::Target`], [`VaultError::BadCopy`]; [`VaultError::Tampered`], [`VaultError::Store`]: of
    /// the present store.
    pub async fn copy(&mut self, told: &mut (impl FnMut(Moving) + Send)) -> Result<(), VaultError> {
        for _ in 0..ROUNDS {
            if matches!(self.round(told).await?, Some(pages) if pages <= SMALL) {
                break;
            }
        }
        Ok(())
    }

    /// Copies once what is missing, and reads it back. Gives the number of pages; `None` if one was removed
    /// before it was copied: by another process, so the present root does not need it.
    async fn round(
        &mut self,
        told: &mut (impl FnMut(Moving) + Send),
    ) -> Result<Option<usize>, VaultError> {
        let Some(fresh) = self.write(told).await? else { return Ok(None) };
        let Self { shared, target, under, verified, moving, .. } = self;
        let (cache, seals) = (Arc::new(Cache::new(0)), Arc::clone(&shared.pages.seals));
        let pages = Pages::new(Arc::clone(target), seals, cache);
        let (register, options) = (shared.register.clone(), shared.options.clone());
        let there = Shared::new(pages, register, Arc::clone(under), options);
        let progress = |verified| {
            moving.verified = verified;
            told(*moving);
        };
        let read = there.verify_under(Arc::clone(under), verified, progress).await;
        read.map_err(|error| match error {
            VaultError::Tampered { place, what } => VaultError::BadCopy { place, what },
            VaultError::Store(error) => VaultError::Target(error),
            error => error,
        })?;
        let count = fresh.len();
        verified.extend(fresh);
        Ok(Some(count))
    }

    /// Writes the pages of a round, and gives them; `None` if one was missing.
    async fn write(
        &mut self,
        told: &mut (impl FnMut(Moving) + Send),
    ) -> Result<Option<Vec<PageId>>, VaultError> {
        let export = Shared::export(&self.shared.0, &self.verified).await?;
        let (store, mut is_whole) = (self.shared.pages.store(), true);
        let is_new = |id: &&PageId| !self.copied.contains(*id);
        let wanted: Vec<PageId> = export.pages.iter().filter(is_new).copied().collect();
        self.moving.pages += wanted.len() as u64;
        for ids in wanted.chunks(READ) {
            for (id, page) in ids.iter().zip(store.pages(ids).await?) {
                let Some(page) = page else {
                    is_whole = false;
                    continue;
                };
                self.filling.page(*id, page).await.map_err(VaultError::Target)?;
                self.copied.insert(*id);
            }
            self.moving.copied += ids.len() as u64;
            told(self.moving);
        }
        self.filling.write().await.map_err(VaultError::Target)?;
        self.under = Arc::clone(&export.under);
        Ok(is_whole.then(|| export.pages.clone()))
    }

    /// The last step: copies what is left and the registers whose names begin with one of `prefixes`, while
    /// changes wait, and closes the present store. The vault goes on with the other one. Who writes these registers must
    /// not do so meanwhile. Says `false` if another process has made a change: nothing has happened then.
    ///
    /// # Errors
    ///
    /// As [`copy`](Self::copy), and [`VaultError::Unsettled`]: the present store does not say whether it was
    /// closed. [`VaultError::Moved`]: it was, but the other one did not answer then: a start that opens the
    /// former store ends the move.
    pub async fn switch(
        &mut self,
        prefixes: &[&str],
        told: &mut (impl FnMut(Moving) + Send),
    ) -> Result<bool, VaultError> {
        let shared = Arc::clone(&self.shared.0);
        let _no_commits = shared.commits.lock().await;
        let store = shared.pages.store();
        let _turn = store.turn().await.ok().flatten();
        if self.round(told).await?.is_none() {
            return Ok(false);
        }
        // After the root: what was written later belongs to an act that this root does not have.
        for prefix in prefixes {
            for register in self.target.registers(prefix).await.map_err(VaultError::Target)? {
                self.filling.set(&register, None).await.map_err(VaultError::Target)?;
            }
            for register in store.registers(prefix).await? {
                if let Read::New(value) = store.read(&register, Tag::NONE).await? {
                    self.filling.set(&register, Some(&value)).await.map_err(VaultError::Target)?;
                }
            }
        }
        let _no_looks = shared.roots.turn.lock().await;
        self.mark = mark(&shared, &*self.target, self.mark, &self.from).await?;
        let (known, to) = (Arc::clone(&self.under), self.to.clone());
        let (epoch, root) = (known.root.epoch, known.stored.clone());
        let moved = Moved::new(to, epoch, self.mark, root);
        if !self.close(&*store, &known, &moved).await? {
            return Ok(false);
        }
        if let Err(error) = moved.complete(&*self.target).await {
            tracing::error!(%error, "the records have moved, but the new store does not answer");
            return Err(VaultError::Moved(Arc::new(moved)));
        }
        shared.pages.go_on_with(Arc::clone(&self.target));
        shared.may_have_closed.store(false, SeqCst);
        Ok(true)
    }

    /// Puts the farewell in the place of a root. Says `false` if that is not the present root.
    async fn close(
        &self,
        store: &dyn PageStore,
        known: &Known,
        moved: &Moved,
    ) -> Result<bool, VaultError> {
        let shared = &self.shared;
        let tag = Tag::from_bytes(aecs_crypto::random()?);
        let value = shared.pages.seals.seal_root(Role::Moved, tag, &moved.encode())?;
        let is_open = |is_open: bool| shared.may_have_closed.store(!is_open, SeqCst);
        let mut last = StoreError::unavailable("the root is not replaced");
        let mut is_unknown = false;
        for pause in PATIENCE {
            sleep(pause).await;
            // From now on a read looks at the root.
            is_open(false);
            let found = match store.commit(swap(&shared.register, known.tag, &value)).await {
                Ok(Swap::Done) => return Ok(true),
                Ok(Swap::Lost) => store.read(&shared.register, known.tag).await,
                Err(StoreError::Unavailable { .. }) => {
                    is_unknown = true;
                    store.read(&shared.register, known.tag).await
                }
                Err(error) if !is_unknown => {
                    is_open(true);
                    return Err(error.into());
                }
                Err(error) => Err(error),
            };
            match found {
                Ok(Read::New(found)) if found.starts_with(tag.as_bytes()) => return Ok(true),
                // That root never comes back, so nothing of this arrives any more.
                Ok(Read::New(_) | Read::None) => {
                    is_open(true);
                    return Ok(false);
                }
                Ok(Read::Same) => {}
                Err(error) => last = error,
            }
        }
        Err(VaultError::Unsettled(last))
    }

    /// Removes what a move leaves in the target beside the records, after the last step.
    ///
    /// # Errors
    ///
    /// Those of the store. It does no harm.
    pub async fn end(self) -> Result<(), StoreError> {
        self.filling.end().await
    }
}
