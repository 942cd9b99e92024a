//! The store on a real etcd: conformance, faults, several members.

use std::{
    os::unix::fs::PermissionsExt,
    sync::atomic::{AtomicU64, Ordering},
    time::Instant,
};

use super::*;
use crate::{
    MemoryStore,
    pages::conformance::{self, Place, servers},
    tls::tests::Ca,
};

static NAMES: AtomicU64 = AtomicU64::new(0);

type Cluster = Arc<parking_lot::Mutex<servers::Etcd>>;

/// A prefix of its own in a cluster that all share.
struct Prefix {
    cluster: Cluster,
    url: String,
}

impl Prefix {
    fn new(cluster: &Cluster) -> Self {
        let name = NAMES.fetch_add(1, Ordering::Relaxed);
        let url = format!("etcd://{}/p{name}", cluster.lock().hosts());
        Self { cluster: Arc::clone(cluster), url }
    }

    async fn store(&self) -> EtcdStore {
        let options = Options { timeout: Duration::from_secs(20), ..Options::default() };
        EtcdStore::open(&self.url, &options).await.unwrap()
    }
}

fn cluster(members: usize, options: &[&str]) -> Option<Cluster> {
    servers::Etcd::start(members, options).map(|etcd| Arc::new(parking_lot::Mutex::new(etcd)))
}

#[async_trait]
impl Place for Prefix {
    async fn open(&self) -> Arc<dyn PageStore> {
        Arc::new(self.store().await)
    }

    async fn back_up(&self) {
        self.cluster.lock().back_up();
    }

    async fn restore(&self) {
        self.cluster.lock().restore();
    }
}

fn root() -> Register {
    Register::new("root").unwrap()
}

fn value(number: u128) -> Vec<u8> {
    [&(number + 1).to_be_bytes()[..], &[7; 100]].concat()
}

fn tag(value: &[u8]) -> Tag {
    Tag::of(Some(value)).unwrap()
}

async fn commit(store: &EtcdStore, expected: Tag, value: &[u8]) -> Result<Swap> {
    let (register, value) = (&root(), Some(value));
    store.commit(Commit { register, expected, value, pages: &[], dead: &[] }).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn conforms() {
    let Some(cluster) = cluster(1, &[]) else { return };
    conformance::run(async || Prefix::new(&cluster)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn agrees_with_memory() {
    let Some(cluster) = cluster(1, &[]) else { return };
    for seed in 0..6 {
        let place = Prefix::new(&cluster);
        let stores = [Arc::new(MemoryStore::new()) as _, place.open().await];
        conformance::agree(&stores, seed, 120).await;
    }
}

#[test]
fn transactions_are_small_and_the_last_one_swaps() {
    let options = Options::default();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let _entered = runtime.enter();
    let client =
        Arc::new(Client::new(&Address::parse("etcd://localhost").unwrap(), &options).unwrap());
    let keys = Keys::new("aecs");
    let store = EtcdStore {
        watcher: Watcher::new(Arc::clone(&client), &keys),
        compaction: Compaction::new(Arc::clone(&client)),
        client,
        keys,
    };
    let id = |n: u128| PageId::from_bytes(n.to_be_bytes());
    for (pages, len, dead) in
        [(0, 0, 0), (3, 8000, 4), (123, 10, 0), (124, 10, 200), (40, 524_544, 300)]
    {
        let pages: Vec<_> = (0..pages).map(|n| (id(n), vec![1; len])).collect();
        let dead: Vec<_> = (0..dead).map(|n| id(1000 + n)).collect();
        let (register, value) = (root(), value(1));
        let (expected, value_of) = (Tag::NONE, Some(&value[..]));
        let commit =
            Commit { register: &register, expected, value: value_of, pages: &pages, dead: &dead };
        let (before, last) = store.groups(&commit);
        let all = before.iter().chain([&last]);
        let mut count = 0;
        for group in all {
            count += group.len();
            let question = TxnRequest { success: group.clone(), ..Default::default() };
            assert!(group.len() <= MAX_OPERATIONS);
            assert!(prost::Message::encoded_len(&question) < 1_500_000);
        }
        assert_eq!(count, pages.len() + dead.len() + 2);
        assert_eq!(before.is_empty(), count <= MAX_OPERATIONS && pages.len() * len < MAX_BYTES);
        let swaps = |group: &[RequestOp]| {
            let tags = group.iter().filter(|operation| match &operation.request {
                Some(Request::Put(put)) => put.key == store.keys.tag(&register),
                _ => false,
            });
            tags.count()
        };
        assert_eq!(swaps(&last), 1);
        assert!(before.iter().all(|group| swaps(group) == 0));
    }
}

#[tokio::test]
async fn a_cluster_that_is_away_is_unavailable_in_time() {
    let timeout = Duration::from_millis(600);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let silent = listener.local_addr().unwrap().port();
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    for port in [silent, free] {
        let begin = Instant::now();
        let options = Options { timeout, ..Options::default() };
        let error = EtcdStore::open(&format!("etcd://127.0.0.1:{port}"), &options).await.err();
        assert!(matches!(error, Some(Error::Unavailable { .. })), "{error:?}");
        assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
    }
}

/// Increments a counter from several handles while members crash, the leader among them: what was
/// answered counts once, and what was not answered at most once.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn crashes_of_members_take_nothing_back() {
    let Some(cluster) = cluster(3, &[]) else { return };
    let place = Prefix::new(&cluster);
    let (end, ended) = tokio::sync::watch::channel(false);
    let mut tasks = tokio::task::JoinSet::new();
    for writer in 0..3_u128 {
        let store = place.store().await;
        let ended = ended.clone();
        tasks.spawn(async move {
            let (mut done, mut unknown) = (0_u128, 0_u128);
            for attempt in 0.. {
                if *ended.borrow() {
                    break;
                }
                let Ok(found) = store.read(&root(), Tag::NONE).await else { continue };
                let (expected, count) = match found {
                    Read::New(value) => {
                        (tag(&value), u128::from_be_bytes(value[16..32].try_into().unwrap()))
                    }
                    _ => (Tag::NONE, 0),
                };
                let fresh = (writer << 64) + attempt + 1;
                let next = [fresh.to_be_bytes(), (count + 1).to_be_bytes()].concat();
                match commit(&store, expected, &next).await {
                    Ok(Swap::Done) => done += 1,
                    Ok(Swap::Lost) => {}
                    Err(Error::Unavailable { .. }) => unknown += 1,
                    Err(error) => panic!("{error:?}"),
                }
            }
            (done, unknown)
        });
    }
    for member in 0..3 {
        tokio::time::sleep(Duration::from_secs(1)).await;
        cluster.lock().kill(member);
        tokio::time::sleep(Duration::from_secs(3)).await;
        let cluster = Arc::clone(&cluster);
        tokio::task::spawn_blocking(move || cluster.lock().start_again(member)).await.unwrap();
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    end.send_replace(true);
    let counts = tasks.join_all().await;
    let done: u128 = counts.iter().map(|(done, _)| done).sum();
    let unknown: u128 = counts.iter().map(|(_, unknown)| unknown).sum();
    let Read::New(value) = place.store().await.read(&root(), Tag::NONE).await.unwrap() else {
        panic!()
    };
    let count = u128::from_be_bytes(value[16..32].try_into().unwrap());
    assert!(done > 30, "only {done} commits");
    assert!((done..=done + unknown).contains(&count), "{count}, {done} done, {unknown} unknown");
}

/// A full cluster refuses changes, and says what to do.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_cluster_without_room_is_read_and_not_written() {
    let Some(cluster) = cluster(1, &["--quota-backend-bytes=16000000"]) else { return };
    let store = Prefix::new(&cluster).store().await;
    let mut expected = Tag::NONE;
    let mut last = Vec::new();
    let refused = 'full: {
        // etcd measures its size now and then, so it takes more than its quota for a while.
        for number in 0..400_u128 {
            let next = value(number);
            let pages = [(PageId::from_bytes((number + 1).to_be_bytes()), vec![1; 500_000])];
            let (register, value) = (&root(), Some(&next[..]));
            let commit = Commit { register, expected, value, pages: &pages, dead: &[] };
            match store.commit(commit).await {
                Ok(swap) => assert_eq!(swap, Swap::Done),
                Err(error) => break 'full error,
            }
            expected = tag(&next);
            last = next;
        }
        panic!("400 times 500 kB fit into 16 MB");
    };
    assert!(
        matches!(&refused, Error::NotWritable { reason } if reason.contains("disarm")),
        "{refused:?}"
    );
    assert_eq!(store.read(&root(), Tag::NONE).await.unwrap(), Read::New(last));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn users_sign_in_and_refusals_show_no_password() {
    let Some(cluster) = cluster(1, &[]) else { return };
    let place = Prefix::new(&cluster);
    let hosts = cluster.lock().hosts();
    let etcdctl = |arguments: &[&str]| {
        let output = std::process::Command::new("etcdctl")
            .env("ETCDCTL_API", "3")
            .arg(format!("--endpoints={hosts}"))
            .args(arguments)
            .output();
        match output {
            Ok(output) => {
                assert!(output.status.success(), "{arguments:?}: {output:?}");
                true
            }
            Err(_) => false,
        }
    };
    if !etcdctl(&["role", "add", "aecs"]) {
        eprintln!("SKIPPED: etcdctl is not installed; install the package etcd-client");
        return;
    }
    let prefix = place.url.rsplit('/').next().unwrap();
    etcdctl(&[
        "role",
        "grant-permission",
        "aecs",
        "--prefix=true",
        "readwrite",
        &format!("{prefix}/"),
    ]);
    etcdctl(&["user", "add", "root:r00t"]);
    etcdctl(&["user", "grant-role", "root", "root"]);
    etcdctl(&["user", "add", "aecs:hunter2"]);
    etcdctl(&["user", "grant-role", "aecs", "aecs"]);
    etcdctl(&["auth", "enable"]);
    let options = |password: &str| Options {
        user: Some("aecs".to_owned()),
        password: Some(password.to_owned().into()),
        ..Options::default()
    };
    let store = EtcdStore::open(&place.url, &options("hunter2")).await.unwrap();
    assert_eq!(commit(&store, Tag::NONE, &value(1)).await.unwrap(), Swap::Done);
    // A token that is not known any more is replaced by a new one.
    store.client.forge_token();
    assert_eq!(commit(&store, tag(&value(1)), &value(2)).await.unwrap(), Swap::Done);
    let told = timeout(Duration::from_secs(10), store.changed(&root(), tag(&value(1)))).await;
    told.unwrap().unwrap();
    let elsewhere = place.url.replace(prefix, "elsewhere");
    for (url, options) in [
        (place.url.as_str(), options("letmein")),
        (place.url.as_str(), Options::default()),
        (elsewhere.as_str(), options("hunter2")),
    ] {
        let Err(error) = EtcdStore::open(url, &options).await else { panic!("{url} was opened") };
        assert!(matches!(error, Error::Refused { .. }), "{error:?}");
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains("letmein") && !shown.contains("hunter2"), "{shown}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_cluster_is_trusted_by_our_roots_only() {
    let folder = tempfile::tempdir().unwrap();
    let [right, wrong] = [Ca::new(), Ca::new()];
    let (chain, key) = right.issue(&["127.0.0.1".to_owned()]);
    std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o755)).unwrap();
    let file = |name: &str, pem: String| {
        let path = folder.path().join(name);
        std::fs::write(&path, pem).unwrap();
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o644)).unwrap();
        path.display().to_string()
    };
    let (cert, key) = (file("cert", chain), file("key", key));
    let options = [format!("--cert-file={cert}"), format!("--key-file={key}")];
    let options: Vec<&str> = options.iter().map(String::as_str).collect();
    let Some(cluster) = cluster_with_tls(&options) else { return };
    let url = format!("etcd://{}/p?tls=on", cluster.lock().hosts());
    let with_roots = |pem: String| Options {
        tls_roots: Some(pem.into_bytes()),
        timeout: Duration::from_secs(5),
        ..Options::default()
    };
    let store = EtcdStore::open(&url, &with_roots(right.pem())).await.unwrap();
    assert_eq!(commit(&store, Tag::NONE, &value(1)).await.unwrap(), Swap::Done);
    for (url, options) in [
        (url.clone(), with_roots(wrong.pem())),
        (url.replace("127.0.0.1", "localhost"), with_roots(right.pem())),
    ] {
        let Err(error) = EtcdStore::open(&url, &options).await else { panic!("{url} was opened") };
        let shown = error.to_string();
        assert!(matches!(error, Error::Refused { .. }), "{url}: {error:?}");
        assert!(shown.contains("etcd is not trusted"), "{url}: {error:?}");
    }
}

fn cluster_with_tls(options: &[&str]) -> Option<Cluster> {
    servers::Etcd::start_with_tls(1, options).map(|etcd| Arc::new(parking_lot::Mutex::new(etcd)))
}
