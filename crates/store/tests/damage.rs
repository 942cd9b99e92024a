//! A damaged file is an error or harmless, and never a panic. The reader of a page notices that it is
//! another one, because it was sealed.
#![cfg(feature = "embedded")]
// Clippy knows test functions, but not the functions that they share.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::{
    fs,
    path::{Path, PathBuf},
};

use aecs_store::{EmbeddedStore, Error};

mod support;

use support::{CACHE, Map};

const ENTRIES: usize = 60;

struct Original {
    directory: tempfile::TempDir,
    bytes: Vec<u8>,
}

impl Original {
    #[tokio::main(flavor = "current_thread")]
    async fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("original");
        let store = EmbeddedStore::open_pages(&path, CACHE).unwrap();
        for n in 0..ENTRIES {
            store.put(&format!("k/{n}"), value(n)).await.unwrap();
        }
        drop(store);
        let bytes = fs::read(path).unwrap();
        Self { directory, bytes }
    }

    fn damaged(&self, damage: impl FnOnce(&mut Vec<u8>)) -> PathBuf {
        let path = self.directory.path().join("damaged");
        let mut bytes = self.bytes.clone();
        damage(&mut bytes);
        fs::write(&path, bytes).unwrap();
        path
    }
}

fn value(n: usize) -> Vec<u8> {
    n.to_string().into_bytes().repeat(n)
}

/// Whether opening or reading everything fails.
#[tokio::main(flavor = "current_thread")]
async fn is_noticed(path: &Path, what: &str) -> bool {
    let store = match EmbeddedStore::open_pages(path, CACHE) {
        Ok(store) => store,
        Err(Error::Corrupt { .. }) => return true,
        Err(error) => panic!("{what}: expected Corrupt, got {error:?}"),
    };
    for n in 0..ENTRIES {
        match store.get(&format!("k/{n}")).await {
            Ok(Some(found)) if found == value(n) => {}
            _ => return true,
        }
    }
    false
}

#[test]
fn a_truncated_file_is_noticed() {
    let original = Original::new();
    let whole = original.bytes.len();
    let lengths = (0..whole).step_by(16_381).chain([1, 7, 64, 319, 512, 4095, 4096]);
    for len in lengths {
        let path = original.damaged(|bytes| bytes.truncate(len));
        let what = format!("truncated to {len} of {whole}");
        assert!(is_noticed(&path, &what), "{what}");
    }
}

/// The owner of the disk changes the file while it is open: preventing wrong answers is beyond a
/// store without a key, preventing panics is not.
#[test]
fn damage_under_an_open_store_is_no_panic() {
    use std::os::unix::fs::FileExt;

    let original = Original::new();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    for step in [64, 4096 + 13, 997] {
        let path = original.damaged(|_| ());
        runtime.block_on(async {
            let store = EmbeddedStore::open_pages(&path, CACHE).unwrap();
            let file = fs::OpenOptions::new().write(true).open(&path).unwrap();
            for at in (4096..original.bytes.len()).step_by(step) {
                file.write_all_at(&[0xff; 8], at as u64).unwrap();
            }
            for n in 0..ENTRIES {
                let name = format!("k/{n}");
                let _ = store.get(&name).await;
                let _ = store.put(&name, vec![0; 3000]).await;
            }
            let _ = store.names("").await;
        });
    }
}
