//! The store on a real PostgreSQL: conformance, faults, several processes.

mod faults;

use std::sync::atomic::{AtomicU64, Ordering};

use super::*;
use crate::{
    MemoryStore,
    pages::conformance::{self, Place, servers},
};

static NAMES: AtomicU64 = AtomicU64::new(0);

/// A namespace of its own in a server that all share.
struct Namespace {
    server: Arc<parking_lot::Mutex<servers::Postgres>>,
    url: String,
}

impl Namespace {
    fn new(server: &Arc<parking_lot::Mutex<servers::Postgres>>) -> Self {
        let name = NAMES.fetch_add(1, Ordering::Relaxed);
        let url = format!("{}?namespace=n{name}", server.lock().url());
        Self { server: Arc::clone(server), url }
    }

    async fn store(&self) -> PostgresStore {
        PostgresStore::open(&self.url, &options()).await.unwrap()
    }
}

fn options() -> Options {
    let password = servers::Postgres::PASSWORD.to_owned();
    Options { password: Some(password.into()), ..Options::default() }
}

fn server() -> Option<Arc<parking_lot::Mutex<servers::Postgres>>> {
    servers::Postgres::start(&["fsync=off", "max_connections=200"])
        .map(|server| Arc::new(parking_lot::Mutex::new(server)))
}

#[async_trait]
impl Place for Namespace {
    async fn open(&self) -> Arc<dyn PageStore> {
        Arc::new(self.store().await)
    }

    async fn back_up(&self) {
        self.server.lock().back_up();
    }

    async fn restore(&self) {
        self.server.lock().restore();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn conforms() {
    let Some(server) = server() else { return };
    conformance::run(async || Namespace::new(&server)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn agrees_with_memory() {
    let Some(server) = server() else { return };
    for seed in 0..10 {
        let place = Namespace::new(&server);
        let stores = [Arc::new(MemoryStore::new()) as _, place.open().await];
        conformance::agree(&stores, seed, 150).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn several_make_the_tables_at_the_same_time() {
    let Some(server) = server() else { return };
    for _ in 0..4 {
        let place = Arc::new(Namespace::new(&server));
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..12 {
            let place = Arc::clone(&place);
            tasks.spawn(async move { place.store().await });
        }
        assert_eq!(tasks.join_all().await.len(), 12);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn namespaces_are_apart() {
    let Some(server) = server() else { return };
    let (one, other) =
        (Namespace::new(&server).store().await, Namespace::new(&server).store().await);
    let root = Register::new("root").unwrap();
    let (value, id) = ([1; 20], PageId::from_bytes([1; 16]));
    let (register, expected, value) = (&root, Tag::NONE, Some(&value[..]));
    let pages = &[(id, vec![1])];
    let commit = Commit { register, expected, value, pages, dead: &[] };
    assert_eq!(one.commit(commit).await.unwrap(), Swap::Done);
    assert_eq!(other.read(&root, Tag::NONE).await.unwrap(), Read::None);
    assert_eq!(other.page(id).await.unwrap(), None);
    other.delete(&[id]).await.unwrap();
    assert!(one.page(id).await.unwrap().is_some());
}

/// A row stays in its block, and what is replaced is cleaned away.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_tables_do_not_swell() {
    let Some(server) = server() else { return };
    let store = Namespace::new(&server).store().await;
    let root = Register::new("root").unwrap();
    let mut expected = Tag::NONE;
    let mut dead = Vec::new();
    // Four times the garbage after which the tables are cleaned.
    for round in 0..330_u128 {
        let pages: Vec<_> = (1..=100)
            .map(|n| (PageId::from_bytes((round * 1000 + n).to_be_bytes()), vec![7; 7900]))
            .collect();
        let value = [&(round + 1).to_be_bytes()[..], &[1; 3000]].concat();
        let (register, value_of, pages) = (&root, Some(&value[..]), &pages[..]);
        let commit = Commit { register, expected, value: value_of, pages, dead: &dead };
        assert_eq!(store.commit(commit).await.unwrap(), Swap::Done);
        expected = Tag::of(Some(&value)).unwrap();
        dead = pages.iter().map(|(id, _)| *id).collect();
    }
    let line = store.line(&store.writing).await.unwrap();
    let table = store.dial.address.table("pages");
    let size = format!(
        "SELECT pg_relation_size('{table}'), pg_total_relation_size('{table}'),
         pg_total_relation_size(reltoastrelid) FROM pg_class WHERE oid = '{table}'::regclass"
    );
    let row = line.line.client.query_one(&size, &[]).await.unwrap();
    let (main, all, pieces): (i64, i64, i64) = (row.get(0), row.get(1), row.get(2));
    // 260 MB were written.
    assert!(all < 180 << 20, "{main} {all}");
    assert!(pieces < 100_000, "pages of 7,900 bytes are cut into pieces: {pieces}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn turns_are_taken_in_company_only() {
    let Some(server) = server() else { return };
    let place = Namespace::new(&server);
    let (one, other) = (place.store().await, place.store().await);
    assert!(one.turn().await.unwrap().is_none(), "nobody else commits");
    one.turns.saw_another();
    other.turns.saw_another();
    let held = one.turn().await.unwrap();
    assert!(held.is_some());
    let begin = std::time::Instant::now();
    assert!(other.turn().await.unwrap().is_none(), "a turn is taken by two");
    assert!(begin.elapsed() < Duration::from_secs(1), "{:?}", begin.elapsed());
    drop(held);
    let mut taken = false;
    for _ in 0..20 {
        taken |= other.turn().await.unwrap().is_some();
    }
    assert!(taken, "the turn did not end");
}
