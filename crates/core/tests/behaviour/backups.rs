//! Backups of the identity are registers of the store: written before the commit of their act, and
//! removed after it. A crash between the two does no harm.

use std::sync::{Arc, atomic::Ordering::SeqCst};

use aecs_core::{Error, Kind};
use aecs_crypto::Suite;
use aecs_proto::{
    AecsBackupIdentityRequest, AecsBackupIdentityResponse, AecsDeleteBackupIdentityRequest,
    AecsDeleteBackupIdentityResponse, AecsListBackupIdentityRequest,
    AecsListBackupIdentityResponse, ApplyDeploymentRequest, ApplyDeploymentResponse,
};

use crate::support::{
    MemoryCache, Restart, SERVICE, World, enclave, file, refusal,
    store::{BACKUP, Watched},
    text,
};

const HOST: &str = "identity/host1";

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

async fn listed(world: &World) -> Vec<String> {
    let request = AecsListBackupIdentityRequest::default();
    let list: AecsListBackupIdentityResponse =
        world.admin().call("AecsListBackupIdentity", &request).await.unwrap();
    list.results.into_iter().map(|result| result.identity_backup_name).collect()
}

async fn apply(world: &World) -> Result<ApplyDeploymentResponse, Error> {
    let mut config = world.config.clone();
    config.quotas.services = 7;
    let file = Some(file(&text(&config.settings)));
    world.admin().call("ApplyDeployment", &ApplyDeploymentRequest { file, revision: 1 }).await
}

#[tokio::test]
async fn a_backup_is_written_before_its_act_and_removed_after_it() {
    let (store, world) = world().await;
    assert_eq!(store.swapped(), [HOST, "root", "root"], "the first provision, and a service");
    replace(&world).await.unwrap();
    assert_eq!(store.swapped(), [HOST, "root"], "a replacement");
    apply(&world).await.unwrap();
    assert_eq!(store.swapped(), [HOST, "root"], "other settings");
    delete(&world).await.unwrap();
    assert_eq!(store.swapped(), ["root", HOST], "a removal");
    assert_eq!(world.backup(BACKUP).await, None);
    replace(&world).await.unwrap();
    assert_eq!(store.swapped(), [HOST, "root"], "another one");
    assert_eq!(listed(&world).await, ["host1"]);
}

#[tokio::test]
async fn a_store_that_fails_keeps_the_old_backup() {
    let (store, world) = world().await;
    let before = world.backup(BACKUP).await.unwrap();
    store.full.store(true, SeqCst);
    refusal(replace(&world).await);
    refusal(apply(&world).await);
    refusal(delete(&world).await);
    assert_eq!(world.backup(BACKUP).await.as_ref(), Some(&before));
    store.full.store(false, SeqCst);
    replace(&world).await.unwrap();
    let after = world.backup(BACKUP).await.unwrap();
    assert_ne!(after, before);

    // Written, and the answer was lost: the register tells.
    store.silent.store(true, SeqCst);
    replace(&world).await.unwrap();
    assert_ne!(world.backup(BACKUP).await.unwrap(), after);
    store.silent.store(true, SeqCst);
    delete(&world).await.unwrap();
    assert_eq!(world.backup(BACKUP).await, None);
    world.register("other").await.unwrap();
}

/// An act that is refused leaves the backup of before.
#[tokio::test]
async fn a_backup_whose_act_is_refused_is_taken_back() {
    let (store, world) = world().await;
    let before = world.backup(BACKUP).await.unwrap();
    store.refuses_root.store(true, SeqCst);
    refusal(replace(&world).await);
    assert_eq!(world.backup(BACKUP).await.as_ref(), Some(&before));
    refusal(apply(&world).await);
    assert_eq!(world.backup(BACKUP).await.as_ref(), Some(&before));
    refusal(delete(&world).await);
    assert_eq!(world.backup(BACKUP).await.as_ref(), Some(&before));
    // Where there was none, there is none.
    store.refuses_root.store(false, SeqCst);
    delete(&world).await.unwrap();
    store.refuses_root.store(true, SeqCst);
    refusal(replace(&world).await);
    assert_eq!(world.backup(BACKUP).await, None);
}

/// The store fails between the act of a removal and the removal.
#[tokio::test]
async fn f14_a_backup_that_is_still_there_is_not_said_to_be_gone() {
    let (store, world) = world().await;
    store.left.store(1, SeqCst);
    let refused = refusal(delete(&world).await);
    assert_eq!(refused.kind(), Kind::FailedPrecondition, "no client repeats it by itself");
    assert!(refused.message().contains("host1 may still be there"), "{refused}");
    let entry = world.audit.last();
    assert_eq!((&*entry.function, entry.result == "ok"), ("AecsDeleteBackupIdentity", false));
    store.left.store(usize::MAX, SeqCst);
    assert_eq!(listed(&world).await, ["host1"]);
    delete(&world).await.unwrap();
    assert!(listed(&world).await.is_empty());
}

/// The host removes a backup: a request that removes it is refused, and no other.
#[tokio::test]
async fn a_backup_that_vanishes_does_no_harm() {
    let (_, world) = world().await;
    let epoch = world.status().await.store_epoch;
    world.delete_raw(BACKUP).await;
    let refused = refusal(delete(&world).await);
    assert_eq!(refused.kind(), Kind::NotFound, "{refused}");
    assert_eq!(world.status().await.store_epoch, epoch);
    let entry = world.audit.last();
    assert_eq!((&*entry.function, entry.result == "ok"), ("AecsDeleteBackupIdentity", false));
    world.register("other").await.unwrap();
    replace(&world).await.unwrap();
    delete(&world).await.unwrap();
}

/// What is left of a server that is killed after a number of commits of a call.
async fn killed_after<T>(
    commits: usize,
    call: impl AsyncFnOnce(&World) -> Result<T, Error>,
) -> (World, i64) {
    let (store, world) = world().await;
    world.import("a", "data", 1).await.unwrap();
    let epoch = world.status().await.store_epoch;
    store.left.store(commits, SeqCst);
    drop(call(&world).await);
    let left = Arc::new(store.inner.snapshot());
    (world.restart(|restart| restart.store = left).await.unwrap(), epoch)
}

async fn assert_serves(world: &World) {
    assert_eq!(world.core.status(), "Working");
    assert_eq!(world.ta(enclave(1)).get(SERVICE, "a").await.unwrap().data, "data");
}

/// The same installation on a machine without its sealed identity, brought back by the backup.
async fn brought_back(world: &World) -> World {
    let elsewhere = |restart: &mut Restart| {
        restart.cache = Some(Arc::new(MemoryCache::default()));
    };
    let other = world.restart(elsewhere).await.unwrap();
    other.provision("host1").await.unwrap();
    assert_eq!(other.core.deployment_id(), world.core.deployment_id());
    assert_serves(&other).await;
    other
}

#[tokio::test]
async fn a_crash_after_a_backup_and_before_its_act_does_no_harm() {
    let (world, epoch) = killed_after(1, replace).await;
    assert_eq!(world.status().await.store_epoch, epoch, "there is no act");
    assert_serves(&world).await;
    brought_back(&world).await;
    // The client asks again.
    replace(&world.restarted().await).await.unwrap();
}

#[tokio::test]
async fn a_crash_after_the_backup_of_a_change_of_settings_does_no_harm() {
    let (world, _) = killed_after(1, apply).await;
    assert_eq!(world.status().await.settings_revision, 1, "the old ones are in force");
    assert_serves(&world).await;
    let other = brought_back(&world).await;
    assert_eq!(other.status().await.settings_revision, 2, "those that the administrator signed");

    let (world, _) = killed_after(1, apply).await;
    assert_eq!(apply(&world).await.unwrap().revision, 2, "the client asks again");
    assert_eq!(brought_back(&world).await.status().await.settings_revision, 2);
}

#[tokio::test]
async fn a_crash_after_the_act_of_a_removal_leaves_a_backup_that_is_listed() {
    let (world, epoch) = killed_after(1, delete).await;
    assert!(world.status().await.store_epoch > epoch, "there is an act");
    assert_serves(&world).await;
    assert_eq!(listed(&world).await, ["host1"]);
    delete(&world).await.unwrap();
    assert!(listed(&world).await.is_empty());
}

#[tokio::test]
async fn a_crash_in_a_first_provision_does_no_harm() {
    let store = Arc::new(Watched::default());
    let world = World::on(store.clone(), Suite::Modern, |_| ()).await.lasting().await;
    store.left.store(1, SeqCst);
    refusal(world.provision("host1").await);
    let left = Arc::new(store.inner.snapshot());
    let world = world.restart(|restart| restart.store = left).await.unwrap();
    assert!(world.backup(BACKUP).await.is_some());
    let id = world.core.deployment_id();
    if world.core.status() == "Pending" {
        world.provision("host1").await.unwrap();
    }
    assert_eq!((world.core.deployment_id(), world.core.status()), (id, "Working"));
    world.register(SERVICE).await.unwrap();
}
