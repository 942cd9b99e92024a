//! The place of a store is full, cannot be written, or is taken away: reads go on, and a write is
//! refused with the reason instead of lost.
#![cfg(all(feature = "embedded", target_os = "linux"))]
// Clippy knows test functions, but not the functions that they share.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr)]

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use aecs_store::{EmbeddedStore, Error};

mod support;

use support::{CACHE, Map};

async fn store_with_one(path: &Path) -> EmbeddedStore {
    let store = EmbeddedStore::open_pages(path, CACHE).unwrap();
    store.put("before", b"1".to_vec()).await.unwrap();
    store
}

async fn assert_reads(store: &EmbeddedStore) {
    assert_eq!(store.get("before").await.unwrap().unwrap(), b"1");
    assert_eq!(store.names("").await.unwrap().len(), 1);
}

async fn assert_refuses(store: &EmbeddedStore, reason: &str) {
    match store.put("more", vec![1]).await {
        Err(Error::NotWritable { reason: found }) => assert!(found.contains(reason), "{found}"),
        other => panic!("expected NotWritable with {reason:?}, got {other:?}"),
    }
    assert!(store.get("more").await.unwrap().is_none());
}

#[tokio::test]
async fn f07_a_removed_store_is_not_written() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store");
    let store = store_with_one(&path).await;
    fs::remove_file(&path).unwrap();
    assert_refuses(&store, "was removed").await;
    assert_reads(&store).await;
    drop(store);
    assert!(!path.exists());
    assert!(EmbeddedStore::open_pages(&path, CACHE).unwrap().is_new());
}

#[tokio::test]
async fn f07_a_replaced_store_is_not_written_until_it_is_back() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store");
    let aside = directory.path().join("aside");
    let store = store_with_one(&path).await;
    assert!(store.is_new());
    fs::rename(&path, &aside).unwrap();
    fs::copy(&aside, &path).unwrap();
    assert_refuses(&store, "another file").await;
    assert_reads(&store).await;
    fs::rename(&aside, &path).unwrap();
    store.put("more", vec![1]).await.unwrap();
    drop(store);
    let store = EmbeddedStore::open_pages(&path, CACHE).unwrap();
    assert!(!store.is_new());
    assert!(store.get("more").await.unwrap().is_some());
}

#[tokio::test]
async fn f06_a_full_disk_serves_reads() {
    let Some(volume) = Volume::new(8) else { return };
    let path = volume.path.join("store");
    let store = store_with_one(&path).await;
    let filler = volume.path.join("filler");
    fs::write(&filler, vec![1; 16 << 20]).unwrap_err();
    let mut written = 0_u32;
    let refused = loop {
        match store.put(&format!("filler/{written}"), vec![7; 100_000]).await {
            Ok(_) => written += 1,
            Err(error) => break error,
        }
    };
    assert!(matches!(refused, Error::Unavailable { .. }), "{refused:?}");
    // For a while, no write is tried on a disk that has no room.
    let again = store.put("more", vec![7; 100_000]).await;
    assert!(matches!(again, Err(Error::NotWritable { .. })), "{again:?}");
    assert!(store.get(&format!("filler/{written}")).await.unwrap().is_none());
    assert_eq!(store.names("filler/").await.unwrap().len(), usize::try_from(written).unwrap());
    assert_eq!(store.get("before").await.unwrap().unwrap(), b"1");
    drop(store);
    // A start on the full disk.
    let store = EmbeddedStore::open_pages(&path, CACHE).unwrap();
    assert_eq!(store.get("before").await.unwrap().unwrap(), b"1");
    fs::remove_file(filler).unwrap();
    let mut attempts = 0;
    while let Err(error) = store.put("more", vec![7; 100_000]).await {
        assert!(attempts < 100, "{error:?}");
        attempts += 1;
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test]
async fn f06_a_disk_mounted_for_reading_serves_reads() {
    let Some(volume) = Volume::new(8) else { return };
    let path = volume.path.join("store");
    drop(store_with_one(&path).await);
    volume.remount("ro");
    let store = EmbeddedStore::open_pages(&path, CACHE).unwrap();
    assert_reads(&store).await;
    assert_refuses(&store, "Read-only").await;
    volume.remount("rw");
    let mut attempts = 0;
    while let Err(error) = store.put("more", vec![1]).await {
        assert!(attempts < 100, "{error:?}");
        attempts += 1;
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// A crash leaves a file that has to be repaired; that needs no write either.
#[tokio::test]
async fn f06_a_store_that_was_not_closed_is_read_from_a_disk_mounted_for_reading() {
    let Some(volume) = Volume::new(8) else { return };
    let path = volume.path.join("store");
    let crashed = volume.path.join("crashed");
    let store = store_with_one(&path).await;
    fs::copy(&path, &crashed).unwrap();
    drop(store);
    volume.remount("ro");
    assert_reads(&EmbeddedStore::open_pages(&crashed, CACHE).unwrap()).await;
}

/// A small tmpfs, unmounted at the end.
struct Volume {
    _directory: tempfile::TempDir,
    path: PathBuf,
}

impl Volume {
    /// `None`, and said loudly, where nothing may be mounted.
    fn new(megabytes: u32) -> Option<Self> {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("volume");
        fs::create_dir(&path).unwrap();
        let size = format!("size={megabytes}m");
        if !mount(&["-t", "tmpfs", "-o", &size, "aecs-test"], &path) {
            eprintln!("SKIPPED: mounting a tmpfs is not permitted here");
            return None;
        }
        Some(Self { _directory: directory, path })
    }

    fn remount(&self, mode: &str) {
        assert!(mount(&["-o", &format!("remount,{mode}")], &self.path));
    }
}

impl Drop for Volume {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.path).status();
    }
}

fn mount(arguments: &[&str], path: &Path) -> bool {
    let status = Command::new("mount").args(arguments).arg(path).status();
    status.is_ok_and(|status| status.success())
}
