//! What a vault costs on a store: `figures [RECORDS]`.
//!
//! Loads records of 45 bytes of name and 400 of content, then measures commits of one writer and of 64,
//! reads with and without a cache, counts, pages of names, and the memory of the process. To measure an
//! engine, open it in `store`; here it is a map in memory, which costs nothing, so that the figures are
//! those of the tree alone.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a program that measures may as well panic, and prints what it has measured"
)]

use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use aecs_crypto::RecordKey;
use aecs_store::{
    Result,
    pages::{Commit, PageId, PageStore, Read, Register, Swap, Tag, Turn},
};
use aecs_vault::{Cache, Change, Name, Options, Vault};
use async_trait::async_trait;
use parking_lot::Mutex;
use tokio::task::JoinSet;

/// A map, and what was written to it.
#[derive(Default)]
struct Map {
    pages: Mutex<HashMap<PageId, Vec<u8>>>,
    registers: Mutex<BTreeMap<Register, Vec<u8>>>,
    written: AtomicU64,
    pages_written: AtomicU64,
}

#[async_trait]
impl PageStore for Map {
    async fn read(&self, register: &Register, known: Tag) -> Result<Read> {
        Read::of(self.registers.lock().get(register).cloned(), known)
    }

    async fn commit(&self, commit: Commit<'_>) -> Result<Swap> {
        let mut registers = self.registers.lock();
        let now = registers.get(commit.register).map(Vec::as_slice);
        if Tag::of(now)? != commit.expected {
            return Ok(Swap::Lost);
        }
        let value = commit.value.unwrap_or_default();
        let bytes: usize = commit.pages.iter().map(|(_, page)| page.len()).sum();
        self.written.fetch_add((bytes + value.len()) as u64, Relaxed);
        self.pages_written.fetch_add(commit.pages.len() as u64, Relaxed);
        let mut pages = self.pages.lock();
        pages.extend(commit.pages.iter().cloned());
        commit.dead.iter().for_each(|id| drop(pages.remove(id)));
        registers.insert(commit.register.clone(), value.to_vec());
        Ok(Swap::Done)
    }

    async fn page(&self, id: PageId) -> Result<Option<Vec<u8>>> {
        Ok(self.pages.lock().get(&id).cloned())
    }

    async fn pages(&self, ids: &[PageId]) -> Result<Vec<Option<Vec<u8>>>> {
        let pages = self.pages.lock();
        Ok(ids.iter().map(|id| pages.get(id).cloned()).collect())
    }

    async fn delete(&self, ids: &[PageId]) -> Result<()> {
        let mut pages = self.pages.lock();
        ids.iter().for_each(|id| drop(pages.remove(id)));
        Ok(())
    }

    async fn list(&self, after: Option<PageId>, limit: usize) -> Result<Vec<PageId>> {
        let mut ids: Vec<PageId> = self.pages.lock().keys().copied().collect();
        ids.retain(|id| after.is_none_or(|after| *id > after));
        ids.sort_unstable();
        ids.truncate(limit);
        Ok(ids)
    }

    async fn registers(&self, _prefix: &str) -> Result<Vec<Register>> {
        Ok(self.registers.lock().keys().cloned().collect())
    }

    async fn changed(&self, _register: &Register, _known: Tag) -> Result<()> {
        tokio::time::sleep(Duration::from_millis(100)).await;
        Ok(())
    }

    async fn turn(&self) -> Result<Option<Turn>> {
        Ok(None)
    }

    fn is_shared(&self) -> bool {
        false
    }
}

/// A name of 45 bytes, in no order.
fn record(n: usize) -> Name {
    let mixed = (n as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    Name::new(&format!("aecs/svc{:03}/values/secret/{mixed:016x}", mixed % 100)).unwrap()
}

async fn open(store: &Arc<Map>, cache: usize) -> Vault {
    let key = RecordKey::from_bytes(&vec![7; 32].into()).unwrap();
    let options = Options::new().cache(Arc::new(Cache::new(cache)));
    Vault::open(Arc::<Map>::clone(store), key, [7; 32], options).await.unwrap()
}

/// Runs something for a while, and says how often a second, and the middle of what each took.
async fn rate<F: Future>(mut act: impl FnMut(usize) -> F) -> (f64, Duration) {
    let (began, mut taken) = (Instant::now(), Vec::new());
    while began.elapsed() < Duration::from_secs(2) {
        let one = Instant::now();
        act(taken.len()).await;
        taken.push(one.elapsed());
    }
    let rate = taken.len() as f64 / began.elapsed().as_secs_f64();
    taken.sort_unstable();
    (rate, taken.get(taken.len() / 2).copied().unwrap_or_default())
}

/// What the process has in memory, in MiB.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0_u64) / 1024
}

async fn measure(records: usize) {
    let store = Arc::new(Map::default());
    let vault = open(&store, 32 << 20).await;
    let began = Instant::now();
    for some in (0..records).collect::<Vec<_>>().chunks(1_000) {
        let change = some
            .iter()
            .fold(Change::new(), |change, n| change.put(record(*n), vec![7; 400].into()));
        vault.commit(change).await.unwrap();
    }
    println!(
        "{records} records loaded in {:.1} s: {:?}",
        began.elapsed().as_secs_f64(),
        vault.size()
    );

    let put = move |vault: &Vault, n: usize| {
        let (vault, name) = (vault.clone(), record(n.wrapping_mul(7_919) % records));
        async move { vault.commit(Change::new().put(name, vec![8; 400].into())).await.unwrap() }
    };
    let (bytes, pages) = (store.written.load(Relaxed), store.pages_written.load(Relaxed));
    let before = vault.size().commits;
    let (a_second, middle) = rate(|n| put(&vault, n)).await;
    let commits = vault.size().commits - before;
    let bytes = (store.written.load(Relaxed) - bytes) / commits;
    let pages = (store.pages_written.load(Relaxed) - pages) as f64 / commits as f64;
    println!(
        "1 writer: {a_second:.0} commits/s, p50 {middle:?}; {pages:.1} pages, {bytes} bytes each"
    );

    let began = Instant::now();
    let mut tasks = JoinSet::new();
    for writer in 0..64 {
        let vault = vault.clone();
        tasks.spawn(async move {
            let mut made = 0_u64;
            while began.elapsed() < Duration::from_secs(3) {
                put(&vault, writer * 1_000_003 + usize::try_from(made).unwrap()).await;
                made += 1;
            }
            made
        });
    }
    let made: u64 = tasks.join_all().await.iter().sum();
    println!("64 writers: {:.0} changes/s", made as f64 / began.elapsed().as_secs_f64());

    let warm = &vault;
    let (a_second, middle) = rate(|n| warm.get_any(n, records)).await;
    println!("get, 32 MiB of cache: {a_second:.0}/s, p50 {middle:?}");
    let cold = open(&store, 0).await;
    let (a_second, middle) = rate(|n| cold.get_any(n, records)).await;
    println!("get without a cache: {a_second:.0}/s, p50 {middle:?}");
    let (_, middle) = rate(|n| {
        let prefix = format!("aecs/svc{:03}/", n % 100);
        async move { warm.count(&prefix).await.unwrap() }
    })
    .await;
    println!("count: p50 {middle:?}");
    let (_, middle) = rate(|n| {
        let prefix = format!("aecs/svc{:03}/", n % 100);
        async move { warm.names_page(&prefix, None, 100).await.unwrap() }
    })
    .await;
    println!("page of 100 names: p50 {middle:?}");
    let began = Instant::now();
    let report = vault.verify(|_| ()).await.unwrap();
    println!("verify: {:.2} s, {} pages", began.elapsed().as_secs_f64(), report.pages);
    let held: usize = store.pages.lock().values().map(Vec::len).sum();
    println!("resident: {} MiB, of which {} MiB are the map", resident(), held >> 20);
}

/// Reads of any record.
trait GetAny {
    fn get_any(&self, n: usize, records: usize) -> impl Future<Output = ()>;
}

impl GetAny for Vault {
    async fn get_any(&self, n: usize, records: usize) {
        let found = self.get(&record(n.wrapping_mul(7_919) % records)).await.unwrap();
        assert!(found.is_some());
    }
}

fn main() {
    let records = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(100_000);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(measure(records));
}
