//! A recovery or a provision that is cut off before its commit: what was sealed for it begins nothing by
//! itself, and least of all on another state than the one that its administrator named.

use std::sync::Arc;

use aecs_proto::{
    AecsBackupIdentityRequest, AecsBackupIdentityResponse, AecsProvisionResponse,
    RemoveAdministratorRequest, RemoveAdministratorResponse,
};

use super::{
    appointing::{administrators, appoint},
    *,
};

/// A deployment that has removed an administrator, with the store as it was before and as it is after.
struct Removed {
    world: World,
    shares: Vec<Share>,
    mallory: Arc<KeyPair>,
    before: Vec<(String, Vec<u8>)>,
    after: Vec<(String, Vec<u8>)>,
}

async fn removed() -> Removed {
    let (world, custodians, _) = deployment().await;
    let mallory = Arc::new(KeyPair::generate(Suite::Modern).unwrap());
    add(&world, "mallory", &mallory).await;
    // These remember mallory, as does the backup.
    let shares = custodians.open(&custodians.make(&world, 1).await.unwrap());
    let request = AecsBackupIdentityRequest { host_name: "host1".to_owned() };
    let _: AecsBackupIdentityResponse =
        world.admin().call("AecsBackupIdentity", &request).await.unwrap();
    let before = contents(&*world.store).await;
    let request = RemoveAdministratorRequest { name: "mallory".to_owned(), ..Default::default() };
    let _: RemoveAdministratorResponse =
        world.admin().call("RemoveAdministrator", &request).await.unwrap();
    let after = contents(&*world.store).await;
    Removed { world, shares, mallory, before, after }
}

async fn watched(contents: &[(String, Vec<u8>)]) -> Arc<Watched> {
    let store = Arc::new(Watched::default());
    for (key, value) in contents {
        crate::support::store::put(&*store, key, value.clone()).await;
    }
    store
}

/// Another machine of one platform, each time that it is started.
struct Machine {
    sealing: Arc<Sealing>,
    cache: Arc<MemoryCache>,
    audit: Arc<crate::support::Recorder>,
    _folder: tempfile::TempDir,
}

impl Machine {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let cpu = SimulatedCpu::create(folder.path(), CpuOptions::default()).unwrap();
        let sealing = Arc::new(Sealing::Sealer(Arc::new(cpu.enclave(server_enclave()))));
        Self { sealing, cache: Arc::default(), audit: Arc::default(), _folder: folder }
    }

    async fn start(&self, world: &World, store: Arc<dyn PageStore>, recover: bool) -> World {
        let changed = |restart: &mut crate::support::Restart| {
            restart.sealing = Some(self.sealing.clone());
            restart.cache = Some(self.cache.clone());
            restart.audit = self.audit.clone();
            restart.config.recover = recover;
        };
        new_machine_with(world, store, changed).await.unwrap()
    }
}

async fn provision_as(world: &World, key: &Arc<KeyPair>) -> Result<AecsProvisionResponse, Error> {
    let request = world.provision_request("").await;
    world.administrator(None, key.clone()).call("AecsProvision", &request).await
}

/// The server waits, and not for somebody who was removed.
async fn is_closed_to(mallory: &Arc<KeyPair>, world: &World, told: &str) {
    assert_eq!(world.core.status(), "Pending");
    let reason = world.status().await.pending_reason;
    assert!(reason.contains(told), "{reason}");
    assert_eq!(code(administrators(world, mallory).await), ErrorCode::RequestNotAuthentic);
    assert_eq!(code(provision_as(world, mallory).await), ErrorCode::RequestNotAuthentic);
}

#[tokio::test]
async fn h38_a_finish_that_failed_begins_on_no_other_state() {
    let Removed { world, shares, mallory, before, after } = removed().await;
    let machine = Machine::new();
    let store = watched(&after).await;
    let recovering = machine.start(&world, store.clone(), true).await;
    for share in &shares[..2] {
        submit(&recovering, share).await.unwrap();
    }
    let request = agreed(&recovering).await;
    store.refuses_root.store(true, SeqCst);
    assert!(finish_as(&recovering, &world.admin, request).await.is_err());
    assert_eq!(recovering.core.status(), "Recovering");

    let older = machine.start(&world, filled(before).await, false).await;
    is_closed_to(&mallory, &older, "the store is older").await;
    // On the state that was named, its administrator begins once more.
    let named = machine.start(&world, filled(after).await, false).await;
    is_closed_to(&mallory, &named, "was cut off").await;
    assert_eq!(named.core.deployment_id(), world.core.deployment_id());
    provision_as(&named, &world.admin).await.unwrap();
    assert_eq!(administrators(&named, &world.admin).await.unwrap(), ["aecs_admin"]);
    let again = machine.start(&world, named.store.clone(), false).await;
    assert_eq!(again.core.status(), "Working");
}

#[tokio::test]
async fn h38_a_provision_from_a_backup_that_failed_begins_on_no_other_state() {
    let Removed { world, mallory, before, after, .. } = removed().await;
    let cache = Arc::new(MemoryCache::default());
    // The machine of the backup, without its file.
    let start = async |store: Arc<dyn PageStore>| {
        let changed = |restart: &mut crate::support::Restart| {
            restart.store = store;
            restart.cache = Some(cache.clone());
        };
        world.restart(changed).await.unwrap()
    };
    let store = watched(&after).await;
    let pending = start(store.clone()).await;
    store.refuses_root.store(true, SeqCst);
    let refused = pending.provision("host1").await;
    assert!(refused.is_err());

    let older = start(filled(before).await).await;
    is_closed_to(&mallory, &older, "the store is older").await;
    let named = start(filled(after).await).await;
    is_closed_to(&mallory, &named, "was cut off").await;
    named.provision("host1").await.unwrap();
    assert_eq!(named.core.deployment_id(), world.core.deployment_id());
    assert_eq!(start(named.store.clone()).await.core.status(), "Working");
}

/// Killed at any write from the seal to the commit: whom the custodians have set is not lost, because the
/// next start waits for them, or has the record.
#[tokio::test]
async fn h38_a_killed_finish_waits_and_can_be_repeated_with_the_shares() {
    let (world, _, shares) = deployment().await;
    let contents = contents(&*world.store).await;
    let rescue = Arc::new(KeyPair::generate(Suite::Modern).unwrap());
    for writes in 0..10 {
        let machine = Machine::new();
        let store = watched(&contents).await;
        let finish = async |recovering: World| {
            for share in &shares[..2] {
                submit(&recovering, share).await.unwrap();
            }
            for share in &shares {
                appoint(&recovering, share, "rescue", &rescue).await.unwrap();
            }
            let request = agreed(&recovering).await;
            store.left.store(writes, SeqCst);
            let finished = finish_as(&recovering, &rescue, request).await;
            store.left.store(usize::MAX, SeqCst);
            finished
        };
        let finished = finish(machine.start(&world, store.clone(), true).await).await;
        let left = Arc::new(store.inner.snapshot());
        let next = machine.start(&world, left.clone(), false).await;
        if finished.is_ok() {
            assert_eq!(next.core.status(), "Working");
            assert_eq!(administrators(&next, &rescue).await.unwrap(), ["aecs_admin", "rescue"]);
            assert!(writes > 0);
            return;
        }
        assert_eq!(next.core.status(), "Pending");
        drop(next);
        let recovering = machine.start(&world, left.clone(), true).await;
        assert_eq!(recovering.core.status(), "Recovering");
        finish(recovering).await.unwrap();
        let next = machine.start(&world, left, false).await;
        assert_eq!(administrators(&next, &rescue).await.unwrap(), ["aecs_admin", "rescue"]);
    }
    panic!("it was never finished");
}

/// Killed after the commit and before that was sealed: the next start does not know it, and waits as well.
#[tokio::test]
async fn a_finish_whose_commit_was_not_seen_is_in_the_records() {
    let (world, _, shares) = deployment().await;
    let machine = Machine::new();
    let store = watched(&contents(&*world.store).await).await;
    let recovering = machine.start(&world, store.clone(), true).await;
    for share in &shares[..2] {
        submit(&recovering, share).await.unwrap();
    }
    let rescue = Arc::new(KeyPair::generate(Suite::Modern).unwrap());
    for share in &shares {
        appoint(&recovering, share, "rescue", &rescue).await.unwrap();
    }
    let request = agreed(&recovering).await;
    store.refuses_root.store(true, SeqCst);
    finish_as(&recovering, &rescue, request.clone()).await.unwrap_err();
    let begun = machine.cache.content();
    store.refuses_root.store(false, SeqCst);
    finish_as(&recovering, &rescue, request).await.unwrap();
    machine.cache.set(begun);
    let next = machine.start(&world, store.clone(), false).await;
    assert_eq!(next.core.status(), "Pending");
    provision_as(&next, &rescue).await.unwrap();
    assert_eq!(administrators(&next, &rescue).await.unwrap(), ["aecs_admin", "rescue"]);
}
