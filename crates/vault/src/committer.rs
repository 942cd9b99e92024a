//! The committer: one task that writes, a group of changes at a time.
//!
//! A commit ends in one of four ways, and each is safe:
//! - the swap is **done**: everything is durable, and the new root is known before anybody is told;
//! - the swap is **lost**: another writer was first. Nothing of the attempt is visible. The root is read
//!   again, and every change is decided again under it, unless the root says that this attempt has won;
//! - the answer is **lost**: nobody knows. The root that the attempt must replace decides. As long as it
//!   is still the present one, the attempt may land at any time; another attempt that must replace the
//!   same root, with pages and a tag of its own, settles it: one of them wins, and no other one can win
//!   any more. Once the root has moved, the last commit of this writer in it says which one won. Each
//!   attempt keeps its own outcomes, because the attempts may have been made of different records;
//! - the process **dies**: either the swap was made or not. Pages of a lost attempt are found by a sweep.
//!
//! Nobody is told of a success before the store has said that the commit is durable, and nobody is told of
//! a failure that may still turn out to be a success, except by [`VaultError::Unsettled`].
//!
//! Who loses a race tries again at once, after half a millisecond at most: longer pauses starve those
//! who lose. Writers that see each other take turns where the store has a queue.

use std::{
    sync::{Arc, atomic::Ordering::SeqCst},
    time::Duration,
};

use aecs_store::{
    Error as StoreError,
    pages::{Commit, PageId, Swap, Turn},
};
use tokio::{
    sync::{mpsc, oneshot},
    time::sleep,
};

use crate::{
    attempt::{Attempt, Prepared, Write, prepare},
    change::{Change, MAX_CHANGE_BYTES, MAX_CHANGE_OPERATIONS},
    error::{Tampering, VaultError},
    history::Epoch,
    known::Known,
    page::Page,
    root::WriterId,
    shared::Shared,
};

/// How long to wait before a store that failed is asked again.
const PATIENCE: [Duration; 4] = [
    Duration::ZERO,
    Duration::from_millis(20),
    Duration::from_millis(100),
    Duration::from_millis(500),
];

/// How many races a group may lose.
const MAX_LOSSES: u32 = 1_000;

/// The longest pause after a lost race, in microseconds.
const PAUSE: u16 = 500;

/// For how many commits after one of another writer it is expected to make more.
const RIVALRY: u64 = 64;

/// What a group has at most, if it is more than one change: what many changes of one commit write grows
/// faster than they do, and their callers wait for all of it.
const GROUP_OPERATIONS: usize = 1_024;
const GROUP_BYTES: usize = 8 << 20;

const _: () = assert!(GROUP_OPERATIONS <= MAX_CHANGE_OPERATIONS && GROUP_BYTES <= MAX_CHANGE_BYTES);

type Outcomes = Vec<Result<Epoch, VaultError>>;

/// A change on its way.
pub(crate) struct Request {
    pub(crate) change: Change,
    pub(crate) answer: oneshot::Sender<Result<Epoch, VaultError>>,
}

pub(crate) struct Committer {
    shared: Arc<Shared>,
    requests: mpsc::Receiver<Request>,
    me: WriterId,
    /// Taken from the queue, but the group before had no room for it.
    held_back: Option<Request>,
    /// Attempts of which nobody knows whether they have won; all must replace one root.
    open: Vec<Open>,
    /// The pages of attempts that have lost. The next commit lists them as garbage.
    lost: Vec<PageId>,
    /// How many groups there were.
    groups: u64,
}

/// An attempt that may still win.
struct Open {
    attempt: Attempt,
    outcomes: Outcomes,
    group: u64,
}

/// What has gone wrong so far for a group.
#[derive(Default)]
struct Trouble {
    losses: u32,
    failures: usize,
}

impl Committer {
    pub(crate) fn new(
        shared: Arc<Shared>,
        requests: mpsc::Receiver<Request>,
    ) -> Result<Self, VaultError> {
        let me = WriterId(aecs_crypto::random()?);
        let (open, lost) = (Vec::new(), Vec::new());
        Ok(Self { shared, requests, me, held_back: None, open, lost, groups: 0 })
    }

    /// Works until the last handle of the vault is gone.
    pub(crate) async fn run(mut self) {
        let shared = Arc::clone(&self.shared);
        while let Some(first) = self.next().await {
            let _commits = shared.commits.lock().await;
            let turn = self.turn().await;
            // Only now, so that everything that came while it waited is in the group.
            let group = self.collect(first);
            let result = self.commit(&group).await;
            drop(turn);
            answer(group, result);
        }
    }

    async fn next(&mut self) -> Option<Request> {
        match self.held_back.take() {
            Some(request) => Some(request),
            None => self.requests.recv().await,
        }
    }

    /// Takes what waits, up to the limits of one group.
    fn collect(&mut self, first: Request) -> Vec<Request> {
        let mut operations = first.change.len();
        let mut bytes = first.change.bytes();
        let mut group = vec![first];
        while let Ok(next) = self.requests.try_recv() {
            operations += next.change.len();
            bytes += next.change.bytes();
            if operations > GROUP_OPERATIONS || bytes > GROUP_BYTES {
                self.held_back = Some(next);
                break;
            }
            group.push(next);
        }
        group
    }

    /// Waits for a turn, if others write as well.
    async fn turn(&self) -> Option<Turn> {
        let known = self.shared.roots.known();
        let is_rival = |number: u64| number.saturating_add(RIVALRY) > known.root.commits;
        let mut writers = known.root.writers.iter();
        let has_rival = writers.any(|writer| writer.id != self.me && is_rival(writer.number));
        if !has_rival || !self.shared.pages.store().is_shared() {
            return None;
        }
        // A courtesy: without it, the race decides.
        let turn = self.shared.pages.store().turn().await.ok().flatten();
        if turn.is_some()
            && let Err(error) = self.shared.look().await
        {
            tracing::debug!(%error, "no look at the root before a turn");
        }
        turn
    }

    /// Commits a group: what becomes of each change, or the error of all.
    async fn commit(&mut self, group: &[Request]) -> Result<Outcomes, VaultError> {
        self.groups = self.groups.saturating_add(1);
        let changes: Vec<&Change> = group.iter().map(|request| &request.change).collect();
        let mut trouble = Trouble::default();
        let result = loop {
            let known = self.shared.roots.known();
            if let Some(outcomes) = self.settle(&known) {
                break outcomes;
            }
            match self.attempt(&known, &changes, &mut trouble).await {
                Ok(None) => {}
                Ok(Some(outcomes)) => break Ok(outcomes),
                Err(error) => break Err(self.failed(error)),
            }
        };
        self.shared.is_uncertain.store(!self.open.is_empty(), SeqCst);
        result
    }

    /// Makes one attempt. `None`: another one is to be made, under the root that is known then.
    async fn attempt(
        &mut self,
        known: &Arc<Known>,
        changes: &[&Change],
        trouble: &mut Trouble,
    ) -> Result<Option<Outcomes>, VaultError> {
        let prepared = prepare(&self.shared, known, self.me, changes, &self.lost).await;
        let Prepared { outcomes, misses_page, write } = match prepared {
            Err(VaultError::Store(error @ StoreError::Unavailable { .. })) => {
                return trouble.has_failed(error).await;
            }
            // A page that the present root may need no more.
            Err(error @ VaultError::Tampered { what: Tampering::Missing, .. }) => {
                let now = self.shared.look().await?;
                return if now.tag == known.tag { Err(error) } else { trouble.has_lost().await };
            }
            prepared => prepared?,
        };
        // What is refused is refused under the present root only.
        let is_doubtful = self.shared.may_have_moved() || !self.open.is_empty();
        if misses_page || (write.is_none() && is_doubtful) {
            match self.shared.look().await {
                Ok(now) if now.tag != known.tag => return trouble.has_lost().await,
                Ok(_) => {}
                Err(VaultError::Store(error @ StoreError::Unavailable { .. })) => {
                    return trouble.has_failed(error).await;
                }
                Err(error) => return Err(error),
            }
        }
        match write {
            None => Ok(Some(outcomes)),
            Some(write) => self.send(write, outcomes, trouble).await,
        }
    }

    async fn send(
        &mut self,
        write: Write,
        outcomes: Outcomes,
        trouble: &mut Trouble,
    ) -> Result<Option<Outcomes>, VaultError> {
        let Write { attempt, value, pages, dead, cached } = write;
        let commit = Commit {
            register: &self.shared.register,
            expected: attempt.expected,
            value: Some(&value),
            pages: &pages,
            dead: &dead,
        };
        match self.shared.pages.store().commit(commit).await {
            Ok(Swap::Done) => {
                self.done(&attempt, &cached).await?;
                Ok(Some(outcomes))
            }
            Ok(Swap::Lost) => match self.shared.look().await {
                // The root decides, not the store's word: who trusts that would have the pages of the
                // present root removed.
                Ok(now) if self.has_made(&now, &attempt) => {
                    self.done(&attempt, &cached).await?;
                    Ok(Some(outcomes))
                }
                Ok(_) => {
                    self.lost.extend(attempt.ids);
                    trouble.has_lost().await
                }
                Err(VaultError::Store(error @ StoreError::Unavailable { .. })) => {
                    self.open.push(Open { attempt, outcomes, group: self.groups });
                    trouble.has_failed(error).await
                }
                Err(error) => Err(error),
            },
            Err(error @ StoreError::Unavailable { .. }) => {
                tracing::warn!(%error, "the store does not say what became of a commit");
                self.open.push(Open { attempt, outcomes, group: self.groups });
                self.shared.is_uncertain.store(true, SeqCst);
                trouble.has_failed(error).await?;
                // If the store is still away, the next attempt finds it out.
                match self.shared.look().await {
                    Ok(_) | Err(VaultError::Store(StoreError::Unavailable { .. })) => Ok(None),
                    Err(error) => Err(error),
                }
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Whether a root says that an attempt of this writer was the last one that won.
    fn has_made(&self, known: &Known, attempt: &Attempt) -> bool {
        known.root.last_of(self.me).is_some_and(|last| last.tag == attempt.known.tag)
    }

    /// An attempt has won. Those that were to replace the same root cannot any more, and this one lists
    /// what lost before it.
    async fn done(
        &mut self,
        attempt: &Attempt,
        cached: &[(PageId, Arc<Page>)],
    ) -> Result<(), VaultError> {
        cached.iter().for_each(|(id, page)| self.shared.pages.keep(*id, page));
        self.lost.clear();
        self.drop_open();
        self.won(attempt).await
    }

    /// A commit is durable: its root is known from now on, and its notes are kept.
    async fn won(&self, attempt: &Attempt) -> Result<(), VaultError> {
        self.shared.learn(Arc::clone(&attempt.known)).await?;
        if let Some((_, companion)) = self.shared.companion.get() {
            companion.made(&attempt.notes);
        }
        Ok(())
    }

    /// Finds out what became of open attempts, if the root has moved. Gives the outcomes of this group
    /// if one of its attempts has won.
    fn settle(&mut self, known: &Known) -> Option<Result<Outcomes, VaultError>> {
        if self.open.iter().all(|open| open.attempt.expected == known.tag) {
            return None;
        }
        let mine = known.root.last_of(self.me).map(|writer| writer.tag);
        let open = std::mem::take(&mut self.open);
        let (won, others): (Vec<_>, Vec<_>) =
            open.into_iter().partition(|open| mine == Some(open.attempt.known.tag));
        let mut result = None;
        for Open { attempt, outcomes, group } in won {
            self.lost.drain(..attempt.listed.min(self.lost.len()));
            if let Some((_, companion)) = self.shared.companion.get() {
                companion.made(&attempt.notes);
            }
            result = (group == self.groups).then_some(Ok(outcomes));
        }
        for Open { attempt, group, .. } in others {
            if mine.is_some() || known.root.evicted < attempt.known.root.commits {
                self.lost.extend(attempt.ids);
            } else if group == self.groups {
                // Many writers came after it, so the root does not tell any more.
                let what = "too many writers have committed since";
                result = Some(Err(VaultError::Unsettled(StoreError::unavailable(what))));
            }
        }
        result
    }

    /// Attempts that must replace a root that is gone have lost.
    fn drop_open(&mut self) {
        for open in std::mem::take(&mut self.open) {
            self.lost.extend(open.attempt.ids);
        }
    }

    /// What the callers of a group are told that ends with an error.
    fn failed(&self, error: VaultError) -> VaultError {
        let is_open = self.open.iter().any(|open| open.group == self.groups);
        match error {
            VaultError::Store(error) if is_open => VaultError::Unsettled(error),
            error => error,
        }
    }
}

impl Trouble {
    /// Waits a moment after a lost race, or gives up.
    async fn has_lost(&mut self) -> Result<Option<Outcomes>, VaultError> {
        self.losses += 1;
        if self.losses > MAX_LOSSES {
            let what = format!("a commit lost {MAX_LOSSES} races with other writers");
            return Err(StoreError::unavailable(what).into());
        }
        let random = u16::from_be_bytes(aecs_crypto::random()?);
        sleep(Duration::from_micros(u64::from(random % PAUSE))).await;
        Ok(None)
    }

    /// Waits before the store is asked again, or gives up.
    async fn has_failed(&mut self, error: StoreError) -> Result<Option<Outcomes>, VaultError> {
        let Some(delay) = PATIENCE.get(self.failures) else { return Err(error.into()) };
        self.failures += 1;
        sleep(*delay).await;
        Ok(None)
    }
}

/// However the committer ends, nobody keeps waiting for it.
impl Drop for Committer {
    fn drop(&mut self) {
        self.requests.close();
    }
}

fn answer(group: Vec<Request>, result: Result<Outcomes, VaultError>) {
    let outcomes = match result {
        Ok(outcomes) => outcomes,
        Err(error) => group.iter().map(|_| Err(error.clone())).collect(),
    };
    for (request, outcome) in group.into_iter().zip(outcomes) {
        // A caller that has gone away no longer wants to know.
        let _ = request.answer.send(outcome);
    }
}
