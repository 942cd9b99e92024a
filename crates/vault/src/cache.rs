//! Pages that were used not long ago, up to a limit of bytes.
//!
//! Pages never change, so a cached one is never wrong, even if others write. The cache is the plain text
//! that a process holds: it is bounded, shared by all vaults of the process, and wiped page by page.
//!
//! What is kept is decided by second chance, which comes close to "least recently used" and costs a
//! reader no more than a flag: a page that was used since it was looked at last goes to the end of the
//! queue once more, another one is forgotten.

use std::{
    collections::{HashMap, VecDeque},
    sync::{
        Arc, LazyLock,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
};

use aecs_store::pages::PageId;
use parking_lot::RwLock;

use crate::page::Page;

/// How many bytes the cache of a process has unless it is told otherwise (32 MiB).
pub const DEFAULT_CACHE_BYTES: usize = 32 << 20;

/// What a page weighs beside its bytes: about the size of its places here.
const OVERHEAD: usize = 200;

/// The cache of all vaults that are given no other one.
static SHARED: LazyLock<Arc<Cache>> = LazyLock::new(|| Arc::new(Cache::new(DEFAULT_CACHE_BYTES)));

/// Whose page it is: vaults with other keys must not read each other's pages from memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Owner(u64);

impl Owner {
    /// One that nobody has.
    pub(crate) fn fresh() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self(NEXT.fetch_add(1, Relaxed))
    }
}

/// Opened pages of vaults, up to a limit of bytes.
pub struct Cache {
    held: RwLock<Held>,
    limit: usize,
}

#[derive(Default)]
struct Held {
    pages: HashMap<(Owner, PageId), Entry>,
    /// Each page once, in the order in which they are looked at.
    queue: VecDeque<(Owner, PageId)>,
    bytes: usize,
}

struct Entry {
    page: Arc<Page>,
    used: AtomicBool,
}

impl Cache {
    /// An empty cache for at most `bytes` bytes.
    pub fn new(bytes: usize) -> Self {
        Self { held: RwLock::default(), limit: bytes }
    }

    /// The cache that vaults share, of [`DEFAULT_CACHE_BYTES`].
    pub fn shared() -> Arc<Self> {
        Arc::clone(&SHARED)
    }

    /// How many bytes it may hold.
    pub fn limit(&self) -> usize {
        self.limit
    }

    /// How many bytes it holds.
    pub fn bytes(&self) -> usize {
        self.held.read().bytes
    }

    pub(crate) fn get(&self, owner: Owner, id: PageId) -> Option<Arc<Page>> {
        let held = self.held.read();
        let entry = held.pages.get(&(owner, id))?;
        entry.used.store(true, Relaxed);
        Some(Arc::clone(&entry.page))
    }

    pub(crate) fn put(&self, owner: Owner, id: PageId, page: Arc<Page>) {
        let weight = weight(&page);
        if weight > self.limit {
            return;
        }
        let mut forgotten = Vec::new();
        let mut held = self.held.write();
        if held.pages.contains_key(&(owner, id)) {
            return;
        }
        // Before the new page is in the queue, so that it is not the first one to go.
        while held.bytes + weight > self.limit
            && let Some(oldest) = held.queue.pop_front()
        {
            let Some(entry) = held.pages.get_mut(&oldest) else { continue };
            if std::mem::take(entry.used.get_mut()) {
                held.queue.push_back(oldest);
            } else if let Some(entry) = held.pages.remove(&oldest) {
                held.bytes = held.bytes.saturating_sub(self::weight(&entry.page));
                forgotten.push(entry);
            }
        }
        held.pages.insert((owner, id), Entry { page, used: AtomicBool::new(false) });
        held.queue.push_back((owner, id));
        held.bytes += weight;
        // They are wiped, which takes a while, when nobody waits any more.
        drop(held);
    }

    /// Forgets the pages of a vault that was closed.
    pub(crate) fn forget(&self, owner: Owner) {
        let mut held = self.held.write();
        let gone = |(of, _): &(Owner, PageId)| *of == owner;
        let freed: usize =
            held.pages.extract_if(|key, _| gone(key)).map(|(_, entry)| weight(&entry.page)).sum();
        held.queue.retain(|key| !gone(key));
        held.bytes = held.bytes.saturating_sub(freed);
    }
}

fn weight(page: &Page) -> usize {
    page.plain().len() + OVERHEAD
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seal::Kind;

    fn id(n: u8) -> PageId {
        PageId::from_bytes([n; 16])
    }

    fn put(cache: &Cache, owner: Owner, n: u8, len: usize) {
        let page = Page::parse(Kind::Content, vec![n; len].into()).unwrap();
        cache.put(owner, id(n), Arc::new(page));
    }

    fn there<const N: usize>(cache: &Cache, owner: Owner, ids: [u8; N]) -> [bool; N] {
        let held = cache.held.read();
        assert_eq!(held.queue.len(), held.pages.len());
        assert_eq!(held.pages.values().map(|entry| weight(&entry.page)).sum::<usize>(), held.bytes);
        assert!(held.bytes <= cache.limit);
        ids.map(|n| held.pages.contains_key(&(owner, id(n))))
    }

    #[test]
    fn what_was_not_used_is_forgotten_first() {
        let (cache, me) = (Cache::new(3000), Owner::fresh());
        for n in 1..=3 {
            put(&cache, me, n, 1000 - OVERHEAD);
        }
        assert!(cache.get(me, id(1)).is_some_and(|page| page.plain().first() == Some(&1)));
        put(&cache, me, 4, 1000 - OVERHEAD);
        assert_eq!(there(&cache, me, [1, 2, 3, 4]), [true, false, true, true]);
        put(&cache, me, 4, 1000 - OVERHEAD);
        put(&cache, me, 5, 2000 - OVERHEAD);
        assert_eq!(there(&cache, me, [1, 3, 4, 5]), [false, false, true, true]);
        put(&cache, me, 6, 3001 - OVERHEAD);
        assert_eq!(there(&cache, me, [4, 5, 6]), [true, true, false]);
    }

    #[test]
    fn all_used_pages_leave_in_turn() {
        let (cache, me) = (Cache::new(2000), Owner::fresh());
        for n in 1..50 {
            put(&cache, me, n, 1000 - OVERHEAD);
            assert!(cache.get(me, id(n)).is_some());
        }
        assert_eq!(there(&cache, me, [47, 48, 49]), [false, true, true]);
    }

    #[test]
    fn owners_do_not_see_each_other() {
        let (cache, me, other) = (Cache::new(3000), Owner::fresh(), Owner::fresh());
        put(&cache, me, 1, 100);
        put(&cache, other, 2, 100);
        assert!(cache.get(other, id(1)).is_none());
        cache.forget(me);
        assert_eq!(there(&cache, me, [1]), [false]);
        assert_eq!(there(&cache, other, [2]), [true]);
        assert_eq!(cache.bytes(), 100 + OVERHEAD);
    }
}
