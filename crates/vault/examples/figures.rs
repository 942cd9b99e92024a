//! What a vault costs on an engine: `figures RECORDS [ENGINE]`, with `redb` (the default), `postgres`,
//! `etcd`, or the URL of an empty store.
//!
//! Loads records of 45 bytes of name and 400 of content, then measures in a process of its own, and prints a
//! table: the start, changes of one writer and of 64, reads with and without a cache, and on an engine that
//! processes share with a look at the root; counts, pages of names, and the memory of that process. Beside it is
//! what the engine alone does in the same run: its start, a page, a look at the root, and its commits of as many
//! pages and bytes. The ratio is that of the middle times, or of the commits a second.
//!
//! The start of a server needs more than that of the vault, but reads no more records the more there are.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
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
use aecs_vault::{Cache, Change, Name, Options, Size, Vault};
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

/// What the process has in memory, in MiB.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0_u64) / 1024
}

/// How often the whole tree is written while it is loaded: each time, an eighth of the records comes in the
/// order of names, so that few pages are written at a time and leaves are as full as those of random names.
const PASSES: usize = 8;

async fn load(url: &str, records: usize) {
    let vault = open(&engine(url).await, CACHE).await;
    let began = Instant::now();
    for pass in 0..PASSES {
        let mut names: Vec<Name> = (pass..records).step_by(PASSES).map(record).collect();
        names.sort_unstable();
        for some in names.chunks(1_000) {
            let put = |change: Change, name: &Name| change.put(name.clone(), vec![7; 400].into());
            vault.commit(some.iter().fold(Change::new(), put)).await.unwrap();
        }
    }
    let Size { height, bytes, .. } = vault.size();
    let (took, mega) = (began.elapsed().as_secs_f64(), bytes / 1_000_000);
    println!("{records} records, {mega} MB of content, {height} levels; loaded in {took:.1} s\n");
    // An engine prepares for the next start when it has nothing to do.
    tokio::time::sleep(SECONDS).await;
}

/// Commits of the engine alone, of `pages` pages and `bytes` bytes each, which replace those before.
async fn alone(store: &Counted, pages: usize, bytes: usize) -> f64 {
    let register = Register::new("figures").unwrap();
    let len = (bytes / (pages + 1)).max(16);
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

/// What is known of a measure: how often a second, and the middle and the slow end of what each took.
struct Taken {
    a_second: f64,
    middle: Duration,
    slow: Duration,
}

impl Taken {
    fn new(mut taken: Vec<Duration>, time: Duration) -> Self {
        taken.sort_unstable();
        let at = |part: usize| taken.get(taken.len() * part / 100).copied().unwrap_or_default();
        let a_second = taken.len() as f64 / time.as_secs_f64();
        Self { a_second, middle: at(50), slow: at(99) }
    }

    fn text(&self) -> String {
        let Self { a_second, middle, slow } = self;
        format!("{a_second:.0}/s, p50 {middle:.1?}, p99 {slow:.1?}")
    }

    /// The middle, as a multiple of another one.
    fn times(&self, other: &Self) -> f64 {
        self.middle.as_secs_f64() / other.middle.as_secs_f64().max(1e-9)
    }
}

/// A row of the table: a figure of the vault, and what the engine alone needs for the same.
fn row(what: &str, vault: &str, alone: &str, ratio: Option<f64>) {
    let ratio = ratio.map(|ratio| format!("{ratio:.2}")).unwrap_or_default();
    println!("| {what:<38} | {vault:<44} | {alone:<40} | {ratio:>6} |");
}

/// Runs something for a while.
async fn repeat<F: Future>(mut act: impl FnMut(usize) -> F) -> Taken {
    let (began, mut taken) = (Instant::now(), Vec::new());
    while began.elapsed() < SECONDS {
        let one = Instant::now();
        act(taken.len()).await;
        taken.push(one.elapsed());
    }
    Taken::new(taken, began.elapsed())
}

/// Changes by so many writers at once, one a commit of theirs; beside it, the engine's own rate of commits of as
/// many pages and bytes.
async fn writers(
    store: &Counted,
    vault: &Vault,
    count: usize,
    what: &str,
    change: impl Fn(usize, usize) -> Change + Copy + Send + Sync + 'static,
) {
    let counted = || (store.bytes.load(Relaxed), store.pages.load(Relaxed), vault.size().commits);
    let (bytes, pages, commits) = counted();
    let (began, mut tasks) = (Instant::now(), JoinSet::new());
    for writer in 0..count {
        let vault = vault.clone();
        tasks.spawn(async move {
            let mut taken = Vec::new();
            while began.elapsed() < SECONDS {
                let (one, next) = (Instant::now(), change(writer, taken.len()));
                vault.commit(next).await.unwrap();
                taken.push(one.elapsed());
            }
            taken
        });
    }
    let taken = tasks.join_all().await.concat();
    let (changes, time) = (taken.len() as f64, began.elapsed());
    let taken = Taken::new(taken, time);
    let after = counted();
    let commits = (after.2 - commits) as f64;
    let (bytes, pages) = ((after.0 - bytes) as f64, (after.1 - pages) as f64);
    let (each, pages_each) = (bytes / commits, pages / commits);
    let own = alone(store, pages_each.round() as usize, each as usize).await;
    let a_second = commits / time.as_secs_f64();
    let plural = if count == 1 { "1 writer".to_owned() } else { format!("{count} writers") };
    let written = format!("{own:.0} commits/s of {pages_each:.1} pages, {:.1} kB", each / 1_000.0);
    row(&format!("{what}, {plural}"), &taken.text(), &written, Some(a_second / own));
    let groups = format!("{:.1} kB a change", bytes / changes / 1_000.0);
    let vault = format!("{a_second:.0} commits/s of {:.1} changes", changes / commits);
    row("  of which", &vault, &groups, None);
}

async fn commits(store: &Counted, vault: &Vault, records: usize) {
    let update = move |_, made: usize| {
        let name = record(made.wrapping_mul(7_919) % records);
        Change::new().put(name, vec![8; 400].into())
    };
    // In the order of no name.
    let create = move |writer: usize, made: usize| {
        let name = record(records + writer * 1_000_003 + made);
        Change::new().create(name, vec![8; 400].into())
    };
    writers(store, vault, 1, "update", update).await;
    writers(store, vault, 1, "create", move |_, made| create(99, made)).await;
    writers(store, vault, 64, "create", create).await;
}

/// Gets by a number of readers at once. On an engine that processes share, each asks for the present root, or
/// shares the question of others.
async fn readers(store: &Counted, vault: &Vault, records: usize, count: usize) -> (Taken, String) {
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
    let taken = tasks.join_all().await.concat();
    let (gets, asked) = (taken.len() as f64, store.asked.load(Relaxed) - asked);
    let taken = Taken::new(taken, began.elapsed());
    let looks = format!("{:.3} looks a get", asked as f64 / gets);
    (taken, looks)
}

async fn reads(store: &Arc<Counted>, vault: &Vault, records: usize) {
    let get = |vault: &Vault, n: usize| {
        let (vault, name) = (vault.clone(), record(n.wrapping_mul(7_919) % records));
        async move { assert!(vault.get(&name).await.unwrap().is_some()) }
    };
    // What the engine alone needs: for a page, and for a look at the root.
    let ids = some_ids(store).await;
    let page = repeat(|n| {
        let id = ids[n.wrapping_mul(7_919) % ids.len()];
        async move { assert!(store.store.page(id).await.unwrap().is_some()) }
    })
    .await;
    let page_text = format!("a page: {}", page.text());
    let what = format!("get, {} MiB of cache", CACHE >> 20);
    if store.is_shared() {
        let root = Register::new("root").unwrap();
        let Read::New(value) = store.store.read(&root, Tag::NONE).await.unwrap() else {
            panic!("there is a root")
        };
        let tag = Tag::of(Some(&value)).unwrap();
        let look = repeat(|_| async {
            assert!(store.store.read(&root, tag).await.unwrap().is_still(tag));
        });
        let look = look.await;
        let look_text = format!("a look at the root: {}", look.text());
        for count in [1, 16, 256] {
            let (taken, looks) = readers(store, vault, records, count).await;
            let what = format!("{what}, {count} at once");
            row(&what, &taken.text(), &format!("{look_text}; {looks}"), Some(taken.times(&look)));
        }
        vault.max_staleness(Duration::from_secs(60));
    }
    let taken = repeat(|n| get(vault, n)).await;
    let without = if store.is_shared() { ", no look at the root" } else { "" };
    row(&format!("{what}{without}"), &taken.text(), &page_text, Some(taken.times(&page)));
    vault.max_staleness(Duration::ZERO);
    let cold = open(store, 0).await;
    cold.max_staleness(Duration::from_secs(60));
    let taken = repeat(|n| get(&cold, n)).await;
    row("get without a cache", &taken.text(), &page_text, Some(taken.times(&page)));
    let prefix = |n: usize| format!("aecs/svc{:03}/", n % 100);
    let taken = repeat(|n| async move { vault.count(&prefix(n)).await.unwrap() }).await;
    row("count below a prefix", &taken.text(), "", None);
    let names = |n| async move { vault.names_page(&prefix(n), None, 100).await.unwrap() };
    let taken = repeat(names).await;
    row("list page of 100 names", &taken.text(), "", None);
}

/// Some pages, from all over the store.
async fn some_ids(store: &Counted) -> Vec<PageId> {
    let mut ids = Vec::new();
    for first in (0..=u8::MAX).step_by(8) {
        let after = PageId::from_bytes([first; 16]);
        ids.extend(store.list(Some(after), 200).await.unwrap());
    }
    ids.extend(store.list(None, 5_000).await.unwrap());
    ids
}

async fn measure(url: &str, records: usize) {
    let empty = resident();
    let began = Instant::now();
    let store = engine(url).await;
    let engine = began.elapsed();
    let vault = open(&store, CACHE).await;
    assert!(vault.state().await.unwrap().epoch > 0);
    let whole = began.elapsed();
    row("what", "the vault", "the engine alone", None);
    println!("| {:-<38} | {:-<44} | {:-<40} | {:->6} |", "", "", "", "");
    let ratio = whole.as_secs_f64() / engine.as_secs_f64();
    row("start", &format!("{whole:.1?}"), &format!("{engine:.1?}"), Some(ratio));
    let memory = |what: &str| {
        let mib = resident();
        row(what, &format!("{mib} MiB"), &format!("{empty} MiB before the start"), None);
    };
    memory("resident after the start");
    reads(&store, &vault, records).await;
    memory("resident after reads");
    commits(&store, &vault, records).await;
    memory("resident after changes");
    let began = Instant::now();
    let pages = vault.verify(|_| ()).await.unwrap().pages;
    row("verify", &format!("{:.1?}", began.elapsed()), &format!("{pages} pages"), None);
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
