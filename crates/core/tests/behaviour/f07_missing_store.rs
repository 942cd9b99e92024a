//! A store that is gone or older than the identity remembers, and a place that cannot be written.

use std::{io, sync::Arc};

use aecs_core::{ErrorCode, IdentityCache, Kind};
use aecs_crypto::Suite;
use aecs_proto::AecsProvisionRequest;
use aecs_store::{MemoryStore, pages::PageStore};

use crate::support::{
    MemoryCache, SERVICE, Steps, World, enclave, refusal,
    store::{contents, filled, pages_of_len, put},
};

/// An empty store is refused until an administrator says that it is right.
#[tokio::test]
async fn f07_missing_store() {
    let world = World::installed().await;
    world.import("a", "data", 1).await.unwrap();
    let before = world.status().await;
    let empty: Arc<dyn PageStore> = Arc::new(MemoryStore::new());
    let lost = world.restart(|restart| restart.store = empty).await.unwrap();
    let status = lost.status().await;
    assert_eq!(status.status, "Pending");
    assert!(status.pending_reason.contains("the store is empty"), "{}", status.pending_reason);
    let error = refusal(lost.provision("host1").await);
    assert_eq!((error.code(), error.kind()), (ErrorCode::StorageAuth, Kind::FailedPrecondition));
    assert!(error.message().contains("--accept-older-store"), "{error}");
    assert!(lost.everything().await.is_empty(), "nothing was written");

    // The volume is there again.
    let found = world.restarted().await;
    assert_eq!(found.core.status(), "Working");
    assert_eq!(found.ta(enclave(1)).get(SERVICE, "a").await.unwrap().data, "data");

    let accept =
        AecsProvisionRequest { accept_older_store: true, ..lost.provision_request("host1").await };
    lost.provision_with(accept).await.unwrap();
    let after = lost.status().await;
    assert_eq!(after.identity_hash, before.identity_hash);
    assert!(after.store_epoch < before.store_epoch, "clients remember a later one");
    assert_eq!(after.settings_digest, before.settings_digest);
}

/// A copy of an earlier day is not served by itself.
#[tokio::test]
async fn an_older_store_waits_for_an_administrator() {
    let world = World::installed().await;
    let earlier = world.everything().await;
    world.import("a", "data", 1).await.unwrap();
    let world = world.restarted().await;
    assert_eq!(world.core.status(), "Working");

    let copy = filled(earlier).await;
    let log = Steps::default();
    let guard = tracing::subscriber::set_default(log.clone());
    let old = world.restart(|restart| restart.store = copy).await.unwrap();
    drop(guard);
    let warned = |line: &String| line.starts_with("WARN") && line.contains("older than");
    assert!(log.told().iter().any(warned), "{:?}", log.told());
    let reason = old.status().await.pending_reason;
    assert!(reason.contains("older than this identity remembers"), "{reason}");
    assert!(old.ta(enclave(1)).get(SERVICE, "a").await.is_err());
}

/// The name of a damaged record has the names of a service and its secret: not for strangers.
#[tokio::test]
async fn strangers_do_not_learn_which_record_was_tampered_with() {
    let world = World::installed().await;
    world.import("confidential", &"data".repeat(1000), 1).await.unwrap();
    world.import("other", "data", 1).await.unwrap();
    let damaged = filled(world.everything().await).await;
    let page = pages_of_len(&*damaged, 4000).await.pop().unwrap();
    put(&*damaged, &page, b"damaged".to_vec()).await;
    let world = world.restart(|restart| restart.store = damaged).await.unwrap();
    assert_eq!(world.core.status(), "Working", "it fails only those who need it");
    assert_eq!(world.ta(enclave(1)).get(SERVICE, "other").await.unwrap().data, "data");
    let refused = refusal(world.ta(enclave(1)).get(SERVICE, "confidential").await);
    assert_eq!(refused.kind(), Kind::Internal, "{refused}");
    assert!(!refused.message().contains("confidential"), "{refused}");
}

/// A server that cannot read what it begins with waits, and an administrator learns what that is.
#[tokio::test]
async fn only_administrators_learn_what_of_the_beginning_was_tampered_with() {
    let world = World::installed().await;
    world.import("a", "data", 1).await.unwrap();
    let damaged = filled(world.everything().await).await;
    for (key, mut value) in contents(&*damaged).await {
        if key.starts_with("page/") {
            *value.last_mut().unwrap() ^= 1;
            put(&*damaged, &key, value).await;
        }
    }
    let world = world.restart(|restart| restart.store = damaged).await.unwrap();

    let reason = world.status().await.pending_reason;
    let refused = refusal(world.ta(enclave(1)).get(SERVICE, "a").await);
    assert_eq!(refused.code(), ErrorCode::NotWorking);
    for told in [&*reason, refused.message()] {
        assert!(told.contains("a record in the store was tampered with"), "{told}");
        assert!(!told.contains("deployment/"), "{told}");
    }
    let error = refusal(world.provision("host1").await);
    assert_eq!(error.code(), ErrorCode::StorageAuth);
    assert!(error.message().contains("deployment/"), "{error}");
}

/// Its place can be read, and not written.
struct ReadOnly(Arc<MemoryCache>);

impl IdentityCache for ReadOnly {
    fn load(&self) -> io::Result<Option<Vec<u8>>> {
        self.0.load()
    }

    fn keep_former(&self, _sealed: &[u8]) -> io::Result<String> {
        Ok(String::new())
    }

    fn save(&self, _sealed: &[u8]) -> io::Result<()> {
        Err(io::ErrorKind::StorageFull.into())
    }
}

/// The identity lives in the process: a file that was removed by mistake is not missed by the next start.
#[tokio::test(start_paused = true)]
async fn f07_a_sealed_identity_that_was_removed_is_saved_again() {
    // Longer than the period of housekeeping.
    let a_while = std::time::Duration::from_secs(90);
    let world = World::installed().await;
    tokio::time::sleep(a_while).await;
    let cache = world.cache.clone().unwrap();
    cache.set(None);
    tokio::time::sleep(a_while).await;
    assert!(cache.content().is_some());
    assert_eq!(world.restarted().await.core.status(), "Working");
}

/// A start writes nothing that has not changed, and serves also where nothing can be written.
#[tokio::test]
async fn f06_start_rewrites() {
    let world = World::installed().await;
    world.import("a", "data", 1).await.unwrap();
    let cache = world.cache.clone().unwrap();
    // Also where what is sealed is older than the records.
    let full = world.restart_with_cache(Arc::new(ReadOnly(cache))).await.unwrap();
    assert_eq!(full.core.status(), "Working");
    let world = world.restarted().await;
    let cache = world.cache.clone().unwrap();
    let content = cache.content();
    let world = world.restarted().await;
    assert_eq!(cache.content(), content, "nothing had changed");

    let full = world.restart_with_cache(Arc::new(ReadOnly(cache))).await.unwrap();
    assert_eq!(full.core.status(), "Working");
    assert_eq!(full.ta(enclave(1)).get(SERVICE, "a").await.unwrap().data, "data");
}

/// An identity that cannot be saved does not begin: the next start would take it for one without
/// records.
#[tokio::test]
async fn f06_what_cannot_be_saved_does_not_begin() {
    let world = World::pending(Suite::Modern, |_| ()).await;
    let cache = Arc::new(MemoryCache::default());
    let world = world.restart(|restart| restart.cache = Some(cache.clone())).await.unwrap();
    let full = world.restart_with_cache(Arc::new(ReadOnly(cache))).await.unwrap();
    assert!(full.provision("").await.is_err());
    assert_eq!(full.core.status(), "Pending");
    assert!(full.everything().await.is_empty(), "nothing was written");

    // And one with records is not thrown away, though its file says that it was never provisioned.
    let birth = world.cache.clone().unwrap().content();
    let world = world.restarted().await;
    world.provision("").await.unwrap();
    let id = world.core.deployment_id();
    world.cache.clone().unwrap().set(birth);
    let changed = world.restart(|restart| restart.config.acceptance.debug = true).await.unwrap();
    assert_eq!(changed.core.deployment_id(), id);
    changed.provision("").await.unwrap();
    assert_eq!(changed.status().await.settings_revision, 1, "with the settings of its records");
}
