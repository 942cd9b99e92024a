//! Many callers at once, on the store that servers use.

use std::{sync::Arc, time::Duration};

use crate::support::{Administrator, SERVICE, World, code, enclave, imported, pinned, secret};
use aecs_core::{Error, ErrorCode};
use aecs_crypto::{KeyPair, Suite};
use aecs_proto::{
    CreateEnclaveSecretRequest, CreateEnclaveSecretResponse, EnclaveKvPair, EnclaveSecret,
    EnclaveSecretType::SecretTypeRsaKeyPair, ListEnclaveSecretRequest, ListEnclaveSecretResponse,
    RegisterEnclaveServiceRequest, RegisterEnclaveServiceResponse, UnregisterEnclaveServiceRequest,
    UnregisterEnclaveServiceResponse,
};
use aecs_store::{EmbeddedStore, MemoryStore, pages::PageStore};
use tokio::task::JoinSet;

/// The memory that a store may use for its file.
const CACHE: usize = 1 << 20;

async fn create(owner: Administrator, secret: EnclaveSecret) -> Result<(), Error> {
    let request = CreateEnclaveSecretRequest {
        secret: Some(secret),
        is_update: false,
        if_epoch: 0,
        upload: None,
    };
    let _: CreateEnclaveSecretResponse = owner.call("CreateSecret", &request).await?;
    Ok(())
}

/// The same installation on what is in the file now, once nobody has it open any more.
async fn reopened(world: World, store: Arc<EmbeddedStore>, path: &std::path::Path) -> World {
    let elsewhere: Arc<dyn PageStore> = Arc::new(MemoryStore::new());
    let spare = world.restart(|restart| restart.store = elsewhere).await.unwrap();
    drop(world);
    while Arc::strong_count(&store) > 1 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    drop(store);
    let store: Arc<dyn PageStore> = Arc::new(EmbeddedStore::open_pages(path, CACHE).unwrap());
    let world = spare.restart(|restart| restart.store = store).await.unwrap();
    world.provision("host1").await.unwrap();
    world
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_acknowledged_is_there_after_a_restart() {
    const CREATES: usize = 200;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store");
    let store = Arc::new(EmbeddedStore::open_pages(&path, CACHE).unwrap());
    let world = World::on(store.clone(), Suite::Modern, |_| ()).await.provisioned().await;

    let mut creates = JoinSet::new();
    for number in 0..CREATES {
        let owner = world.owner();
        let name = format!("s{number:03}");
        let secret = imported(&name, &format!("data of {name}"), pinned(1));
        creates.spawn(async move { create(owner, secret).await.map(|()| name) });
    }
    let mut acknowledged: Vec<String> =
        creates.join_all().await.into_iter().map(Result::unwrap).collect();
    acknowledged.sort();
    let epoch = world.status().await.store_epoch;

    let world = reopened(world, store, &path).await;
    assert_eq!(acknowledged.len(), CREATES);
    assert_eq!(world.list("").await, acknowledged);
    assert!(world.status().await.store_epoch > epoch);
    let ta = world.ta(enclave(1));
    for name in acknowledged {
        assert_eq!(ta.get(SERVICE, &name).await.unwrap().data, format!("data of {name}"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_creates_of_one_name_one_wins() {
    let directory = tempfile::tempdir().unwrap();
    let store = Arc::new(EmbeddedStore::open_pages(directory.path().join("store"), CACHE).unwrap());
    let world = World::on(store, Suite::Modern, |_| ()).await.provisioned().await;
    let mut creates = JoinSet::new();
    for number in 0..50 {
        let owner = world.owner();
        let secret = imported("one", &format!("{number}"), pinned(1));
        creates.spawn(async move { (number, create(owner, secret).await) });
    }
    let (won, lost): (Vec<_>, Vec<_>) =
        creates.join_all().await.into_iter().partition(|(_, result)| result.is_ok());
    let [(winner, _)] = won.as_slice() else { panic!("{} have won", won.len()) };
    assert!(lost.into_iter().all(|(_, result)| code(result) == ErrorCode::NameExists));
    let data = world.ta(enclave(1)).get(SERVICE, "one").await.unwrap().data;
    assert_eq!(data, winner.to_string());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_written_for_a_service_that_has_another_owner_by_then() {
    let world = World::working().await;
    let next = Arc::new(KeyPair::generate(Suite::Modern).unwrap());
    // Making such a key nearly always takes long enough for the service to go and come back.
    let mut slow = secret("late", SecretTypeRsaKeyPair, pinned(1));
    slow.spec.as_mut().unwrap().params =
        vec![EnclaveKvPair { key: "bit_length".into(), value: "4096".into() }];
    for _ in 0..20 {
        let late = tokio::spawn(create(world.owner(), slow.clone()));
        tokio::time::sleep(Duration::from_millis(50)).await;
        let early = late.is_finished();
        unregister(&world).await;
        let registration = RegisterEnclaveServiceRequest {
            service_pubkey: next.public().pem().into(),
            ..world.registration(SERVICE)
        };
        let _: RegisterEnclaveServiceResponse =
            world.admin().call("RegisterEnclaveService", &registration).await.unwrap();

        let late = late.await.unwrap();
        let owner = world.administrator(Some(SERVICE), next.clone());
        let request = ListEnclaveSecretRequest::default();
        let list: ListEnclaveSecretResponse = owner.call("ListSecret", &request).await.unwrap();
        assert!(list.secrets.is_empty(), "the next owner finds nothing of the former one");
        if !early && late.is_err() {
            assert_eq!(code(late), ErrorCode::RequestNotAuthentic);
            return;
        }
        unregister(&world).await;
        world.register(SERVICE).await.unwrap();
    }
    panic!("no create was overtaken");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_outlives_its_service() {
    let directory = tempfile::tempdir().unwrap();
    let store = Arc::new(EmbeddedStore::open_pages(directory.path().join("store"), CACHE).unwrap());
    let world = World::on(store, Suite::Modern, |_| ()).await.provisioned().await;
    for round in 0..10 {
        let mut creates = JoinSet::new();
        for number in 0..40 {
            let (owner, name) = (world.owner(), format!("s{round}-{number}"));
            creates.spawn(async move { create(owner, imported(&name, "data", pinned(1))).await });
        }
        // In the middle of them.
        creates.join_next().await.unwrap().unwrap().unwrap();
        unregister(&world).await;
        while creates.join_next().await.is_some() {}
        world.register(SERVICE).await.unwrap();
        assert!(world.list("").await.is_empty(), "in round {round}");
    }
}

/// More records than one change can remove.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_of_any_size_can_be_unregistered() {
    const SECRETS: usize = aecs_core::vault::MAX_CHANGE_OPERATIONS / 2 + 1;
    let more = |config: &mut crate::support::Config| config.quotas.secrets_per_service = SECRETS;
    let world = World::pending(Suite::Modern, more).await.provisioned().await;
    for number in 0..SECRETS {
        create(world.owner(), imported(&format!("s{number}"), "data", pinned(1))).await.unwrap();
    }
    let before = world.names().await.len();
    unregister(&world).await;
    // Of each secret its record and its data. The records of acts stay for a day.
    let removed = before - world.names().await.len();
    assert!(removed >= 2 * SECRETS, "{removed} of {before} records");
    world.register(SERVICE).await.unwrap();
    assert!(world.list("").await.is_empty());
}

async fn unregister(world: &World) {
    let request = UnregisterEnclaveServiceRequest { service_name: SERVICE.into() };
    let _: UnregisterEnclaveServiceResponse =
        world.admin().call("UnregisterEnclaveService", &request).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readers_and_writers_get_along() {
    let world = World::working().await;
    world.import("kept", "data", 1).await.unwrap();
    let mut calls = JoinSet::new();
    for number in 0..20 {
        let (owner, ta) = (world.owner(), world.ta(enclave(1)));
        let secret = imported(&format!("s{number}"), "data", pinned(1));
        calls.spawn(async move { create(owner, secret).await });
        calls.spawn(async move { ta.get(SERVICE, "kept").await.map(drop) });
        let owner = world.owner();
        calls.spawn(async move {
            owner.send(owner.request_of("ListSecret", "{}".into()).await).await.map(drop)
        });
    }
    for result in calls.join_all().await {
        result.unwrap();
    }
    assert_eq!(world.list("s").await.len(), 20);
}
