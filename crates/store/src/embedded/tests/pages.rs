//! Pages and registers in a file: conformance, a disk that fails, damage.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::PathBuf,
};

use super::*;
use crate::{
    MemoryStore,
    pages::{
        Commit, PageId, PageStore, Register, Swap, Tag,
        conformance::{self, Place},
    },
};

struct File {
    path: PathBuf,
    _folder: tempfile::TempDir,
}

impl File {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { path: folder.path().join("store"), _folder: folder }
    }

    fn copy(&self) -> PathBuf {
        self.path.with_extension("copy")
    }
}

#[async_trait]
impl Place for File {
    async fn open(&self) -> Arc<dyn PageStore> {
        Arc::new(EmbeddedStore::open_pages(&self.path, CACHE).unwrap())
    }

    async fn back_up(&self) {
        fs::copy(&self.path, self.copy()).unwrap();
    }

    async fn restore(&self) {
        fs::copy(self.copy(), &self.path).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn pages_conform() {
    conformance::run(async || File::new()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn agrees_with_memory() {
    for seed in 0..10 {
        let file = File::new();
        let stores = [Arc::new(MemoryStore::new()) as _, file.open().await];
        conformance::agree(&stores, seed, 150).await;
    }
}

fn root() -> Register {
    Register::new("root").unwrap()
}

fn id(number: u64) -> PageId {
    PageId::from_bytes((u128::from(number) + 1).to_be_bytes())
}

fn value(number: u64) -> Vec<u8> {
    let tag = (u128::from(number) + 1).to_be_bytes();
    [&tag[..], &[7; 100]].concat()
}

fn page(number: u64) -> Vec<u8> {
    number.to_be_bytes().repeat(500)
}

fn tag(number: u64) -> Tag {
    Tag::of(Some(&value(number))).unwrap()
}

async fn commit(store: &EmbeddedStore, expected: Tag, number: u64) -> Result<Swap> {
    let (register, value) = (&root(), value(number));
    let pages = &[(id(number), page(number))];
    store.commit(Commit { register, expected, value: Some(&value), pages, dead: &[] }).await
}

/// The register's value, as a number; `None` if there is none.
async fn present(store: &EmbeddedStore) -> Result<Option<u64>> {
    let value = PageStore::read(store, &root(), Tag::NONE).await?;
    Ok(match value {
        crate::pages::Read::New(value) => {
            let number = u128::from_be_bytes(value[..16].try_into().unwrap());
            Some(u64::try_from(number).unwrap() - 1)
        }
        _ => None,
    })
}

/// Commits, with faults, until all are made or the disk is lost; then the power goes, and everything
/// that was said has to be true.
async fn history(seed: u64, faults: Faults) {
    let context = format!("seed {seed}, {faults:?}");
    let disk = PowerDisk::new(seed);
    let open = || EmbeddedStore::start(Arc::new(disk.clone()), PAGES);
    let mut store = Some(open().unwrap());
    let base = disk.syncs();
    disk.set(Faults {
        syncs: faults.syncs.iter().map(|number| number + base).collect(),
        power_loss: faults.power_loss.map(|number| number + base),
        ..faults
    });
    // What the register may be, and what it was once.
    let mut allowed = BTreeSet::from([None]);
    let mut pages = BTreeMap::new();
    for number in 0..10 {
        let Some(open_store) = &store else { break };
        let expected = allowed.last().copied().flatten().map_or(Tag::NONE, tag);
        match commit(open_store, expected, number).await {
            Ok(Swap::Done) => {
                allowed = BTreeSet::from([Some(number)]);
                pages.insert(number, true);
            }
            Ok(Swap::Lost) => panic!("{context}: nobody else commits"),
            Err(_) => {
                allowed.insert(Some(number));
                pages.insert(number, false);
                match present(open_store).await {
                    Ok(found) => {
                        assert!(allowed.contains(&found), "{context}: {found:?}, not {allowed:?}");
                        allowed = BTreeSet::from([found]);
                        pages.insert(number, found == Some(number));
                    }
                    Err(_) => {
                        drop(store.take());
                        store = open().ok();
                        if let Some(store) = &store {
                            let found = present(store).await.unwrap();
                            assert!(allowed.contains(&found), "{context}: {found:?}");
                            allowed = BTreeSet::from([found]);
                            pages.insert(number, found == Some(number));
                        }
                    }
                }
            }
        }
    }
    drop(store);
    disk.restart();
    let store = open().unwrap_or_else(|error| panic!("{context}: destroyed: {error:?}"));
    let found = present(&store).await.unwrap();
    assert!(allowed.contains(&found), "{context}: {found:?}, allowed {allowed:?}");
    for (number, there) in pages {
        let there = there || found == Some(number);
        let page_found = store.page(id(number)).await.unwrap();
        assert!(!there || page_found == Some(page(number)), "{context}: page {number} is lost");
    }
    let expected = found.map_or(Tag::NONE, tag);
    assert_eq!(commit(&store, expected, 100).await.unwrap(), Swap::Done, "{context}");
}

const SYNCS: u64 = 22;

#[tokio::test]
async fn failed_syncs_and_power_losses_take_no_commit_back() {
    for seed in 0..SYNCS * 24 {
        let syncs = match seed % 3 {
            0 => BTreeSet::new(),
            1 => BTreeSet::from([seed % SYNCS]),
            _ => BTreeSet::from([seed % SYNCS, (seed * 7) % SYNCS, (seed % SYNCS) + 1]),
        };
        let power_loss = (seed % 4 < 3).then_some((seed % SYNCS) + seed / SYNCS);
        let sticky_cache = seed.is_multiple_of(2);
        history(seed, Faults { syncs, power_loss, sticky_cache, ..Faults::default() }).await;
    }
}

#[tokio::test]
async fn waiting_commits_share_a_sync() {
    let disk = PowerDisk::new(1);
    disk.set(Faults { slow: true, ..Faults::default() });
    let store = Arc::new(EmbeddedStore::start(Arc::new(disk), PAGES).unwrap());
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..100 {
        let store = Arc::clone(&store);
        tasks.spawn(async move {
            let (register, value) = (Register::new(format!("r{n}")).unwrap(), value(n));
            let (expected, value) = (Tag::NONE, Some(&value[..]));
            let commit = Commit { register: &register, expected, value, pages: &[], dead: &[] };
            store.commit(commit).await.unwrap()
        });
    }
    assert!(tasks.join_all().await.iter().all(|swap| *swap == Swap::Done));
    assert!(store.stats().commits <= 12, "{:?}", store.stats());
}

/// A start after a kill reads the whole file, unless the server had no work before.
#[tokio::test]
async fn a_file_at_rest_needs_no_repair_after_a_kill() {
    let file = File::new();
    let rest = Some(Duration::from_millis(500));
    let disk = Arc::new(Folder::new(file.path.clone()));
    let store = EmbeddedStore::start(disk, Settings { rest, ..PAGES }).unwrap();
    let needs_repair = || {
        fs::copy(&file.path, file.copy()).unwrap();
        let mut builder = redb::Builder::new();
        builder.set_repair_callback(redb::RepairSession::abort);
        match builder.open(file.copy()) {
            Ok(_) => false,
            Err(redb::DatabaseError::RepairAborted) => true,
            Err(error) => panic!("{error:?}"),
        }
    };
    for round in 0..2 {
        let expected = if round == 0 { Tag::NONE } else { tag(0) };
        assert_eq!(commit(&store, expected, round).await.unwrap(), Swap::Done);
        assert!(needs_repair(), "round {round}");
        while store.stats().commits < 2 * (round + 1) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert!(!needs_repair(), "round {round}");
    }
    // It rests once.
    tokio::time::sleep(Duration::from_millis(700)).await;
    assert_eq!((store.stats().commits, store.stats().failures), (4, 0));
}

#[tokio::test]
async fn a_lost_swap_is_not_committed() {
    let store = EmbeddedStore::start(Arc::new(PowerDisk::new(1)), PAGES).unwrap();
    assert_eq!(commit(&store, Tag::NONE, 1).await.unwrap(), Swap::Done);
    let before = store.stats();
    assert_eq!(commit(&store, Tag::NONE, 2).await.unwrap(), Swap::Lost);
    assert_eq!(store.stats().commits, before.commits);
    assert!(store.page(id(2)).await.unwrap().is_none());
}

#[tokio::test]
async fn who_waits_for_a_change_learns_that_the_disk_failed() {
    let disk = PowerDisk::new(1);
    let store = Arc::new(EmbeddedStore::start(Arc::new(disk.clone()), PAGES).unwrap());
    assert_eq!(commit(&store, Tag::NONE, 1).await.unwrap(), Swap::Done);
    let waiter = tokio::spawn({
        let store = Arc::clone(&store);
        async move { store.changed(&root(), tag(1)).await }
    });
    tokio::time::sleep(Duration::from_millis(20)).await;
    disk.set(Faults { broken: true, ..Faults::default() });
    assert!(commit(&store, tag(1), 2).await.is_err());
    let told = tokio::time::timeout(Duration::from_secs(10), waiter).await.unwrap().unwrap();
    assert!(matches!(told, Err(Error::DiskFailed { .. })), "{told:?}");
}

/// Without a check of the file when it is opened, damage may be found late or by the reader of a
/// page, but is never a panic. What the engine itself notices is an error.
#[test]
fn damage_is_no_panic() {
    let file = File::new();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    let fill = async {
        let store = EmbeddedStore::open_pages(&file.path, CACHE).unwrap();
        for number in 0..40_u64 {
            let expected = number.checked_sub(1).map_or(Tag::NONE, tag);
            assert_eq!(commit(&store, expected, number).await.unwrap(), Swap::Done);
        }
    };
    runtime.block_on(fill);
    let original = fs::read(&file.path).unwrap();
    let flips = (0..320).chain((320..original.len()).step_by(4999));
    let damages = flips
        .map(|at| (at, 1_usize))
        .chain((4096..original.len()).step_by(16_384).map(|at| (at, 4096)));
    let (mut refused, mut failed) = (0, 0);
    for (at, len) in damages {
        let mut bytes = original.clone();
        for (n, byte) in bytes[at..].iter_mut().take(len).enumerate() {
            *byte ^= u8::try_from((n * 7 + at) % 251).unwrap() | 1;
        }
        fs::write(&file.path, bytes).unwrap();
        let store = match EmbeddedStore::open_pages(&file.path, CACHE) {
            Ok(store) => store,
            Err(Error::Corrupt { .. }) => {
                refused += 1;
                continue;
            }
            Err(error) => panic!("byte {at}: expected Corrupt, got {error:?}"),
        };
        runtime.block_on(async {
            for number in 0..40 {
                failed += i32::from(store.page(id(number)).await.is_err());
            }
            let _ = PageStore::list(&store, None, 1000).await;
            let _ = store.registers("").await;
            let found = present_tag(&store).await;
            let _ = commit(&store, found, 200).await;
            let _ = PageStore::delete(&store, &[id(0), id(39)]).await;
        });
    }
    assert!(refused + failed > 20, "{refused} refused, {failed} reads failed");
}

async fn present_tag(store: &EmbeddedStore) -> Tag {
    match PageStore::read(store, &root(), Tag::NONE).await {
        Ok(crate::pages::Read::New(value)) => Tag::of(Some(&value)).unwrap(),
        _ => Tag::NONE,
    }
}

/// A store with pages of which each has leaves of its own, and nearly no memory for them.
const LEAVES: u64 = 60;
const SMALL: Settings = Settings { cache_bytes: 16 << 10, ..PAGES };

async fn filled(disk: &PowerDisk) {
    let store = EmbeddedStore::start(Arc::new(disk.clone()), SMALL).unwrap();
    for number in 0..LEAVES {
        let expected = number.checked_sub(1).map_or(Tag::NONE, tag);
        assert_eq!(commit(&store, expected, number).await.unwrap(), Swap::Done);
    }
}

#[tokio::test]
async fn a_start_after_a_clean_end_does_not_read_the_whole_file() {
    let disk = PowerDisk::new(1);
    filled(&disk).await;
    disk.read();
    let store = EmbeddedStore::start(Arc::new(disk.clone()), SMALL).unwrap();
    let (read, whole) = (disk.read(), disk.pages() * 4096);
    assert!(read < whole / 4, "{read} of {whole} bytes");
    assert_eq!(present(&store).await.unwrap(), Some(LEAVES - 1));
}

/// Each page of the file in turn cannot be read: all that does not need it is done, also after another
/// start, and everything is done once it can be read again.
#[tokio::test]
async fn what_cannot_be_read_fails_only_the_calls_that_need_it() {
    let (mut no_start, mut no_page, mut no_commit, mut closed, mut done) = (0, 0, 0, 0, 0);
    let mut no_second = 0;
    let blocks = {
        let disk = PowerDisk::new(1);
        filled(&disk).await;
        disk.pages()
    };
    for block in 1..blocks {
        let disk = PowerDisk::new(1);
        filled(&disk).await;
        let bad = Faults { unreadable: BTreeSet::from([block]), ..Faults::default() };
        disk.set(bad.clone());
        let store = match EmbeddedStore::start(Arc::new(disk.clone()), SMALL) {
            Ok(store) => store,
            Err(Error::Unreadable { .. }) => {
                no_start += 1;
                continue;
            }
            Err(error) => panic!("block {block}: {error:?}"),
        };
        let mut lost = BTreeSet::new();
        for number in 0..LEAVES {
            match store.page(id(number)).await {
                Ok(found) => assert_eq!(found, Some(page(number)), "block {block}"),
                Err(error @ Error::Unreadable { .. }) => {
                    let told = error.to_string();
                    assert!(told.contains("cannot read power disk Store at byte"), "{told}");
                    lost.insert(number);
                }
                Err(error) => panic!("block {block}: {error:?}"),
            }
        }
        no_page += lost.len();
        // What is dead lies beside what cannot be read, too.
        for number in 0..LEAVES {
            let found = match present_tag_if_readable(&store).await {
                Ok(found) => found,
                Err(Error::Unreadable { .. }) => break,
                Err(error) => panic!("block {block}: {error:?}"),
            };
            let (register, value) = (&root(), value(LEAVES + number));
            let pages = &[(id(LEAVES + number), page(number))];
            let dead = &[id(number)];
            let commit = Commit { register, expected: found, value: Some(&value), pages, dead };
            match store.commit(commit).await {
                Ok(swap) => assert_eq!(swap, Swap::Done, "block {block}"),
                Err(Error::Unreadable { .. }) => no_commit += 1,
                // redb itself needs the page to end a commit.
                Err(Error::Unavailable { .. }) => {
                    closed += 1;
                    break;
                }
                Err(error) => panic!("block {block}: {error:?}"),
            }
            done += 1;
        }
        drop(store);
        let store = match EmbeddedStore::start(Arc::new(disk.clone()), SMALL) {
            Ok(store) => store,
            // redb needs the page to close the file as well, and reads the whole file after that.
            Err(Error::Unreadable { .. }) => {
                no_second += 1;
                continue;
            }
            Err(error) => panic!("block {block}: {error:?}"),
        };
        disk.set(Faults::default());
        for number in lost {
            let found = store.page(id(number)).await.unwrap();
            assert!(found.is_none_or(|found| found == page(number)), "block {block}");
        }
        let found = present_tag(&store).await;
        assert_eq!(commit(&store, found, 999).await.unwrap(), Swap::Done, "block {block}");
    }
    let what = format!(
        "{blocks} blocks: {no_start} no start, {closed} closed, {no_second} no second start, {no_page} no \
         page, {no_commit} no commit, {done} done"
    );
    // Without memory for them, redb reads its own pages again and again.
    assert!(no_start < blocks / 8 && closed < blocks / 8 && no_second < blocks / 8, "{what}");
    assert!(no_page > 20 && no_commit > 20 && done > 1_000, "{what}");
}

async fn present_tag_if_readable(store: &EmbeddedStore) -> Result<Tag> {
    match PageStore::read(store, &root(), Tag::NONE).await? {
        crate::pages::Read::New(value) => Tag::of(Some(&value)),
        _ => Ok(Tag::NONE),
    }
}
