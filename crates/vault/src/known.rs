//! The root as this process knows it, and how it learns of another one.
//!
//! Invariant: what is known never goes back, and each known root follows from the one before: the newer
//! one has the older one's point in its history. A store that shows anything else was rolled back or is
//! a copy that went on alone. That is refused as long as the store shows it, and named
//! ([`Tampering::RolledBack`], [`Tampering::OtherHistory`]); what is known stays.
//!
//! A root that was read is compared with what was known *when the question was sent*, because two answers
//! may come back in another order: an answer that is older than what is known by then is no rollback if it
//! is not older than what was known before.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::SeqCst},
    },
    time::Duration,
};

use aecs_crypto::sha256;
use aecs_store::{
    is_importing,
    pages::{Read, Tag},
};
use parking_lot::{Mutex, RwLock};
use tokio::time::Instant;

use crate::{
    error::{Fault, Place, Tampering, VaultError},
    farewell::{Moved, Role},
    history::{Point, Standing, block_name, judge_in_block},
    name::{OWN, Span},
    root::Root,
    seal::Seals,
    shared::Shared,
};

/// A root, and what a commit after it needs.
pub(crate) struct Known {
    pub(crate) root: Root,
    pub(crate) tag: Tag,
    /// As it is stored; empty if it never was.
    pub(crate) stored: Vec<u8>,
    /// Of the stored bytes.
    pub(crate) hash: [u8; 32],
}

impl Known {
    /// The root of a vault that was never written to.
    pub(crate) fn none() -> Self {
        Self { root: Root::default(), tag: Tag::NONE, stored: Vec::new(), hash: [0; 32] }
    }

    /// The root in a value of the register.
    pub(crate) fn open(seals: &Seals, stored: &[u8]) -> Result<Self, VaultError> {
        if is_importing(stored) {
            return Err(VaultError::Importing);
        }
        let tampered = |what| VaultError::Tampered { place: Place::Root, what };
        let (role, tag, plain) = seals.open_root(stored).map_err(tampered)?;
        let malformed = || tampered(Tampering::Malformed);
        match role {
            Role::Root => {}
            Role::Arriving => {
                let from = String::from_utf8_lossy(plain.expose()).into_owned();
                return Err(VaultError::Arriving { from });
            }
            Role::Moved => {
                let moved = Moved::decode(plain.expose()).ok_or_else(malformed)?;
                return Err(VaultError::Moved(Arc::new(moved)));
            }
        }
        let root = Root::decode(plain.expose()).ok_or_else(malformed)?;
        Ok(Self { root, tag, stored: stored.to_vec(), hash: sha256(stored) })
    }
}

/// The known root, and the looks at the store for another one.
pub(crate) struct Roots {
    known: RwLock<Arc<Known>>,
    /// How many looks have begun.
    begun: AtomicU64,
    /// One look at a time; the others wait for it, or for the next one.
    pub(crate) turn: tokio::sync::Mutex<()>,
    last: Mutex<Option<Look>>,
}

/// A look at the root that has ended.
struct Look {
    number: u64,
    began: Instant,
    result: Result<Arc<Known>, VaultError>,
}

impl Roots {
    pub(crate) fn new(known: Arc<Known>) -> Self {
        Self {
            known: RwLock::new(known),
            begun: AtomicU64::new(0),
            turn: tokio::sync::Mutex::new(()),
            last: Mutex::new(None),
        }
    }

    /// The newest root that this process has seen.
    pub(crate) fn known(&self) -> Arc<Known> {
        Arc::clone(&self.known.read())
    }

    /// Takes over a root that follows from `before`, if that is still the known one.
    fn replace(&self, before: &Arc<Known>, newer: &Arc<Known>) -> bool {
        let mut known = self.known.write();
        let is_same = Arc::ptr_eq(&known, before);
        if is_same {
            *known = Arc::clone(newer);
        }
        is_same
    }
}

impl Shared {
    /// The root that a read needs: the present one, or one that was it not longer ago than is allowed.
    pub(crate) async fn current(&self) -> Result<Arc<Known>, VaultError> {
        if !self.may_have_moved() || self.was_looked_at_within(self.max_staleness()) {
            return Ok(self.roots.known());
        }
        self.look().await
    }

    fn max_staleness(&self) -> Duration {
        Duration::from_millis(self.max_staleness.load(SeqCst))
    }

    fn was_looked_at_within(&self, staleness: Duration) -> bool {
        let is_recent = |look: &Look| look.result.is_ok() && look.began.elapsed() <= staleness;
        !staleness.is_zero() && self.roots.last.lock().as_ref().is_some_and(is_recent)
    }

    /// Looks at the root in the store. Callers that come while a look is on its way share the next one:
    /// its question is sent after they came, so that its answer is recent enough for all of them. They
    /// share its error as well.
    pub(crate) async fn look(&self) -> Result<Arc<Known>, VaultError> {
        let roots = &self.roots;
        let mine = roots.begun.load(SeqCst).saturating_add(1);
        let _turn = roots.turn.lock().await;
        if let Some(look) = &*roots.last.lock()
            && look.number >= mine
        {
            return look.result.clone();
        }
        let number = roots.begun.fetch_add(1, SeqCst).saturating_add(1);
        let began = Instant::now();
        let result = self.ask().await;
        *roots.last.lock() = Some(Look { number, began, result: result.clone() });
        result
    }

    /// Asks the store for its root, and compares. The history of the answer may be removed while it is
    /// compared, which takes half a minute at least: then it is asked again.
    async fn ask(&self) -> Result<Arc<Known>, VaultError> {
        let mut answer = self.ask_once().await;
        for _ in 0..2 {
            match answer {
                Err(VaultError::Tampered { place: Place::History, what: Tampering::Missing }) => {
                    answer = self.ask_once().await;
                }
                _ => break,
            }
        }
        answer
    }

    async fn ask_once(&self) -> Result<Arc<Known>, VaultError> {
        let floor = self.roots.known();
        let rolled_back = |found| {
            let what = Tampering::RolledBack { found, known: floor.root.epoch };
            Err(VaultError::Tampered { place: Place::Root, what })
        };
        match self.pages.store().read(&self.register, floor.tag).await? {
            Read::Same => {}
            Read::None if floor.root.commits > 0 => return rolled_back(0),
            Read::None => {}
            Read::New(stored) => {
                let found = Known::open(&self.pages.seals, &stored)?;
                if found.root.commits < floor.root.commits {
                    return rolled_back(found.root.epoch);
                }
                self.learn(Arc::new(found)).await?;
            }
        }
        Ok(self.roots.known())
    }

    /// Takes over a root, if it is newer than the known one; one of both must follow from the other. It
    /// is the answer to a question after which nothing older may come, or was written by this vault.
    pub(crate) async fn learn(&self, found: Arc<Known>) -> Result<(), VaultError> {
        loop {
            let known = self.roots.known();
            if found.root.commits <= known.root.commits {
                return self.must_follow(&known, &found).await;
            }
            self.must_follow(&found, &known).await?;
            if self.roots.replace(&known, &found) {
                return Ok(());
            }
        }
    }

    /// Refuses a root that is not one of the history of the other one.
    async fn must_follow(&self, newer: &Known, older: &Known) -> Result<(), VaultError> {
        let parted = |epoch| {
            let what = Tampering::OtherHistory { epoch };
            Err(VaultError::Tampered { place: Place::Root, what })
        };
        if older.root.commits == 0 || newer.tag == older.tag {
            return Ok(());
        }
        if newer.root.commits == older.root.commits {
            return parted(newer.root.epoch);
        }
        if let Some(epoch) = newer.root.history.parts_from(&older.root.history) {
            return parted(epoch);
        }
        match self.judge_under(newer, &older.root.point()).await {
            Ok(Standing::Known) => Ok(()),
            // Landmarks of both are equal; what is between them is kept no more.
            Ok(Standing::Forgotten) => Ok(()),
            Ok(Standing::Other | Standing::Ahead) => parted(older.root.epoch),
            Err(Fault::Store(error)) => Err(error.into()),
            Err(Fault::Damaged(_, what)) => {
                Err(VaultError::Tampered { place: Place::History, what })
            }
        }
    }

    /// Where a point belongs in the history of a root.
    pub(crate) async fn judge_under(
        &self,
        known: &Known,
        asked: &Point,
    ) -> Result<Standing, Fault> {
        let root = &known.root;
        if let Some(standing) = root.history.judge(&root.point(), asked) {
            return Ok(standing);
        }
        let span = Span { from: block_name(asked.epoch), until: Some(vec![OWN, b'h' + 1]) };
        let Some((name, _)) = self.pages.scan(root.top, &span, 1).await?.pop() else {
            return Ok(Standing::Other);
        };
        let Some(found) = self.pages.find(root.top, &name).await? else {
            return Ok(Standing::Other);
        };
        let points = self.pages.content(found.body).await?;
        Ok(judge_in_block(points.expose(), asked).unwrap_or(Standing::Other))
    }
}
