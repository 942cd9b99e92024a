//! A store in memory that does to its users what stores and their owners do.

use std::{
    collections::{BTreeMap, HashMap, HashSet, VecDeque},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

use aecs_store::{
    Error as StoreError, Result,
    pages::{Commit, PageId, PageStore, Read, Register, Swap, Tag, Turn},
};
use async_trait::async_trait;
use parking_lot::Mutex;
use tokio::{
    sync::{Notify, Semaphore},
    task::yield_now,
    time::timeout,
};

/// Random numbers that a seed decides.
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 16
    }

    /// Less than `end`.
    pub(super) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end as u64).unwrap()
    }

    /// True once in `n` times.
    pub(super) fn once_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    pub(super) fn pick<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }
}

/// What happens to a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// It does not reach the store.
    Fails,
    /// Its pages are written, and the pages to remove are removed, but the root is not swapped.
    Crashes,
    /// It is made, but nobody is told.
    LosesAnswer,
    /// It arrives only after a number of further calls of the store.
    Delays(usize),
    /// It is made, and the answer is that it lost.
    SaysLost,
    /// Its pages are written; the rest arrives with [`Faulty::arrive`].
    PagesFirst,
    /// The disk is full.
    NotWritable,
}

/// A commit on its way.
struct Delayed {
    calls: usize,
    register: Register,
    expected: Tag,
    value: Option<Vec<u8>>,
    pages: Vec<(PageId, Vec<u8>)>,
    dead: Vec<PageId>,
}

#[derive(Default)]
pub(super) struct State {
    pub(super) pages: BTreeMap<PageId, Vec<u8>>,
    pub(super) registers: BTreeMap<Register, Vec<u8>>,
    /// What happens to the next commits.
    pub(super) faults: VecDeque<Option<Fault>>,
    /// How many of the next reads of pages and of registers fail.
    pub(super) failing_pages: usize,
    pub(super) failing_registers: usize,
    /// What is answered in place of the register and of some pages.
    pub(super) stale: Option<Option<Vec<u8>>>,
    pub(super) answers: HashMap<PageId, Option<Vec<u8>>>,
    /// The list of pages begins again and again.
    pub(super) endless_list: bool,
    /// Pages that the engine finds to be damaged.
    pub(super) corrupt: HashSet<PageId>,
    /// The pages that the disk does not read.
    pub(super) unreadable: HashSet<PageId>,
    delayed: Vec<Delayed>,
    /// Every id that anybody wanted to write, with the bytes.
    sealed: HashMap<PageId, Vec<u8>>,
    /// Pages of commits that were not made.
    pub(super) leftover: HashSet<PageId>,
    /// Pages that were removed by commits that were not made.
    pub(super) removed_early: HashSet<PageId>,
}

pub(super) struct Faulty {
    pub(super) state: Mutex<State>,
    /// Lost races leave pages behind.
    pub(super) has_transactions: bool,
    is_shared: bool,
    pub(super) reads: AtomicUsize,
    pub(super) page_reads: AtomicUsize,
    /// How many times a call gives others the turn.
    random: Mutex<Random>,
    turns: Arc<Semaphore>,
    moved: Notify,
}

pub(super) fn register() -> Register {
    Register::new("root").unwrap()
}

fn away() -> StoreError {
    StoreError::unavailable("a fault of the test")
}

impl Faulty {
    pub(super) fn new(is_shared: bool, has_transactions: bool, seed: u64) -> Self {
        Self {
            state: Mutex::default(),
            has_transactions,
            is_shared,
            reads: AtomicUsize::new(0),
            page_reads: AtomicUsize::new(0),
            random: Mutex::new(Random::new(seed)),
            turns: Arc::new(Semaphore::new(1)),
            moved: Notify::new(),
        }
    }

    pub(super) fn root(&self) -> Option<Vec<u8>> {
        self.state.lock().registers.get(&register()).cloned()
    }

    /// What is in the store, to put it back later.
    pub(super) fn copy(&self) -> (BTreeMap<PageId, Vec<u8>>, BTreeMap<Register, Vec<u8>>) {
        let state = self.state.lock();
        (state.pages.clone(), state.registers.clone())
    }

    pub(super) fn put_back(
        &self,
        (pages, registers): (BTreeMap<PageId, Vec<u8>>, BTreeMap<Register, Vec<u8>>),
    ) {
        let mut state = self.state.lock();
        (state.pages, state.registers) = (pages, registers);
    }

    /// Has the commits arrive that are on their way.
    pub(super) fn arrive(&self) {
        let mut state = self.state.lock();
        for delayed in std::mem::take(&mut state.delayed) {
            state.land(&delayed, self.has_transactions);
        }
    }

    async fn call(&self) {
        let pauses = self.random.lock().below(3);
        for _ in 0..pauses {
            yield_now().await;
        }
        let mut state = self.state.lock();
        let mut delayed = std::mem::take(&mut state.delayed);
        delayed.iter_mut().for_each(|delayed| delayed.calls = delayed.calls.saturating_sub(1));
        let (now, later) = delayed.into_iter().partition(|delayed| delayed.calls == 0);
        state.delayed = later;
        for delayed in now {
            state.land(&delayed, self.has_transactions);
        }
    }
}

impl State {
    fn land(&mut self, commit: &Delayed, has_transactions: bool) -> Swap {
        let tag = Tag::of(self.registers.get(&commit.register).map(Vec::as_slice)).unwrap();
        let wins = tag == commit.expected;
        let ids = || commit.pages.iter().map(|(id, _)| *id);
        if wins || !has_transactions {
            self.pages.extend(commit.pages.iter().cloned());
            commit.dead.iter().for_each(|id| drop(self.pages.remove(id)));
        }
        if !wins {
            self.leftover.extend(ids());
            if !has_transactions {
                self.removed_early.extend(&commit.dead);
            }
            return Swap::Lost;
        }
        ids().for_each(|id| _ = self.leftover.remove(&id));
        match &commit.value {
            Some(value) => drop(self.registers.insert(commit.register.clone(), value.clone())),
            None => drop(self.registers.remove(&commit.register)),
        }
        Swap::Done
    }

    fn page(&mut self, id: PageId) -> Result<Option<Vec<u8>>> {
        if self.failing_pages > 0 {
            self.failing_pages -= 1;
            return Err(away());
        }
        if self.unreadable.contains(&id) {
            let source = Arc::new(std::io::Error::other("a sector cannot be read"));
            return Err(StoreError::Unreadable {
                path: "/store".into(),
                at: 4096,
                len: 4096,
                source,
            });
        }
        if self.corrupt.contains(&id) {
            return Err(StoreError::corrupt("a page"));
        }
        Ok(self.answers.get(&id).cloned().unwrap_or_else(|| self.pages.get(&id).cloned()))
    }
}

#[async_trait]
impl PageStore for Faulty {
    async fn read(&self, register: &Register, known: Tag) -> Result<Read> {
        self.reads.fetch_add(1, SeqCst);
        self.call().await;
        let answer = {
            let mut state = self.state.lock();
            if state.failing_registers > 0 {
                state.failing_registers -= 1;
                return Err(away());
            }
            let now = state.registers.get(register).cloned();
            Read::of(state.stale.clone().unwrap_or(now), known)
        };
        // The answer may take a while.
        self.call().await;
        answer
    }

    async fn commit(&self, commit: Commit<'_>) -> Result<Swap> {
        self.call().await;
        let swap = {
            let mut state = self.state.lock();
            for (id, page) in commit.pages {
                let before = state.sealed.insert(*id, page.clone());
                assert!(before.is_none(), "an id was sealed twice: {id:?}");
            }
            let delayed = |calls| Delayed {
                calls,
                register: commit.register.clone(),
                expected: commit.expected,
                value: commit.value.map(<[u8]>::to_vec),
                pages: commit.pages.to_vec(),
                dead: commit.dead.to_vec(),
            };
            let fault = state.faults.pop_front().flatten();
            if fault.is_some() {
                state.leftover.extend(commit.pages.iter().map(|(id, _)| *id));
            }
            match fault {
                None => state.land(&delayed(0), self.has_transactions),
                Some(Fault::Fails) => return Err(away()),
                Some(Fault::NotWritable) => {
                    return Err(StoreError::NotWritable { reason: "full".to_owned() });
                }
                Some(Fault::Crashes) => {
                    state.pages.extend(commit.pages.iter().cloned());
                    for id in commit.dead {
                        state.pages.remove(id);
                        state.removed_early.insert(*id);
                    }
                    return Err(away());
                }
                Some(Fault::LosesAnswer) => {
                    state.land(&delayed(0), self.has_transactions);
                    return Err(away());
                }
                Some(Fault::SaysLost) => {
                    state.land(&delayed(0), self.has_transactions);
                    Swap::Lost
                }
                Some(Fault::PagesFirst) => {
                    state.pages.extend(commit.pages.iter().cloned());
                    let delayed = delayed(usize::MAX);
                    state.delayed.push(delayed);
                    return Err(away());
                }
                Some(Fault::Delays(calls)) => {
                    let delayed = delayed(calls + 1);
                    state.delayed.push(delayed);
                    return Err(away());
                }
            }
        };
        self.moved.notify_waiters();
        self.call().await;
        Ok(swap)
    }

    async fn page(&self, id: PageId) -> Result<Option<Vec<u8>>> {
        self.page_reads.fetch_add(1, SeqCst);
        self.call().await;
        self.state.lock().page(id)
    }

    async fn pages(&self, ids: &[PageId]) -> Result<Vec<Option<Vec<u8>>>> {
        self.page_reads.fetch_add(ids.len(), SeqCst);
        self.call().await;
        let mut state = self.state.lock();
        ids.iter().map(|id| state.page(*id)).collect()
    }

    async fn delete(&self, ids: &[PageId]) -> Result<()> {
        self.call().await;
        let mut state = self.state.lock();
        ids.iter().for_each(|id| drop(state.pages.remove(id)));
        Ok(())
    }

    async fn list(&self, after: Option<PageId>, limit: usize) -> Result<Vec<PageId>> {
        self.call().await;
        let state = self.state.lock();
        let asked = self.reads.fetch_add(1, SeqCst);
        assert!(!state.endless_list || asked < 10_000, "the list is read for ever");
        let after = after.filter(|_| !state.endless_list);
        let after = state.pages.keys().filter(|id| after.is_none_or(|after| **id > after));
        Ok(after.take(limit.min(50)).copied().collect())
    }

    async fn registers(&self, prefix: &str) -> Result<Vec<Register>> {
        let state = self.state.lock();
        let all = state.registers.keys().filter(|name| name.as_str().starts_with(prefix));
        Ok(all.cloned().collect())
    }

    async fn changed(&self, register: &Register, known: Tag) -> Result<()> {
        let moved = self.moved.notified();
        let now = Tag::of(self.state.lock().registers.get(register).map(Vec::as_slice))?;
        if now == known {
            moved.await;
        }
        Ok(())
    }

    async fn turn(&self) -> Result<Option<Turn>> {
        // For half of those who ask: turns are a courtesy.
        if self.random.lock().once_in(2) {
            return Ok(None);
        }
        let turn = Arc::clone(&self.turns).acquire_owned();
        let turn = timeout(Duration::from_millis(200), turn).await.ok().and_then(Result::ok);
        Ok(turn.map(|turn| Box::new(turn) as Turn))
    }

    fn engine(&self) -> &'static str {
        "faulty"
    }

    fn is_shared(&self) -> bool {
        self.is_shared
    }
}
