//! What a vault costs on an engine: `figures RECORDS [ENGINE]`, with `redb` (the default), `postgres`,
//! `etcd`, or the URL of an empty store.
//!
//! Loads records of 45 bytes of name and 400 of content, then measures in a process of its own: the start,
//! commits of one writer and of 64 beside those of the engine alone with the same bytes, reads with and
//! without a cache, what the look at the root costs them on an engine that processes share, counts, pages of
//! names, and the memory of that process.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::indexing_slicing,
    reason = "a program that measures may as well panic, and prints what it has measured"
)]

use std::{
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use aecs_crypto::RecordKey;
use aecs_store::{
    Result,
    pages::{
        Commit, PageId, PageStore, Read, Register, Swap, Tag, Turn,
        conformance::servers::{Etcd, Postgres},
    },
};
use aecs_vault::{Cache, Change, Name, Options, Vault};
use async_trait::async_trait;
use tokio::task::JoinSet;

const CACHE: usize = 32 << 20;
const SECONDS: Duration = Duration::from_secs(3);

/// A store, what was written to it, and how often it was asked for a register.
struct Counted {
    store: Arc<dyn PageStore>,
    asked: AtomicU64,
    bytes: AtomicU64,
    pages: AtomicU64,
}

#[async_trait]
impl PageStore for Counted {
    async fn read(&self, register: &Register, known: Tag) -> Result<Read> {
        self.asked.fetch_add(1, Relaxed);
        self.store.read(register, known).await
    }

    async fn commit(&self, commit: Commit<'_>) -> Result<Swap> {
        let pages: usize = commit.pages.iter().map(|(_, page)| page.len()).sum();
        let bytes = pages + commit.value.map_or(0, <[u8]>::len);
        self.bytes.fetch_add(bytes as u64, Relaxed);
        self.pages.fetch_add(commit.pages.len() as u64, Relaxed);
        self.store.commit(commit).await
    }

    async fn page(&self, id: PageId) -> Result<Option<Vec<u8>>> {
        self.store.page(id).await
    }

    async fn pages(&self, ids: &[PageId]) -> Result<Vec<Option<Vec<u8>>>> {
        self.store.pages(ids).await
    }

    async fn delete(&self, ids: &[PageId]) -> Result<()> {
        self.store.delete(ids).await
    }

    async fn list(&self, after: Option<PageId>, limit: usize) -> Result<Vec<PageId>> {
        self.store.list(after, limit).await
    }

    async fn registers(&self, prefix: &str) -> Result<Vec<Register>> {
        self.store.registers(prefix).await
    }

    async fn changed(&self, register: &Register, known: Tag) -> Result<()> {
        self.store.changed(register, known).await
    }

    async fn turn(&self) -> Result<Option<Turn>> {
        self.store.turn().await
    }

    fn engine(&self) -> &'static str {
        self.store.engine()
    }

    fn is_shared(&self) -> bool {
        self.store.is_shared()
    }
}

/// A name of 45 bytes, in no order.
fn record(n: usize) -> Name {
    let mixed = (n as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    Name::new(&format!("aecs/svc{:03}/values/secret/{mixed:016x}", mixed % 100)).unwrap()
}

async fn engine(url: &str) -> Arc<Counted> {
    let mut options = aecs_store::Options::default();
    options.password = url.starts_with("postgres").then(|| Postgres::PASSWORD.to_owned().into());
    let store = aecs_store::open(url, &options).await.unwrap().store;
    let zero = || AtomicU64::new(0);
    Arc::new(Counted { store, asked: zero(), bytes: zero(), pages: zero() })
}

async fn open(store: &Arc<Counted>, cache: usize) -> Vault {
    let key = RecordKey::from_bytes(&vec![7; 32].into()).unwrap();
    let options = Options::new().cache(Arc::new(Cache::new(cache)));
    Vault::open(Arc::<Counted>::clone(store), key, [7; 32], options).await.unwrap()
}

/// Runs something for a while, and says how often a second, and the middle of what each took.
async fn rate<F: Future>(mut act: impl FnMut(usize) -> F) -> (f64, Duration) {
    let (began, mut taken) = (Instant::now(), Vec::new());
    while began.elapsed() < SECONDS {
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

async fn load(url: &str, records: usize) {
    let vault = open(&engine(url).await, CACHE).await;
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
    // An engine prepares for the next start when it has nothing to do.
    tokio::time::sleep(SECONDS).await;
}

/// Commits of the engine alone, of `pages` pages and `bytes` bytes each, which replace those before.
async fn alone(store: &Counted, pages: usize, bytes: usize) -> f64 {
    let register = Register::new("figures").unwrap();
    let len = bytes / (pages + 1);
    let (mut expected, mut dead, mut number) = (Tag::NONE, Vec::new(), 0_u128);
    let mut commits = 0;
    let began = Instant::now();
    while began.elapsed() < SECONDS {
        let mut fresh = || {
            number += 1;
            // After all ids of the vault, and in their order.
            ((0xff << 120) | number).to_be_bytes()
        };
        let value = [&fresh()[..], &vec![7; len - 16]].concat();
        let written: Vec<_> =
            (0..pages).map(|_| (PageId::from_bytes(fresh()), vec![7; len])).collect();
        let commit = Commit {
            register: &register,
            expected,
            value: Some(&value),
            pages: &written,
            dead: &dead,
        };
        assert_eq!(store.store.commit(commit).await.unwrap(), Swap::Done);
        expected = Tag::of(Some(&value)).unwrap();
        dead = written.iter().map(|(id, _)| *id).collect();
        commits += 1;
    }
    let rate = f64::from(commits) / began.elapsed().as_secs_f64();
    let removal = Commit { register: &register, expected, value: None, pages: &[], dead: &dead };
    store.store.commit(removal).await.unwrap();
    rate
}

async fn commits(store: &Counted, vault: &Vault, records: usize) {
    let put = move |n: usize| {
        let (vault, name) = (vault.clone(), record(n.wrapping_mul(7_919) % records));
        async move { vault.commit(Change::new().put(name, vec![8; 400].into())).await.unwrap() }
    };
    let (bytes, pages) = (store.bytes.load(Relaxed), store.pages.load(Relaxed));
    let before = vault.size().commits;
    let (a_second, middle) = rate(put).await;
    let commits = vault.size().commits - before;
    let bytes = (store.bytes.load(Relaxed) - bytes) / commits;
    let pages = (store.pages.load(Relaxed) - pages) as f64 / commits as f64;
    println!(
        "1 writer: {a_second:.0} commits/s, p50 {middle:?}; {pages:.1} pages, {bytes} bytes each"
    );
    let alone = alone(store, pages.round() as usize, usize::try_from(bytes).unwrap()).await;
    println!("the engine alone: {alone:.0} commits/s; the vault has {:.2} of it", a_second / alone);

    let began = Instant::now();
    let mut tasks = JoinSet::new();
    for writer in 0..64 {
        let vault = vault.clone();
        tasks.spawn(async move {
            let mut made = 0_usize;
            while began.elapsed() < SECONDS {
                // Creates, in the order of no name.
                let name = record(records + writer * 1_000_003 + made);
                vault.commit(Change::new().create(name, vec![8; 400].into())).await.unwrap();
                made += 1;
            }
            made
        });
    }
    let made: usize = tasks.join_all().await.iter().sum();
    println!("64 writers: {:.0} creates/s", made as f64 / began.elapsed().as_secs_f64());
}

/// Gets by a number of readers at once. On an engine that processes share, each asks for the present root, or
/// shares the question of others.
async fn readers(store: &Counted, vault: &Vault, records: usize, count: usize) {
    let (began, asked) = (Instant::now(), store.asked.load(Relaxed));
    let mut tasks = JoinSet::new();
    for reader in 0..count {
        let vault = vault.clone();
        tasks.spawn(async move {
            let mut taken = Vec::new();
            while began.elapsed() < SECONDS {
                let name = record((taken.len() * 7_919 + reader * 104_729) % records);
                let one = Instant::now();
                assert!(vault.get(&name).await.unwrap().is_some());
                taken.push(one.elapsed());
            }
            taken
        });
    }
    let mut taken = tasks.join_all().await.concat();
    let (gets, time) = (taken.len() as f64, began.elapsed().as_secs_f64());
    taken.sort_unstable();
    let (middle, asked) = (taken[taken.len() / 2], store.asked.load(Relaxed) - asked);
    let each = asked as f64 / gets;
    println!(
        "{count} readers: {:.0} gets/s, p50 {middle:?}, {each:.3} root reads a get",
        gets / time
    );
}

async fn reads(store: &Arc<Counted>, vault: &Vault, records: usize) {
    let get = |vault: &Vault, n: usize| {
        let (vault, name) = (vault.clone(), record(n.wrapping_mul(7_919) % records));
        async move { assert!(vault.get(&name).await.unwrap().is_some()) }
    };
    let (a_second, middle) = rate(|n| get(vault, n)).await;
    println!("get, {} MiB of cache: {a_second:.0}/s, p50 {middle:?}", CACHE >> 20);
    if store.is_shared() {
        for count in [1, 16, 256] {
            readers(store, vault, records, count).await;
        }
        vault.max_staleness(Duration::from_secs(60));
        print!("without the look at the root: ");
        readers(store, vault, records, 16).await;
        vault.max_staleness(Duration::ZERO);
    }
    let cold = open(store, 0).await;
    let (a_second, middle) = rate(|n| get(&cold, n)).await;
    println!("get without a cache: {a_second:.0}/s, p50 {middle:?}");
    let (_, middle) = rate(|n| {
        let prefix = format!("aecs/svc{:03}/", n % 100);
        async move { vault.count(&prefix).await.unwrap() }
    })
    .await;
    println!("count: p50 {middle:?}");
    let (_, middle) = rate(|n| {
        let prefix = format!("aecs/svc{:03}/", n % 100);
        async move { vault.names_page(&prefix, None, 100).await.unwrap() }
    })
    .await;
    println!("page of 100 names: p50 {middle:?}");
}

async fn measure(url: &str, records: usize) {
    let began = Instant::now();
    let store = engine(url).await;
    let engine = began.elapsed();
    let vault = open(&store, CACHE).await;
    println!("start: {:?}, of which {engine:?} are the engine's", began.elapsed());
    reads(&store, &vault, records).await;
    println!("resident after reads: {} MiB", resident());
    commits(&store, &vault, records).await;
    println!("resident: {} MiB", resident());
    let began = Instant::now();
    let report = vault.verify(|_| ()).await.unwrap();
    println!("verify: {:.2} s, {} pages", began.elapsed().as_secs_f64(), report.pages);
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let records = arguments.first().and_then(|text| text.parse().ok()).unwrap_or(100_000);
    let engine = arguments.get(1).map_or("redb", String::as_str);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    if arguments.get(2).is_some_and(|word| word == "measure") {
        return runtime.block_on(measure(engine, records));
    }
    let folder = tempfile::tempdir().unwrap();
    // They end with the program.
    let (mut postgres, mut etcd) = (None, None);
    let url = match engine {
        "redb" => format!("redb:{}", folder.path().join("store").display()),
        "postgres" => postgres.insert(Postgres::start(&[]).unwrap()).url(),
        "etcd" => format!("etcd://{}", etcd.insert(Etcd::start(1, &[]).unwrap()).hosts()),
        url => url.to_owned(),
    };
    println!("{engine}:");
    runtime.block_on(load(&url, records));
    // Locks and tasks of the engine end with the runtime.
    drop(runtime);
    let again = std::env::current_exe().unwrap();
    let status =
        Command::new(again).args([&records.to_string(), &url, "measure"]).status().unwrap();
    assert!(status.success());
    if let Some(path) = url.strip_prefix("redb:") {
        println!("file: {} MB", std::fs::metadata(path).unwrap().len() / 1_000_000);
    }
}
