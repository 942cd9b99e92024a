//! Reads on a store that others write to: how current they are, and what that costs.

use std::sync::atomic::Ordering::SeqCst;

use tokio::task::JoinSet;

use super::*;
use crate::Tampering;

fn store() -> Arc<Faulty> {
    Arc::new(Faulty::new(true, true, 1))
}

#[tokio::test(start_paused = true)]
async fn a_read_sees_what_another_process_was_told() {
    let store = store();
    let (one, other) = (open(&store).await, open(&store).await);
    for n in 0..30 {
        let written = n.to_string();
        put(&one, "aecs/a", &written).await;
        assert_eq!(text(&other, "aecs/a").await, Some(written));
        assert_eq!(other.seen(), one.seen());
    }
    one.commit(Change::new().remove(name("aecs/a"), None)).await.unwrap();
    assert!(!other.contains(&name("aecs/a")).await.unwrap());
}

#[tokio::test(start_paused = true)]
async fn one_process_alone_does_not_look_at_the_root() {
    let store = Arc::new(Faulty::new(false, true, 1));
    let vault = open(&store).await;
    put(&vault, "aecs/a", "x").await;
    let before = store.reads.load(SeqCst);
    for _ in 0..20 {
        assert_eq!(text(&vault, "aecs/a").await.as_deref(), Some("x"));
        put(&vault, "aecs/a", "x").await;
    }
    assert_eq!(store.reads.load(SeqCst), before);
}

#[tokio::test(start_paused = true)]
async fn many_reads_share_a_look_at_the_root() {
    let store = store();
    let vault = open(&store).await;
    put(&vault, "aecs/a", "x").await;
    let before = store.reads.load(SeqCst);
    let mut tasks = JoinSet::new();
    for _ in 0..200 {
        let vault = vault.clone();
        tasks.spawn(async move { text(&vault, "aecs/a").await });
    }
    assert!(tasks.join_all().await.iter().all(|text| text.as_deref() == Some("x")));
    let looks = store.reads.load(SeqCst) - before;
    assert!(looks <= 4, "{looks} looks for 200 reads");
}

/// A read that begins while a look is on its way must not take its answer: the question may have been
/// answered before what the reader was told of.
#[tokio::test(start_paused = true)]
async fn a_read_does_not_join_a_look_that_began_before_it() {
    let store = store();
    let (reader, writer) = (open(&store).await, open(&store).await);
    for n in 0..200 {
        let mut tasks = JoinSet::new();
        for _ in 0..3 {
            let reader = reader.clone();
            tasks.spawn(async move { reader.state().await.unwrap().epoch });
        }
        for _ in 0..n % 7 {
            tokio::task::yield_now().await;
        }
        let written = put(&writer, "aecs/a", "x").await;
        assert!(reader.state().await.unwrap().epoch >= written, "a read missed a change");
        tasks.join_all().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_failed_look_fails_those_who_wait_for_it() {
    let store = store();
    let vault = open(&store).await;
    put(&vault, "aecs/a", "x").await;
    store.state.lock().failing_registers = 1;
    let before = store.reads.load(SeqCst);
    let mut tasks = JoinSet::new();
    for _ in 0..50 {
        let vault = vault.clone();
        tasks.spawn(async move { vault.get(&name("aecs/a")).await.is_ok() });
    }
    let results = tasks.join_all().await;
    assert!(results.contains(&false), "the error was told to nobody");
    assert!(store.reads.load(SeqCst) - before <= 4);
    assert!(text(&vault, "aecs/a").await.is_some());
}

#[tokio::test(start_paused = true)]
async fn staleness_is_bounded() {
    let store = store();
    let (reader, writer) = (open(&store).await, open(&store).await);
    reader.max_staleness(Duration::from_millis(100));
    put(&writer, "aecs/a", "old").await;
    assert_eq!(text(&reader, "aecs/a").await.as_deref(), Some("old"));
    put(&writer, "aecs/a", "new").await;
    let before = store.reads.load(SeqCst);
    assert_eq!(text(&reader, "aecs/a").await.as_deref(), Some("old"));
    assert_eq!(store.reads.load(SeqCst), before);
    tokio::time::advance(Duration::from_millis(101)).await;
    assert_eq!(text(&reader, "aecs/a").await.as_deref(), Some("new"));
    // Its own changes it sees at once, and preconditions are decided on the present root.
    put(&writer, "aecs/b", "x").await;
    let refused = reader.commit(Change::new().create(name("aecs/b"), plain("y"))).await;
    assert!(matches!(refused, Err(VaultError::Exists { .. })));
    put(&reader, "aecs/b", "z").await;
    assert_eq!(text(&reader, "aecs/b").await.as_deref(), Some("z"));
    // So is a refusal: what is in the way by the root that it knows has been removed.
    for _ in 0..10 {
        writer.commit(Change::new().remove(name("aecs/b"), None)).await.unwrap();
        reader.commit(Change::new().create(name("aecs/b"), plain("again"))).await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn a_watcher_is_told_of_others_changes() {
    let store = store();
    let (watcher, writer) = (open(&store).await, open(&store).await);
    let seen = watcher.seen();
    let waiting = tokio::spawn(async move { watcher.changed(&seen).await.unwrap().epoch });
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(!waiting.is_finished());
    let epoch = put(&writer, "aecs/a", "x").await;
    assert_eq!(waiting.await.unwrap(), epoch);
}

/// A tree of many small pages, so that folders begin and end within pages and have whole ones.
#[tokio::test(start_paused = true)]
async fn a_fingerprint_changes_with_what_is_in_the_folder() {
    let store = store();
    let options = Options { shape: small(), ..Options::default() };
    let vault = try_open(&store, options.clone()).await.unwrap();
    let other = try_open(&store, options).await.unwrap();
    let folders = ["aecs/a/", "aecs/b/", "aecs/c/", "aecs/none/", ""].map(str::to_owned);
    let empty = vault.fingerprints(&folders).await.unwrap();
    for n in 0..60 {
        for folder in ["a", "b", "c"] {
            put(&vault, &format!("aecs/{folder}/{n:02}"), "x").await;
        }
    }
    let mut before = vault.fingerprints(&folders).await.unwrap();
    assert!(before[1] != before[2] && before[1] != empty[1] && before[3] == empty[3]);
    for n in 0..60 {
        let changed = name(&format!("aecs/b/{n:02}"));
        for step in 0..3 {
            match step {
                1 => other.commit(Change::new().remove(changed.clone(), None)).await.unwrap(),
                _ => put(&other, changed.as_str(), "x").await,
            };
            let after = vault.fingerprints(&folders).await.unwrap();
            assert!(after == other.fingerprints(&folders).await.unwrap());
            assert!(after[1] != before[1] && after[4] != before[4], "{n} {step}");
            assert!(after[3] == before[3], "nothing is in it");
            before = after;
        }
        // What is written over keeps all records in their pages.
        put(&other, changed.as_str(), "x").await;
        let after = vault.fingerprints(&folders).await.unwrap();
        assert!(after[1] != before[1] && after[0] == before[0] && after[2] == before[2], "{n}");
        before = after;
    }
}

/// Reads under a root whose pages are removed at once by another process.
#[tokio::test(start_paused = true)]
async fn a_read_that_is_overtaken_starts_over() {
    let store = store();
    let keep = Keep { commits: 0, time: Duration::ZERO };
    let hasty = Options { keep, shape: small(), cache: Arc::new(Cache::new(0)) };
    let writer = try_open(&store, hasty.clone()).await.unwrap();
    let reader = try_open(&store, hasty).await.unwrap();
    for n in 0..100 {
        put(&writer, &format!("aecs/{n}"), "x").await;
    }
    let mut tasks = JoinSet::new();
    for n in 0..100 {
        let reader = reader.clone();
        tasks.spawn(async move {
            for _ in 0..n * 20 {
                tokio::task::yield_now().await;
            }
            assert!(reader.contains(&name(&format!("aecs/{n}"))).await.unwrap());
            assert!(reader.names("aecs/").await.unwrap().len() >= 100);
        });
    }
    for n in 0..100 {
        put(&writer, &format!("aecs/{}", n % 100), "y").await;
        put(&writer, &format!("aecs/new{n}"), "y").await;
    }
    while let Some(result) = tasks.join_next().await {
        result.unwrap();
    }
    // The same while everything is walked.
    let walking = tokio::spawn(async move { reader.verify(|_| ()).await.unwrap() });
    for n in 0..60 {
        put(&writer, &format!("aecs/{n}"), "z").await;
    }
    assert_eq!(walking.await.unwrap().damaged, []);
}

#[tokio::test(start_paused = true)]
async fn an_engine_that_finds_damage_in_one_page_serves_the_others() {
    let store = store();
    let options = Options { shape: small(), cache: Arc::new(Cache::new(0)), ..options() };
    let vault = try_open(&store, options).await.unwrap();
    for n in 0..40 {
        put(&vault, &format!("aecs/{n}"), "x").await;
    }
    let leaf = invariants::check(&store, 300, &mut invariants::Opened::default()).unwrap();
    let leaf = leaf.reached.iter().max_by_key(|id| id.as_bytes()).copied().unwrap();
    store.state.lock().corrupt.insert(leaf);
    let (mut served, mut refused) = (0, 0);
    for n in 0..40 {
        match vault.get(&name(&format!("aecs/{n}"))).await {
            Ok(found) => served += usize::from(found.is_some()),
            Err(VaultError::Tampered { what: Tampering::Unreadable, .. }) => refused += 1,
            Err(error) => panic!("{error:?}"),
        }
    }
    assert!(served + refused == 40 && refused > 0, "{served} {refused}");
}

/// A page that the disk does not read is one damaged page, and not a store that does not answer.
#[tokio::test(start_paused = true)]
async fn a_page_that_the_disk_does_not_read_is_found_and_hides_no_other() {
    let store = store();
    let options = Options { shape: small(), cache: Arc::new(Cache::new(0)), ..options() };
    let vault = try_open(&store, options).await.unwrap();
    for n in 0..40 {
        put(&vault, &format!("aecs/{n}"), "x").await;
    }
    let leaf = invariants::check(&store, 300, &mut invariants::Opened::default()).unwrap();
    // The oldest one, so not one on the way to all others.
    let leaf = leaf.reached.iter().min_by_key(|id| id.as_bytes()).copied().unwrap();
    store.state.lock().unreadable.insert(leaf);
    let report = vault.verify(|_| ()).await.unwrap();
    assert_eq!(report.damaged.len(), 1, "{report:?}");
    assert_eq!(report.damaged[0].what, Tampering::Disk);
    let (mut served, mut refused) = (0, 0);
    for n in 0..40 {
        match vault.get(&name(&format!("aecs/{n}"))).await {
            Ok(found) => served += usize::from(found.is_some()),
            Err(error @ VaultError::Tampered { what: Tampering::Disk, .. }) => {
                let told = error.to_string();
                assert_eq!(
                    told,
                    format!("record aecs/{n} cannot be read: the disk does not read it")
                );
                refused += 1;
            }
            Err(error) => panic!("{error:?}"),
        }
    }
    assert!(served + refused == 40 && refused > 0 && served > 0, "{served} {refused}");
}
