//! A store that fails, forgets to answer, or is written to by somebody else.

use std::sync::{
    Mutex,
    atomic::{AtomicUsize, Ordering},
};

use aecs_store::{Batch, Error as StoreError, Page, Version};
use async_trait::async_trait;

use super::*;

/// What becomes of the next write.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fault {
    None,
    /// It fails before anything is applied.
    Before,
    /// It is applied, and the answer is lost.
    After,
    /// It is applied, the answer is lost, and so is the store for this many reads.
    AfterAndAway(usize),
    /// It is not applied, the answer is lost, and so is the store for this many reads.
    BeforeAndAway(usize),
    /// It fails with an error after which nothing was applied.
    Corrupt,
    /// It is applied, and the store does not say under which version one record was written.
    VersionMissing,
    /// The store's code panics after it was applied.
    Panic,
}

struct FaultyStore {
    inner: MemoryStore,
    next: Mutex<Fault>,
    away: AtomicUsize,
    writes: AtomicUsize,
}

impl FaultyStore {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            inner: MemoryStore::new(),
            next: Mutex::new(Fault::None),
            away: AtomicUsize::new(0),
            writes: AtomicUsize::new(0),
        })
    }

    fn plan(&self, fault: Fault) {
        *self.next.lock().unwrap() = fault;
    }

    fn is_away(&self) -> Result<(), StoreError> {
        let left = self.away.load(Ordering::SeqCst);
        if left == 0 {
            return Ok(());
        }
        self.away.store(left - 1, Ordering::SeqCst);
        Err(StoreError::unavailable("away"))
    }
}

#[async_trait]
impl Store for FaultyStore {
    async fn get(&self, key: &Key) -> Result<Option<Entry>, StoreError> {
        self.is_away()?;
        self.inner.get(key).await
    }

    async fn write(&self, batch: Batch) -> Result<Vec<Version>, StoreError> {
        self.writes.fetch_add(1, Ordering::SeqCst);
        let fault = std::mem::replace(&mut *self.next.lock().unwrap(), Fault::None);
        let lost = Err(StoreError::unavailable("the answer was lost"));
        match fault {
            Fault::None => self.inner.write(batch).await,
            Fault::Before => lost,
            Fault::After => self.inner.write(batch).await.and(lost),
            Fault::AfterAndAway(reads) => {
                self.away.store(reads, Ordering::SeqCst);
                self.inner.write(batch).await.and(lost)
            }
            Fault::BeforeAndAway(reads) => {
                self.away.store(reads, Ordering::SeqCst);
                lost
            }
            Fault::VersionMissing => {
                let mut versions = self.inner.write(batch).await?;
                versions.pop();
                Ok(versions)
            }
            Fault::Corrupt => Err(StoreError::corrupt("damaged")),
            Fault::Panic => {
                self.inner.write(batch).await?;
                tokio::task::yield_now().await;
                panic!("a bug in the store");
            }
        }
    }

    async fn list(
        &self,
        prefix: &str,
        after: Option<&Key>,
        limit: usize,
    ) -> Result<Page, StoreError> {
        self.inner.list(prefix, after, limit).await
    }

    async fn snapshot(&self) -> Result<Box<dyn aecs_store::Snapshot>, StoreError> {
        Store::snapshot(&self.inner).await
    }
}

/// Longer than the vault asks.
const FOR_LONG: usize = 5;

async fn put(vault: &Vault, record: &str, text: &str) -> Result<Epoch, VaultError> {
    vault.commit(Change::new().put(name(record), plain(text))).await
}

#[tokio::test(start_paused = true)]
async fn a_write_that_failed_fails_all_of_its_changes() {
    for fault in [Fault::Before, Fault::Corrupt] {
        let store = FaultyStore::new();
        let vault = open(&store).await;
        put(&vault, "aecs/a", "1").await.unwrap();
        let before = vault.state();
        store.plan(fault);
        let (one, two) = tokio::join!(put(&vault, "aecs/a", "2"), put(&vault, "aecs/b", "2"));
        for failed in [one, two] {
            assert!(matches!(failed, Err(VaultError::Store(_))), "{failed:?}");
        }
        assert_eq!(vault.state(), before);
        assert_eq!(text(&vault, "aecs/a").await.as_deref(), Some("1"));
        assert_eq!(put(&vault, "aecs/a", "3").await.unwrap(), before.epoch + 1);
        open(&store).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_is_found_out() {
    for fault in [Fault::After, Fault::AfterAndAway(2)] {
        let store = FaultyStore::new();
        let vault = open(&store).await;
        put(&vault, "aecs/a", "1").await.unwrap();
        put(&vault, "aecs/b", "1").await.unwrap();
        store.plan(fault);
        let change = Change::new().put(name("aecs/a"), plain("2")).remove(name("aecs/b"), None);
        let epoch = vault.commit(change).await.unwrap();
        assert_eq!(vault.state().epoch, epoch);
        assert_eq!(text(&vault, "aecs/a").await.as_deref(), Some("2"));
        assert!(!vault.contains(&name("aecs/b")));
        // The versions were found out, too: the next change is accepted.
        put(&vault, "aecs/a", "3").await.unwrap();
        put(&vault, "aecs/b", "3").await.unwrap();
        open(&store).await;
    }
}

#[tokio::test(start_paused = true)]
async fn the_very_first_answer_may_be_lost() {
    for (fault, made) in [(Fault::Before, false), (Fault::After, true)] {
        let store = FaultyStore::new();
        let vault = open(&store).await;
        store.plan(fault);
        assert_eq!(put(&vault, "aecs/a", "1").await.is_ok(), made);
        assert_eq!(vault.contains(&name("aecs/a")), made);
        put(&vault, "aecs/a", "2").await.unwrap();
        open(&store).await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_unknown_outcome_is_settled_before_anything_else() {
    for (fault, expected) in
        [(Fault::AfterAndAway(FOR_LONG), "2"), (Fault::BeforeAndAway(FOR_LONG), "1")]
    {
        let store = FaultyStore::new();
        let vault = open(&store).await;
        put(&vault, "aecs/a", "1").await.unwrap();
        put(&vault, "aecs/b", "1").await.unwrap();
        store.plan(fault);
        let unknown = put(&vault, "aecs/a", "2").await;
        assert!(matches!(unknown, Err(VaultError::Unsettled(_))), "{unknown:?}");
        store.away.store(0, Ordering::SeqCst);
        // Reading the record in doubt finds out; the others were never in doubt.
        assert_eq!(text(&vault, "aecs/b").await.as_deref(), Some("1"));
        assert_eq!(text(&vault, "aecs/a").await.as_deref(), Some(expected));
        put(&vault, "aecs/a", "3").await.unwrap();
        assert_eq!(text(&vault, "aecs/a").await.as_deref(), Some("3"));
        open(&store).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_store_that_stays_away_is_an_error_and_not_tampering() {
    let store = FaultyStore::new();
    let vault = open(&store).await;
    put(&vault, "aecs/a", "1").await.unwrap();
    store.plan(Fault::AfterAndAway(1000));
    assert!(matches!(put(&vault, "aecs/a", "2").await, Err(VaultError::Unsettled(_))));
    assert!(matches!(put(&vault, "aecs/b", "2").await, Err(VaultError::Unsettled(_))));
    assert!(matches!(vault.get(&name("aecs/a")).await, Err(VaultError::Store(_))));
    store.away.store(0, Ordering::SeqCst);
    put(&vault, "aecs/b", "3").await.unwrap();
    assert_eq!(text(&vault, "aecs/a").await.as_deref(), Some("2"));
    open(&store).await;
}

#[tokio::test(start_paused = true)]
async fn somebody_else_may_have_written_while_the_outcome_was_unknown() {
    let store = FaultyStore::new();
    let vault = open(&store).await;
    put(&vault, "aecs/a", "1").await.unwrap();
    store.plan(Fault::BeforeAndAway(FOR_LONG));
    assert!(matches!(put(&vault, "aecs/a", "2").await, Err(VaultError::Unsettled(_))));
    store.away.store(0, Ordering::SeqCst);
    put(&open(&store).await, "aecs/b", "other").await.unwrap();
    let late = vault.commit(Change::new()).await;
    assert!(matches!(late, Err(VaultError::Superseded { .. })), "{late:?}");
}

#[tokio::test]
async fn a_store_that_panics_leaves_nobody_waiting() {
    let store = FaultyStore::new();
    let vault = open(&store).await;
    put(&vault, "aecs/a", "1").await.unwrap();
    store.plan(Fault::Panic);
    let record = name("aecs/a");
    let (write, read) = tokio::join!(put(&vault, "aecs/a", "2"), async {
        while vault.get(&record).await.is_ok() {
            tokio::task::yield_now().await;
        }
        vault.get(&record).await
    });
    assert!(matches!(write, Err(VaultError::Closed)), "{write:?}");
    assert!(matches!(read, Err(VaultError::Closed)));
    open(&store).await;
}

#[tokio::test]
async fn two_vaults_on_one_store_do_not_overwrite_each_other() {
    let store = FaultyStore::new();
    let one = open(&store).await;
    put(&one, "aecs/a", "1").await.unwrap();
    let two = open(&store).await;
    put(&two, "aecs/a", "2").await.unwrap();
    let late = put(&one, "aecs/b", "1").await;
    assert!(matches!(late, Err(VaultError::Superseded { .. })), "{late:?}");
    let read = one.get(&name("aecs/a")).await;
    assert!(matches!(read, Err(VaultError::Superseded { .. })));
    let nothing = one.commit(Change::new()).await;
    assert!(matches!(nothing, Err(VaultError::Superseded { .. })), "{nothing:?}");
    assert_eq!(text(&two, "aecs/a").await.as_deref(), Some("2"));
    put(&two, "aecs/b", "2").await.unwrap();
    open(&store).await;
}

#[tokio::test]
async fn a_store_that_does_not_say_all_versions_is_not_written_to_again() {
    let store = FaultyStore::new();
    let vault = open(&store).await;
    store.plan(Fault::VersionMissing);
    let change = Change::new().put(name("aecs/a"), plain("1")).put(name("aecs/b"), plain("1"));
    let written = vault.commit(change).await;
    assert!(matches!(written, Err(VaultError::Superseded { .. })), "{written:?}");
    assert!(matches!(put(&vault, "aecs/c", "2").await, Err(VaultError::Superseded { .. })));
    assert_eq!(text(&open(&store).await, "aecs/b").await.as_deref(), Some("1"));
}

#[tokio::test]
async fn changes_share_a_write_up_to_the_limits_of_one() {
    const HALF: usize = MAX_CHANGE_OPERATIONS / 2;
    const BYTES: usize = MAX_CHANGE_BYTES / 16;
    let rest = MAX_CHANGE_OPERATIONS - HALF;
    for (one, two, len, writes) in
        [(HALF, rest, 0, 1), (HALF, rest + 1, 0, 2), (8, 8, BYTES, 1), (8, 8, BYTES + 1, 2)]
    {
        let store = FaultyStore::new();
        let vault = open(&store).await;
        let change = |folder: &str, count: usize| {
            (0..count).fold(Change::new(), |change, n| {
                change.put(name(&format!("aecs/{folder}/{n}")), vec![0; len].into())
            })
        };
        let changes = [change("one", one), change("two", two)];
        let [one, two] = changes.map(|change| vault.commit(change));
        let (one, two) = tokio::join!(one, two);
        assert_eq!((one.unwrap(), two.unwrap()), (1, 2));
        assert_eq!(store.writes.load(Ordering::SeqCst), writes, "{len} bytes each");
    }
}

#[tokio::test]
async fn waiting_changes_share_a_write() {
    let store = FaultyStore::new();
    let vault = open(&store).await;
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..200 {
        let vault = vault.clone();
        tasks.spawn(async move {
            let change = Change::new().create(name(&format!("aecs/{n}")), plain("x"));
            vault.commit(change).await.unwrap()
        });
    }
    let mut epochs = tasks.join_all().await;
    epochs.sort_unstable();
    assert_eq!(epochs, (1..=200).collect::<Vec<Epoch>>(), "each change has an epoch of its own");
    let writes = store.writes.load(Ordering::SeqCst);
    assert!(writes <= 20, "{writes} writes");
    assert_eq!(vault.count(""), 200);
    let state = vault.state();
    drop(vault);
    assert_eq!(open(&store).await.state(), state);
}
