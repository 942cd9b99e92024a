//! Backups of the identity are made, replaced and removed in one write with the record of the act: a
//! crash leaves the old one or the new one.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering},
};

use aecs_core::{Error, Kind};
use aecs_crypto::Suite;
use aecs_proto::{
    AecsBackupIdentityRequest, AecsBackupIdentityResponse, AecsDeleteBackupIdentityRequest,
    AecsDeleteBackupIdentityResponse, ApplyDeploymentRequest, ApplyDeploymentResponse,
};
use aecs_store::{
    Batch, Entry, Error as StoreError, Key, MemoryStore, Page, Snapshot, Store, StoreExt as _,
    Version,
};
use async_trait::async_trait;

use crate::support::{World, file, refusal, text};

const BACKUP: &str = "aecsIdentity/host1";

/// Keeps which keys are written together, and fails on demand.
#[derive(Default)]
struct Watched {
    inner: MemoryStore,
    writes: Mutex<Vec<Vec<String>>>,
    /// Nothing is written.
    full: AtomicBool,
    /// What is written is not acknowledged.
    silent: AtomicBool,
    /// The backup is removed before the next write.
    vanishes: AtomicBool,
}

impl Watched {
    /// The writes since the last time that had to do with the backup.
    fn of_backup(&self) -> Vec<Vec<String>> {
        let mut writes = std::mem::take(&mut *self.writes.lock().unwrap());
        writes.retain(|keys| keys.iter().any(|key| key == BACKUP));
        writes
    }
}

#[async_trait]
impl Store for Watched {
    async fn get(&self, key: &Key) -> Result<Option<Entry>, StoreError> {
        self.inner.get(key).await
    }

    async fn write(&self, batch: Batch) -> Result<Vec<Version>, StoreError> {
        if self.full.load(Ordering::SeqCst) {
            return Err(StoreError::NotWritable { reason: "the disk is full".into() });
        }
        if self.vanishes.swap(false, Ordering::SeqCst) {
            self.inner.delete(Key::new(BACKUP).unwrap(), None).await?;
        }
        let operations = batch.clone().into_operations()?;
        let keys = operations.iter().map(|it| it.key().to_string()).collect();
        self.writes.lock().unwrap().push(keys);
        let versions = self.inner.write(batch).await?;
        match self.silent.swap(false, Ordering::SeqCst) {
            true => Err(StoreError::unavailable("no answer")),
            false => Ok(versions),
        }
    }

    async fn list(
        &self,
        prefix: &str,
        after: Option<&Key>,
        max: usize,
    ) -> Result<Page, StoreError> {
        self.inner.list(prefix, after, max).await
    }

    async fn snapshot(&self) -> Result<Box<dyn Snapshot>, StoreError> {
        Store::snapshot(&self.inner).await
    }
}

async fn world() -> (Arc<Watched>, World) {
    let store = Arc::new(Watched::default());
    let world = World::on(store.clone(), Suite::Modern, |_| ()).await.lasting().await;
    (store, world.provisioned().await)
}

async fn replace(world: &World) -> Result<AecsBackupIdentityResponse, Error> {
    let request = AecsBackupIdentityRequest { host_name: "host1".into() };
    world.admin().call("AecsBackupIdentity", &request).await
}

async fn delete(world: &World) -> Result<AecsDeleteBackupIdentityResponse, Error> {
    let request = AecsDeleteBackupIdentityRequest { host_name: "host1".into() };
    world.admin().call("AecsDeleteBackupIdentity", &request).await
}

async fn apply(world: &World) -> Result<ApplyDeploymentResponse, Error> {
    let mut config = world.config.clone();
    config.quotas.services = 7;
    let file = Some(file(&text(&config.settings)));
    world.admin().call("ApplyDeployment", &ApplyDeploymentRequest { file, revision: 1 }).await
}

#[tokio::test]
async fn a_backup_is_written_together_with_its_act() {
    let (store, world) = world().await;
    let assert_one = |what: &str, record: &str| {
        let writes = store.of_backup();
        assert_eq!(writes.len(), 1, "{what}: {writes:?}");
        let is_there = |prefix: &str| writes[0].iter().any(|key| key.starts_with(prefix));
        assert!(is_there("aecs/state") && is_there(record), "{what}: {writes:?}");
    };
    assert_one("the first provision", "deployment/settings");
    replace(&world).await.unwrap();
    assert_one("a replacement", "acts/");
    apply(&world).await.unwrap();
    assert_one("other settings", "deployment/settings");
    delete(&world).await.unwrap();
    assert_one("a removal", "acts/");
    assert_eq!(world.raw(BACKUP).await, None);
    replace(&world).await.unwrap();
    assert_one("another one", "acts/");
}

#[tokio::test]
async fn a_store_that_fails_keeps_the_old_backup() {
    let (store, world) = world().await;
    let before = world.raw(BACKUP).await.unwrap();
    store.full.store(true, Ordering::SeqCst);
    refusal(replace(&world).await);
    assert_eq!(world.raw(BACKUP).await.as_ref(), Some(&before));
    refusal(apply(&world).await);
    assert_eq!(world.raw(BACKUP).await.as_ref(), Some(&before));
    refusal(delete(&world).await);
    assert_eq!(world.raw(BACKUP).await.as_ref(), Some(&before));
    store.full.store(false, Ordering::SeqCst);
    replace(&world).await.unwrap();
    let after = world.raw(BACKUP).await.unwrap();
    assert_ne!(after, before);

    // Written, and the answer was lost: the vault finds out by its own records.
    store.silent.store(true, Ordering::SeqCst);
    replace(&world).await.unwrap();
    assert_ne!(world.raw(BACKUP).await.unwrap(), after);
    store.silent.store(true, Ordering::SeqCst);
    delete(&world).await.unwrap();
    assert_eq!(world.raw(BACKUP).await, None);
    world.register("other").await.unwrap();
}

/// The host removes a backup that a request removes: that request fails, and no other.
#[tokio::test]
async fn a_backup_that_vanishes_does_no_harm() {
    let (_, world) = world().await;
    world.delete_raw(BACKUP).await;
    refusal(delete(&world).await);
    world.register("other").await.unwrap();
    replace(&world).await.unwrap();
}

/// The same between the look at the backup and the write that removes it: the vault still knows what
/// its store has.
#[tokio::test]
async fn a_backup_that_vanishes_before_the_write_does_no_harm() {
    let (store, world) = world().await;
    let epoch = world.status().await.store_epoch;
    store.vanishes.store(true, Ordering::SeqCst);
    let refused = refusal(delete(&world).await);
    assert_eq!((world.raw(BACKUP).await, world.status().await.store_epoch), (None, epoch));
    assert!(refused.kind() == Kind::NotFound && refused.message().contains(BACKUP), "{refused}");
    let entry = world.audit.last();
    assert_eq!((&*entry.function, entry.result == "ok"), ("AecsDeleteBackupIdentity", false));
    world.register("other").await.unwrap();
    replace(&world).await.unwrap();
    delete(&world).await.unwrap();
}
