//! The vault from outside, over stores that misbehave.

mod changes;
mod faults;
mod history;
mod races;
mod tampering;

use std::sync::Arc;

use aecs_crypto::{RecordKey, SecretBytes};
use aecs_store::{EmbeddedStore, Entry, Key, MemoryStore, PutMode, Store, StoreExt};

use super::*;

const DEPLOYMENT: [u8; 32] = [0xd1; 32];

fn record_key() -> RecordKey {
    RecordKey::from_bytes(&SecretBytes::from(vec![0x5e; 32])).unwrap()
}

async fn open(store: &Arc<impl Store>) -> Vault {
    try_open(store).await.unwrap()
}

async fn try_open(store: &Arc<impl Store>) -> Result<Vault, VaultError> {
    let store: Arc<dyn Store> = Arc::clone(store) as Arc<dyn Store>;
    Vault::open(store, record_key(), DEPLOYMENT).await
}

fn name(text: &str) -> Name {
    Name::new(text).unwrap()
}

fn key(text: &str) -> Key {
    Key::new(text).unwrap()
}

fn plain(text: &str) -> SecretBytes {
    SecretBytes::from(text.as_bytes().to_vec())
}

async fn create(vault: &Vault, record: &str, text: &str) -> Epoch {
    vault.commit(Change::new().create(name(record), plain(text))).await.unwrap()
}

async fn text(vault: &Vault, record: &str) -> Option<String> {
    let record = vault.get(&name(record)).await.unwrap()?;
    Some(String::from_utf8(record.plain.expose().to_vec()).unwrap())
}

/// What the owner of the store can do: read and write whatever it likes.
async fn raw(store: &impl Store, record: &str) -> Entry {
    store.get(&key(record)).await.unwrap().unwrap()
}

async fn set_raw(store: &impl Store, record: &str, value: Vec<u8>) {
    store.put(key(record), value, PutMode::Overwrite).await.unwrap();
}

#[tokio::test]
async fn an_empty_store_is_a_fresh_vault() {
    let store = Arc::new(MemoryStore::new());
    let vault = open(&store).await;
    assert_eq!(vault.state().epoch, 0);
    assert!(vault.names("").is_empty());
    assert!(vault.get(&name("aecs/x")).await.unwrap().is_none());
    assert!(store.list_all("").await.unwrap().is_empty(), "opening and reading do not write");
}

#[tokio::test]
async fn opening_again_gives_the_same_vault() {
    let store = Arc::new(MemoryStore::new());
    let vault = open(&store).await;
    let first = create(&vault, "aecs/a/secrets/x", "x").await;
    let second = create(&vault, "replay/1/2", "").await;
    let change = Change::new()
        .replace(name("aecs/a/secrets/x"), first, plain("x2"))
        .remove(name("replay/1/2"), Some(second))
        .put(name("aecs/b/authentication"), plain("b"));
    let third = vault.commit(change).await.unwrap();
    assert_eq!((first, second, third), (1, 2, 3));
    let state = vault.state();
    assert_eq!(state.epoch, 3);
    drop(vault);

    let vault = open(&store).await;
    assert_eq!(vault.state(), state);
    assert_eq!(text(&vault, "aecs/a/secrets/x").await.as_deref(), Some("x2"));
    assert_eq!(text(&vault, "aecs/b/authentication").await.as_deref(), Some("b"));
    assert_eq!(text(&vault, "replay/1/2").await, None);
    assert_eq!(create(&vault, "aecs/c", "c").await, 4);
}

#[tokio::test]
async fn the_state_tells_histories_apart() {
    let state_after = async |records: &[&str]| {
        let vault = open(&Arc::new(MemoryStore::new())).await;
        for record in records {
            create(&vault, record, "same").await;
        }
        vault.state()
    };
    let one = state_after(&["aecs/a", "aecs/b"]).await;
    // The same changes in another vault are another history as well.
    for records in [["aecs/a", "aecs/b"], ["aecs/b", "aecs/a"]] {
        let other = state_after(&records).await;
        assert_eq!(one.epoch, other.epoch);
        assert_ne!(one.digest, other.digest);
        assert_ne!(one.chain, other.chain);
    }
}

#[tokio::test]
async fn the_store_sees_no_content() {
    let store = Arc::new(MemoryStore::new());
    let vault = open(&store).await;
    create(&vault, "aecs/a", "planted-secret").await;
    for (_, entry) in store.list_all("").await.unwrap() {
        assert!(!entry.value.windows(7).any(|window| window == b"planted"));
    }
}

#[tokio::test]
async fn other_folders_are_not_the_vaults() {
    let store = Arc::new(MemoryStore::new());
    set_raw(&*store, "aecsIdentity/host", b"a sealed backup".to_vec()).await;
    let vault = open(&store).await;
    create(&vault, "aecs/a", "a").await;
    drop(vault);
    set_raw(&*store, "aecsIdentity/host2", b"another one".to_vec()).await;
    assert_eq!(open(&store).await.names(""), [name("aecs/a")]);
}

#[tokio::test]
async fn a_vault_in_a_file_survives_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store");
    let mut expected = open(&Arc::new(MemoryStore::new())).await.state();
    for n in 0..3 {
        let store = Arc::new(EmbeddedStore::open(&path).unwrap());
        let vault = open(&store).await;
        assert_eq!(vault.state(), expected);
        create(&vault, &format!("aecs/{n}"), "x").await;
        expected = vault.state();
        drop(vault);
        // The committer lets go of the store once the last handle is gone.
        while Arc::strong_count(&store) > 1 {
            tokio::task::yield_now().await;
        }
    }
}
