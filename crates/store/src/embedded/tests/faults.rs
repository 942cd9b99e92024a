//! What the store makes of a disk that fails: nothing that it said is taken back.

use std::collections::{BTreeMap, BTreeSet};

use super::*;

/// What may be under each key after the next power loss: the last value that was acknowledged or
/// read, and those of writes of which nobody knows.
#[derive(Debug, Default)]
struct Expected(BTreeMap<String, BTreeSet<Option<Vec<u8>>>>);

impl Expected {
    fn of(&self, name: &str) -> BTreeSet<Option<Vec<u8>>> {
        self.0.get(name).cloned().unwrap_or_else(|| BTreeSet::from([None]))
    }

    /// It is said to be so, and may never be otherwise.
    fn settled(&mut self, name: &str, value: Option<Vec<u8>>) {
        self.0.insert(name.to_owned(), BTreeSet::from([value]));
    }

    fn unknown(&mut self, name: &str, value: Vec<u8>) {
        let mut values = self.of(name);
        values.insert(Some(value));
        self.0.insert(name.to_owned(), values);
    }

    /// Compares a value that was read, which thereby is settled.
    fn check(&mut self, name: &str, value: Option<Vec<u8>>, context: &str) {
        let allowed = self.of(name);
        assert!(allowed.contains(&value), "{context}: {name} is {value:?}, allowed {allowed:?}");
        self.settled(name, value);
    }
}

/// Writes, with faults, until the writes are made or the disk is lost; then the power goes, and
/// everything that was said has to be true.
async fn history(seed: u64, faults: Faults) {
    let context = format!("seed {seed}, {faults:?}");
    let disk = PowerDisk::new(seed);
    let open = || EmbeddedStore::start(Arc::new(disk.clone()), PAGES);
    let mut store = Some(open().unwrap());
    let base = disk.syncs();
    let shift = |number: &u64| number + base;
    disk.set(Faults {
        syncs: faults.syncs.iter().map(shift).collect(),
        power_loss: faults.power_loss.as_ref().map(shift),
        ..faults
    });
    let mut expected = Expected::default();
    for n in 0..12_u64 {
        let name = format!("k{}", (seed + n * n) % 5);
        let value =
            format!("{seed}.{n}.").into_bytes().repeat(usize::try_from(n).unwrap() * 60 + 1);
        let Some(open_store) = &store else { break };
        match open_store.put(&name, value.clone()).await {
            Ok(_) => expected.settled(&name, Some(value)),
            Err(_) => {
                expected.unknown(&name, value);
                // As the vault does: what is read then is told to the caller.
                match open_store.get(&name).await {
                    Ok(found) => expected.check(&name, found, &context),
                    // The process ends, and the next one tries; the machine stays up.
                    Err(_) => {
                        drop(store.take());
                        store = open().ok();
                    }
                }
            }
        }
    }
    drop(store);
    // Sometimes another process had it, before the power went.
    if seed.is_multiple_of(3)
        && let Ok(store) = open()
    {
        for n in 0..5 {
            let name = format!("k{n}");
            if let Ok(found) = store.get(&name).await {
                expected.check(&name, found, &context);
            }
        }
    }
    disk.restart();
    let store = open().unwrap_or_else(|error| panic!("{context}: destroyed: {error:?}"));
    for n in 0..5 {
        let name = format!("k{n}");
        let found = store.get(&name).await.unwrap();
        expected.check(&name, found, &context);
    }
    store.put("after", vec![1]).await.unwrap();
}

/// Enough for the writes and everything that faults cause.
const SYNCS: u64 = 26;

#[tokio::test]
async fn f02_a_failed_sync_takes_nothing_back() {
    for sticky_cache in [false, true] {
        for seed in 0..SYNCS * 24 {
            let syncs = BTreeSet::from([seed % SYNCS]);
            history(seed, Faults { syncs, sticky_cache, ..Faults::default() }).await;
        }
    }
}

#[tokio::test]
async fn f02_failed_syncs_and_a_power_loss_take_nothing_back() {
    for seed in 0..SYNCS * 24 {
        let syncs = BTreeSet::from([seed % SYNCS, (seed * 7) % SYNCS, (seed % SYNCS) + 1]);
        let power_loss = Some((seed % SYNCS) + (seed / SYNCS));
        let sticky_cache = seed.is_multiple_of(2);
        history(seed, Faults { syncs, power_loss, sticky_cache, ..Faults::default() }).await;
    }
}

#[tokio::test]
async fn power_losses_take_nothing_back() {
    for seed in 0..SYNCS * 8 {
        let power_loss = Some(seed % SYNCS);
        history(seed, Faults { power_loss, ..Faults::default() }).await;
    }
}

/// The power goes before each sync of a first start, or the process is killed there.
#[tokio::test]
async fn a_first_start_that_ends_early_leaves_nothing_that_does_not_open() {
    for sync in 0..8 {
        for seed in 0..24 {
            let disk = PowerDisk::new(seed);
            disk.set(Faults { power_loss: Some(sync), ..Faults::default() });
            let first = EmbeddedStore::start(Arc::new(disk.clone()), PAGES);
            drop(first);
            disk.restart();
            let store = EmbeddedStore::start(Arc::new(disk.clone()), PAGES)
                .unwrap_or_else(|error| panic!("sync {sync}, seed {seed}: {error:?}"));
            store.put("k", vec![1]).await.unwrap();
            assert!(!disk.has(Name::Fresh), "sync {sync}, seed {seed}");
        }
    }
}

#[tokio::test]
async fn f02_after_a_failed_sync_the_store_goes_on_in_a_new_file() {
    let disk = PowerDisk::new(1);
    let store = EmbeddedStore::start(Arc::new(disk.clone()), PAGES).unwrap();
    store.put("before", b"1".to_vec()).await.unwrap();
    disk.set(Faults { syncs: BTreeSet::from([disk.syncs()]), ..Faults::default() });
    let answer = store.put("a", vec![1]).await;
    assert!(matches!(answer, Err(Error::Unavailable { .. })), "{answer:?}");
    assert_eq!(store.get("before").await.unwrap().unwrap(), b"1");
    store.put("after", b"2".to_vec()).await.unwrap();
    assert_eq!(store.stats().failures, 1);
    assert!(!disk.has(Name::Unsynced) && !disk.has(Name::Fresh));
}

#[tokio::test]
async fn f02_a_disk_that_stays_broken_ends_the_store_and_the_next_one_copies_it() {
    let disk = PowerDisk::new(1);
    let store = EmbeddedStore::start(Arc::new(disk.clone()), PAGES).unwrap();
    store.put("before", b"1".to_vec()).await.unwrap();
    disk.set(Faults { broken: true, ..Faults::default() });
    let answer = store.put("lost", vec![1]).await;
    assert!(matches!(answer, Err(Error::Unavailable { .. })), "{answer:?}");
    assert!(matches!(store.lost().await, Error::DiskFailed { .. }));
    for _ in 0..2 {
        let read = store.get("before").await;
        assert!(matches!(read, Err(Error::DiskFailed { .. })), "{read:?}");
        let write = store.put("more", vec![1]).await;
        assert!(matches!(write, Err(Error::DiskFailed { .. })), "{write:?}");
    }
    drop(store);
    assert!(disk.has(Name::Unsynced) && !disk.has(Name::Store));

    let refused = EmbeddedStore::start(Arc::new(disk.clone()), PAGES).err();
    assert!(matches!(refused, Some(Error::DiskFailed { .. })), "{refused:?}");

    disk.set(Faults::default());
    let store = EmbeddedStore::start(Arc::new(disk.clone()), PAGES).unwrap();
    assert_eq!(store.get("before").await.unwrap().unwrap(), b"1");
    assert!(!disk.has(Name::Unsynced) && disk.has(Name::Store));
}

#[tokio::test]
async fn f06_a_full_disk_is_read() {
    let disk = PowerDisk::new(1);
    let store = EmbeddedStore::start(Arc::new(disk.clone()), PAGES).unwrap();
    store.put("before", b"1".to_vec()).await.unwrap();
    let full = Faults { writes: Some(std::io::ErrorKind::StorageFull), ..Faults::default() };
    disk.set(full);
    let answer = store.put("more", vec![1]).await;
    assert!(matches!(answer, Err(Error::Unavailable { .. })), "{answer:?}");
    assert_eq!(store.get("before").await.unwrap().unwrap(), b"1");
    assert!(store.get("more").await.unwrap().is_none(), "it was not half written");
    let again = store.put("more", vec![1]).await;
    assert!(matches!(again, Err(Error::NotWritable { .. })), "{again:?}");
    // A start, also after a crash, on the full disk.
    std::mem::forget(store);
    let store = EmbeddedStore::start(Arc::new(disk.clone()), PAGES).unwrap();
    assert_eq!(store.get("before").await.unwrap().unwrap(), b"1");
    let refused = store.put("more", vec![1]).await;
    assert!(matches!(refused, Err(Error::NotWritable { .. })), "{refused:?}");
    // There is room again.
    disk.set(Faults::default());
    loop {
        match store.put("more", vec![1]).await {
            Ok(_) => break,
            Err(Error::NotWritable { .. }) => {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            Err(error) => panic!("{error:?}"),
        }
    }
}

#[tokio::test]
async fn f07_a_file_that_was_taken_away_is_read_and_not_written() {
    let disk = PowerDisk::new(1);
    let store = EmbeddedStore::start(Arc::new(disk.clone()), PAGES).unwrap();
    store.put("before", b"1".to_vec()).await.unwrap();
    disk.set(Faults { moved: Some("it was removed".to_owned()), ..Faults::default() });
    let refused = store.put("more", vec![1]).await;
    assert!(matches!(refused, Err(Error::NotWritable { .. })), "{refused:?}");
    assert_eq!(store.get("before").await.unwrap().unwrap(), b"1");
    disk.set(Faults::default());
    store.put("more", vec![1]).await.unwrap();
}
