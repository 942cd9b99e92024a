//! The tests of the vault as a whole.

mod commits;
mod exports;
mod invariants;
mod model;
mod nodes;
mod reads;
mod records;
mod relocation;
mod store;
mod tampering;
mod wish;

use std::{sync::Arc, time::Duration};

use aecs_crypto::{RecordKey, SecretBytes};
use aecs_store::pages::PageStore;

use self::store::Faulty;
use crate::{
    Cache, Change, Epoch, Name, Options, Vault, VaultError, garbage::Keep, seal::Seals,
    shape::Shape,
};

const DEPLOYMENT: [u8; 32] = [9; 32];

fn key() -> RecordKey {
    RecordKey::from_bytes(&vec![7; 32].into()).unwrap()
}

fn seals() -> Seals {
    Seals::new(&key(), DEPLOYMENT).unwrap()
}

fn name(text: &str) -> Name {
    Name::new(text).unwrap()
}

fn plain(text: &str) -> SecretBytes {
    text.as_bytes().to_vec().into()
}

/// A cache of its own, so that tests do not depend on each other; and garbage that does not wait.
fn options() -> Options {
    let keep = Keep { commits: 4, time: Duration::ZERO };
    Options { cache: Arc::new(Cache::new(1 << 20)), keep, ..Options::new() }
}

/// Pages so small that few records make a high tree.
fn small() -> Shape {
    Shape { page: 300, inline: 60, content: 100, blocks: 3 }
}

async fn try_open(store: &Arc<Faulty>, options: Options) -> Result<Vault, VaultError> {
    let store: Arc<dyn PageStore> = store.clone();
    Vault::open(store, key(), DEPLOYMENT, options).await
}

async fn open(store: &Arc<Faulty>) -> Vault {
    try_open(store, options()).await.unwrap()
}

async fn put(vault: &Vault, record: &str, content: &str) -> Epoch {
    vault.commit(Change::new().put(name(record), plain(content))).await.unwrap()
}

async fn text(vault: &Vault, record: &str) -> Option<String> {
    let record = vault.get(&name(record)).await.unwrap()?;
    Some(String::from_utf8(record.plain.expose().to_vec()).unwrap())
}
