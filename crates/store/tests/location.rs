//! Where an embedded store can be, and what happens where it cannot.
#![cfg(feature = "embedded")]
// Clippy knows test functions, but not the functions that they share.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::{
    error::Error as _,
    fs,
    io::{BufRead, BufReader, Read},
    path::Path,
    process::{Command, Stdio},
};

use aecs_store::{EmbeddedStore, Error};

mod support;

use support::{CACHE, Map};

const CHILD_PATH: &str = "AECS_STORE_TEST_HOLD";

fn refusal(path: &Path) -> Error {
    match EmbeddedStore::open_pages(path, CACHE) {
        Ok(_) => panic!("{} was opened", path.display()),
        Err(error) => error,
    }
}

#[cfg(unix)]
#[test]
fn a_new_file_is_private() {
    use std::os::unix::fs::PermissionsExt;

    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store");
    drop(EmbeddedStore::open_pages(&path, CACHE).unwrap());
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_directory_is_no_store() {
    let directory = tempfile::tempdir().unwrap();
    let error = refusal(directory.path());
    assert!(matches!(error, Error::InvalidLocation { .. }), "{error:?}");
    assert!(error.to_string().contains("it is a directory"), "{error}");
}

/// A volume that is not mounted looks like this. A new store in its place would hide the right one.
#[cfg(unix)]
#[test]
fn a_link_that_leads_nowhere_is_no_store_and_not_in_use() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("link");
    std::os::unix::fs::symlink(directory.path().join("missing"), &path).unwrap();
    let error = refusal(&path);
    assert!(matches!(error, Error::InvalidLocation { .. }), "{error:?}");
    assert!(error.to_string().contains("nothing where it leads"), "{error}");
    assert!(!directory.path().join("missing").exists());
    // Where it leads somewhere, the store is there.
    drop(EmbeddedStore::open_pages(directory.path().join("missing"), CACHE).unwrap());
    drop(EmbeddedStore::open_pages(&path, CACHE).unwrap());
}

#[test]
fn the_parent_directory_must_exist() {
    let directory = tempfile::tempdir().unwrap();
    let error = refusal(&directory.path().join("missing/store"));
    assert!(matches!(error, Error::InvalidLocation { .. }), "{error:?}");
    assert!(error.to_string().contains("its directory does not exist"), "{error}");
    assert!(!directory.path().join("missing").exists());
}

#[cfg(unix)]
#[test]
fn a_device_is_no_store() {
    let error = refusal(Path::new("/dev/null"));
    assert!(error.to_string().contains("not a regular file"), "{error}");
}

#[test]
fn other_files_are_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("notes.txt");
    for text in ["dear diary", "", &"x".repeat(100_000)] {
        fs::write(&path, text).unwrap();
        let error = refusal(&path);
        assert!(matches!(error, Error::Corrupt { .. }), "{error:?}");
        assert!(error.to_string().contains("notes.txt"), "{error}");
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
    }
}

/// A first start that is killed leaves such a file, whatever part of a store it has.
#[tokio::test]
async fn what_a_killed_first_start_leaves_is_replaced() {
    let directory = tempfile::tempdir().unwrap();
    let (whole, path) = (directory.path().join("whole"), directory.path().join("store"));
    drop(EmbeddedStore::open_pages(&whole, CACHE).unwrap());
    let whole = fs::read(whole).unwrap();
    let unfinished = directory.path().join("store.new");
    for len in [0, 1, 64, 320, 4096, whole.len() / 2, whole.len()] {
        fs::write(&unfinished, &whole[..len]).unwrap();
        let store = EmbeddedStore::open_pages(&path, CACHE).unwrap();
        assert!(store.is_new(), "{len}");
        store.put("k", vec![1]).await.unwrap();
        drop(store);
        assert!(!unfinished.exists(), "{len}");
        // One that a copy left is removed as well.
        fs::write(&unfinished, &whole[..len]).unwrap();
        let store = EmbeddedStore::open_pages(&path, CACHE).unwrap();
        assert!(!store.is_new() && !unfinished.exists(), "{len}");
        assert!(store.get("k").await.unwrap().is_some(), "{len}");
        drop(store);
        fs::remove_file(&path).unwrap();
    }
}

#[test]
fn an_empty_file_is_no_new_store() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store");
    fs::write(&path, "").unwrap();
    let error = refusal(&path).to_string();
    for part in ["store is empty", "put the store back", "remove the file to start with a new"] {
        assert!(error.contains(part), "{error}");
    }
}

#[test]
fn a_store_that_another_process_makes_is_in_use() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store");
    let unfinished = directory.path().join("store.new");
    let making = EmbeddedStore::open_pages(&unfinished, CACHE).unwrap();
    let error = refusal(&path);
    assert!(matches!(&error, Error::InUse { path: used } if *used == path), "{error:?}");
    drop(making);
    EmbeddedStore::open_pages(&path, CACHE).unwrap();
}

#[test]
fn a_database_of_something_else_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("other");
    let other = redb::Database::create(&path).unwrap();
    let transaction = other.begin_write().unwrap();
    transaction.open_table(redb::TableDefinition::<u64, u64>::new("numbers")).unwrap();
    transaction.commit().unwrap();
    drop(other);
    let error = refusal(&path);
    assert!(matches!(error, Error::Corrupt { .. }), "{error:?}");
    assert!(error.source().is_none());
}

/// There was no release yet, so there is nobody whose store would have to be taken over.
#[test]
fn a_store_of_an_earlier_version_says_so() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("earlier");
    let earlier = redb::Database::create(&path).unwrap();
    let transaction = earlier.begin_write().unwrap();
    let meta = redb::TableDefinition::<&str, u64>::new("meta");
    transaction.open_table(meta).unwrap().insert("format", 2).unwrap();
    transaction.open_table(redb::TableDefinition::<&[u8], &[u8]>::new("entries")).unwrap();
    transaction.commit().unwrap();
    drop(earlier);
    let error = refusal(&path);
    assert!(matches!(error, Error::EarlierForm), "{error:?}");
    for part in ["made by an earlier version", "move it away to begin with an empty one"] {
        assert!(error.to_string().contains(part), "{error}");
    }
    assert!(path.exists(), "it is not removed");
}

#[test]
fn a_store_is_open_once_in_a_process() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store");
    let first = EmbeddedStore::open_pages(&path, CACHE).unwrap();
    let error = refusal(&path);
    assert!(matches!(&error, Error::InUse { path: used } if *used == path), "{error:?}");
    drop(first);
    EmbeddedStore::open_pages(&path, CACHE).unwrap();
}

#[test]
fn a_store_is_open_in_one_process() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store");
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "hold_the_store", "--ignored", "--nocapture"])
        .env(CHILD_PATH, &path)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(output.any(|line| line.unwrap().ends_with("held")));
    let error = refusal(&path);
    assert!(matches!(error, Error::InUse { .. }), "{error:?}");
    drop(child.stdin.take());
    child.wait().unwrap();
    EmbeddedStore::open_pages(&path, CACHE).unwrap();
}

/// Not a test of its own: the other process of the test above.
#[test]
#[ignore = "the child process of a_store_is_open_in_one_process"]
fn hold_the_store() {
    let Some(path) = std::env::var_os(CHILD_PATH) else { return };
    let _store = EmbeddedStore::open_pages(path, CACHE).unwrap();
    println!("held");
    // Until the parent closes the pipe.
    std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
}
