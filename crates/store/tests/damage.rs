//! A damaged file is an error, never a panic, and never a wrong value.
//!
//! The checksums of the file find accidents. A bit that nothing refers to may flip unnoticed, which
//! is why some damage is harmless.
#![cfg(feature = "embedded")]
// Clippy knows test functions, but not the functions that they share.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::{
    fs,
    path::{Path, PathBuf},
};

use aecs_store::{EmbeddedStore, Error, Key, Store, StoreExt};

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
        let store = EmbeddedStore::open(&path).unwrap();
        for n in 0..ENTRIES {
            store.create(Key::new(format!("k/{n}")).unwrap(), value(n)).await.unwrap();
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

/// What opening and reading everything comes to.
#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    Refused,
    Intact,
}

#[tokio::main(flavor = "current_thread")]
async fn read_all(path: &Path, what: &str) -> Outcome {
    let store = match EmbeddedStore::open(path) {
        Ok(store) => store,
        Err(Error::Corrupt { .. }) => return Outcome::Refused,
        Err(error) => panic!("{what}: expected Corrupt, got {error:?}"),
    };
    for n in 0..ENTRIES {
        match store.get(&Key::new(format!("k/{n}")).unwrap()).await {
            Ok(Some(entry)) => assert_eq!(entry.value, value(n), "{what}: a wrong value"),
            Ok(None) => panic!("{what}: opened, but entry {n} is lost"),
            Err(error) => panic!("{what}: opened, but entry {n} failed: {error}"),
        }
    }
    assert_eq!(store.list_all("").await.unwrap().len(), ENTRIES, "{what}");
    Outcome::Intact
}

#[test]
fn a_truncated_file_is_refused() {
    let original = Original::new();
    let whole = original.bytes.len();
    let lengths = (0..whole).step_by(4093).chain([1, 7, 64, 319, 512, 4095, 4096, whole - 1]);
    for len in lengths {
        let path = original.damaged(|bytes| bytes.truncate(len));
        let what = format!("truncated to {len} of {whole}");
        assert_eq!(read_all(&path, &what), Outcome::Refused, "{what}");
    }
}

#[test]
fn a_flipped_bit_is_refused_or_harmless() {
    let original = Original::new();
    // Every byte of the header with its two commit slots, and a sample of all others.
    let positions = (0..320).chain((320..original.bytes.len()).step_by(997));
    let mut refused = 0;
    for at in positions {
        let path = original.damaged(|bytes| bytes[at] ^= 1 << (at % 8));
        let what = format!("bit {} of byte {at} flipped", at % 8);
        if read_all(&path, &what) == Outcome::Refused {
            refused += 1;
        }
    }
    assert!(refused > 100, "only {refused} flips were found");
}

#[test]
fn f11_the_error_names_the_records_of_a_damaged_page() {
    let original = Original::new();
    let value = value(47);
    let at = original.bytes.windows(value.len()).position(|bytes| bytes == value).unwrap();
    // The value is where it was last written, and may also be where it was before.
    let path = original.damaged(|bytes| {
        let mut from = at;
        while let Some(next) = bytes[from..].windows(value.len()).position(|found| found == value) {
            bytes[from + next] ^= 1;
            from += next + 1;
        }
    });
    let Err(Error::Corrupt { what, .. }) = EmbeddedStore::open(&path) else {
        panic!("a flipped bit in a value was not found");
    };
    assert!(what.contains("in the page at byte") && what.contains("records from k/"), "{what}");
}

#[test]
fn a_page_of_noise_is_refused_or_harmless() {
    let original = Original::new();
    let mut refused = 0;
    for page in 0..original.bytes.len() / 4096 {
        let path = original.damaged(|bytes| {
            let noise = (0..=250u8).cycle().skip(page * 7);
            for (byte, noise) in bytes[page * 4096..].iter_mut().zip(noise).take(4096) {
                *byte = noise;
            }
        });
        if read_all(&path, &format!("noise in page {page}")) == Outcome::Refused {
            refused += 1;
        }
    }
    assert!(refused > 2, "only {refused} pages of noise were found");
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
            let store = EmbeddedStore::open(&path).unwrap();
            let file = fs::OpenOptions::new().write(true).open(&path).unwrap();
            for at in (4096..original.bytes.len()).step_by(step) {
                file.write_all_at(&[0xff; 8], at as u64).unwrap();
            }
            for n in 0..ENTRIES {
                let key = Key::new(format!("k/{n}")).unwrap();
                let _ = store.get(&key).await;
                let _ = store.delete(key.clone(), None).await;
                let _ = store.create(key, vec![0; 3000]).await;
            }
            let _ = store.list_all("").await;
        });
    }
}
