//! An acknowledged write survives SIGKILL at any moment.
#![cfg(feature = "embedded")]
// Clippy knows test functions, but not the functions that they share.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, clippy::panic)]

use std::{
    hash::{BuildHasher, RandomState},
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{ChildStdout, Command, Stdio},
    sync::Arc,
    thread,
    time::Duration,
};

use aecs_store::{
    EmbeddedStore,
    pages::{Commit, PageId, PageStore, Register, Swap, Tag},
};

mod support;

use support::{CACHE, Map, fresh_tag};

const CHILD_PATH: &str = "AECS_STORE_TEST_CRASH";
const CHILD_ROUND: &str = "AECS_STORE_TEST_ROUND";
const ROUNDS: u64 = 10;
const WRITERS: u64 = 16;

#[test]
fn acknowledged_writes_survive_kill() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store");
    let mut acknowledged = Vec::new();
    for round in 0..ROUNDS {
        let before = acknowledged.len();
        acknowledged.extend(crash(&path, round));
        assert!(acknowledged.len() > before, "the child of round {round} did nothing");
        check(&path, &acknowledged);
    }
    eprintln!("{} acknowledged writes survived {ROUNDS} kills", acknowledged.len());
}

/// Runs a child that writes until it is killed; returns the names that it saw acknowledged.
fn crash(path: &Path, round: u64) -> Vec<String> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "write_until_killed", "--ignored", "--nocapture"])
        .env(CHILD_PATH, path)
        .env(CHILD_ROUND, round.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut keys = read_key(&mut output).into_iter().collect::<Vec<_>>();
    let reader = thread::spawn(move || {
        while let Some(key) = read_key(&mut output) {
            keys.push(key);
        }
        keys
    });
    let random = RandomState::new().hash_one(round);
    thread::sleep(Duration::from_micros(random % 60_000));
    // SIGKILL on Unix.
    child.kill().unwrap();
    child.wait().unwrap();
    reader.join().unwrap()
}

/// The next complete acknowledgement; what the test harness prints in between is skipped.
fn read_key(output: &mut BufReader<ChildStdout>) -> Option<String> {
    loop {
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        let complete = line.strip_suffix('\n')?;
        if let Some((_, key)) = complete.split_once("ack ") {
            return Some(key.to_owned());
        }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn check(path: &Path, acknowledged: &[String]) {
    let store = EmbeddedStore::open_pages(path, CACHE).unwrap();
    for name in acknowledged {
        let found = store.get(name).await.unwrap();
        let found = found.unwrap_or_else(|| panic!("{name} was acknowledged and is lost"));
        assert_eq!(found, value(name), "{name}");
    }
    // What was not acknowledged may be there, but only whole.
    let names = store.names("").await.unwrap();
    for name in &names {
        assert_eq!(store.get(name).await.unwrap().unwrap(), value(name), "{name}");
        assert_eq!(store.page(page_of(name)).await.unwrap().unwrap(), value(name), "{name}");
    }
    let pages = store.list(None, usize::MAX).await.unwrap();
    assert_eq!(pages.len(), names.len());
}

/// Not a test of its own: the process that is killed.
#[test]
#[ignore = "the child process of acknowledged_writes_survive_kill"]
fn write_until_killed() {
    let Some(path) = std::env::var_os(CHILD_PATH) else { return };
    let round = std::env::var(CHILD_ROUND).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    runtime.block_on(async {
        let store = Arc::new(EmbeddedStore::open_pages(path, CACHE).unwrap());
        let mut tasks = tokio::task::JoinSet::new();
        for writer in 0..WRITERS {
            let (store, round) = (Arc::clone(&store), round.clone());
            tasks.spawn(async move {
                for n in 0u64.. {
                    write(&store, &format!("{round}/{writer}/{n}")).await;
                }
            });
        }
        tasks.join_all().await;
    });
}

/// Writes a register and a page in one commit.
async fn write(store: &EmbeddedStore, name: &str) {
    let register = Register::new(name).unwrap();
    let stored = [&fresh_tag()[..], &value(name)].concat();
    let commit = Commit {
        register: &register,
        expected: Tag::NONE,
        value: Some(&stored),
        pages: &[(page_of(name), value(name))],
        dead: &[],
    };
    assert_eq!(store.commit(commit).await.unwrap(), Swap::Done);
    let mut output = std::io::stdout().lock();
    // One system call, so that a line is torn only if the kill tears it.
    output.write_all(format!("ack {name}\n").as_bytes()).unwrap();
    output.flush().unwrap();
}

/// The page that goes with a register.
fn page_of(name: &str) -> PageId {
    let mut id = [0; PageId::LEN];
    id[..name.len()].copy_from_slice(name.as_bytes());
    PageId::from_bytes(id)
}

/// A value that says where it belongs, between 0 and 3 KiB long.
fn value(name: &str) -> Vec<u8> {
    let seed: usize = name.bytes().map(usize::from).sum();
    name.bytes().cycle().take(seed % 3072).collect()
}
