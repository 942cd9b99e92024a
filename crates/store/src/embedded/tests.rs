//! The embedded store from inside: conformance, group commit, and a disk that fails.

use std::{
    io,
    path::Path,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    time::Duration,
};

use redb::{BackendError, StorageBackend, backends::FileBackend};

use super::*;
use crate::{PutMode, StoreExt, conformance};

fn key(name: &str) -> Key {
    Key::new(name).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn conforms() {
    let directory = tempfile::tempdir().unwrap();
    let count = AtomicUsize::new(0);
    conformance::run(async || {
        let name = count.fetch_add(1, Ordering::Relaxed).to_string();
        EmbeddedStore::open(directory.path().join(name)).unwrap()
    })
    .await;
}

#[tokio::test]
async fn conforms_across_restarts() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store");
    conformance::run_persistent(async || EmbeddedStore::open(&path).unwrap()).await;
}

#[tokio::test]
async fn waiting_batches_share_a_commit() {
    let disk = Disk::new();
    disk.control.slow.store(true, Ordering::Relaxed);
    let store = Arc::new(disk.open().unwrap());
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..200 {
        let store = Arc::clone(&store);
        tasks.spawn(async move { store.create(key(&format!("k{n}")), vec![1]).await });
    }
    for created in tasks.join_all().await {
        created.unwrap();
    }
    let stats = store.stats();
    assert_eq!(stats.batches, 200);
    assert!(stats.commits <= 20, "{stats:?}");
}

#[tokio::test]
async fn a_refused_batch_fails_alone() {
    let disk = Disk::new();
    disk.control.slow.store(true, Ordering::Relaxed);
    let store = disk.open().unwrap();
    let put = |name| store.create(key(name), vec![1]);
    let (first, winner, loser, last) =
        tokio::join!(put("first"), put("same"), put("same"), put("last"));
    first.unwrap();
    winner.unwrap();
    assert!(matches!(loser, Err(Error::AlreadyExists { .. })), "{loser:?}");
    last.unwrap();
    assert!(store.stats().commits < 3, "{:?}", store.stats());
}

#[tokio::test]
async fn a_group_of_refusals_is_not_committed() {
    let disk = Disk::new();
    let store = disk.open().unwrap();
    store.create(key("k"), vec![1]).await.unwrap();
    let before = store.stats();
    assert!(store.create(key("k"), vec![2]).await.is_err());
    let after = store.stats();
    assert_eq!((after.commits, after.batches), (before.commits, before.batches + 1));
}

#[tokio::test]
async fn a_failed_commit_answers_every_batch_and_the_store_goes_on() {
    let disk = Disk::new();
    let store = disk.open().unwrap();
    let version = store.create(key("before"), b"1".to_vec()).await.unwrap();

    disk.control.broken.store(true, Ordering::Relaxed);
    let put = |name| store.put(key(name), vec![1], PutMode::Overwrite);
    let (a, b, c) = tokio::join!(put("a"), put("b"), put("c"));
    for answer in [a, b, c] {
        assert!(matches!(answer, Err(Error::Unavailable { .. })), "{answer:?}");
    }
    // The disk is still broken: neither a panic nor a wrong answer.
    let again = put("d").await;
    assert!(matches!(again, Err(Error::Unavailable { .. })), "{again:?}");
    let read = store.get(&key("before")).await;
    assert!(matches!(read, Err(Error::Unavailable { .. })), "{read:?}");
    assert!(store.stats().failures >= 1);

    disk.control.broken.store(false, Ordering::Relaxed);
    assert_eq!(store.get(&key("before")).await.unwrap().unwrap().value, b"1");
    // A rejected write leaves no trace in the versions that were handed out.
    let later = store.create(key("after"), b"2".to_vec()).await.unwrap();
    assert!(later > version);
    assert_eq!(store.get(&key("before")).await.unwrap().unwrap().value, b"1");
    drop(store);
    let store = disk.open().unwrap();
    assert_eq!(store.get(&key("after")).await.unwrap().unwrap().value, b"2");
}

#[tokio::test]
async fn a_file_that_vanished_is_not_replaced_by_an_empty_one() {
    let disk = Disk::new();
    let store = disk.open().unwrap();
    store.create(key("k"), vec![1]).await.unwrap();
    disk.control.broken.store(true, Ordering::Relaxed);
    assert!(store.create(key("l"), vec![1]).await.is_err());
    std::fs::remove_file(&disk.path).unwrap();
    disk.control.broken.store(false, Ordering::Relaxed);
    let answer = store.create(key("k"), vec![2]).await;
    assert!(matches!(answer, Err(Error::Unavailable { .. })), "{answer:?}");
    assert!(!disk.path.exists());
}

/// A file whose syncs can be made to fail or to take as long as those of a real disk.
struct Disk {
    _directory: tempfile::TempDir,
    path: std::path::PathBuf,
    control: Arc<Control>,
}

#[derive(Debug, Default)]
struct Control {
    broken: AtomicBool,
    slow: AtomicBool,
}

impl Disk {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("store");
        Self { _directory: directory, path, control: Arc::default() }
    }

    fn open(&self) -> Result<EmbeddedStore> {
        let (path, control) = (self.path.clone(), Arc::clone(&self.control));
        EmbeddedStore::start(Box::new(move |missing| {
            let mut options = std::fs::OpenOptions::new();
            options.read(true).write(true).create(missing == Missing::Create);
            let file = options
                .open(&path)
                .map_err(|error| Error::unavailable_from("opening the test disk", error))?;
            let file = FileBackend::new(file).unwrap();
            let backend = TestBackend { file, control: Arc::clone(&control) };
            file::check_and_open(Path::new("test disk"), backend)
        }))
    }
}

#[derive(Debug)]
struct TestBackend {
    file: FileBackend,
    control: Arc<Control>,
}

impl StorageBackend for TestBackend {
    fn len(&self) -> io::Result<u64> {
        self.file.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.file.read(offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.file.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        if self.control.broken.load(Ordering::Relaxed) {
            return Err(io::Error::other("the disk is broken"));
        }
        if self.control.slow.load(Ordering::Relaxed) {
            std::thread::sleep(Duration::from_millis(5));
        }
        self.file.sync_data()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.file.write(offset, data)
    }

    fn close(&self) -> io::Result<()> {
        self.file.close()
    }

    fn try_lock_range(
        &self,
        start: std::ops::Bound<u64>,
        end: std::ops::Bound<u64>,
    ) -> Result<bool, BackendError> {
        self.file.try_lock_range(start, end)
    }

    fn unlock_range(
        &self,
        start: std::ops::Bound<u64>,
        end: std::ops::Bound<u64>,
    ) -> Result<(), BackendError> {
        self.file.unlock_range(start, end)
    }
}
