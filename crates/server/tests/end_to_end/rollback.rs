//! Restarts, copies of the store, and tools that remember: h02, h03, h04, f05 over the network.

use std::{path::Path, sync::Arc};

use aecs_client::{
    AdminClient, Error, ErrorCode, FileStateMemory, MemoryError, NewSecret, ServiceClient,
};
use aecs_crypto::Suite;
use aecs_proto::{EnclaveSecretPolicy, EnclaveSecretType};

use crate::world::{SERVICE, World, pinned};

/// An administrator's tool that remembers in `file`.
async fn tool(world: &World, file: &Path) -> Result<AdminClient, Error> {
    AdminClient::builder(world.endpoint(), world.verifier(), world.policy())
        .memory(Arc::new(FileStateMemory::new(file)))
        .connect(world.admin_key())
        .await
}

fn key(name: &str) -> NewSecret {
    let mut secret = NewSecret::new(name, EnclaveSecretType::SecretTypeAes256Key);
    secret.spec.service_name = SERVICE.to_owned();
    let policy = Some(pinned(1));
    secret.spec.policy = Some(EnclaveSecretPolicy { policy, ..Default::default() });
    secret
}

#[tokio::test(flavor = "multi_thread")]
async fn h02_clients_go_on_after_a_restart() {
    let mut world = World::working(Suite::Modern, |_| ()).await;
    let (owner, ta) = (world.owner().await, world.ta(1).await);
    owner.create(&key("a")).await.unwrap();
    ta.get(SERVICE, "a").await.unwrap();
    let before = owner.server().await.unwrap().status().boot_nonce;

    let store = world.store.clone();
    world.restart(store).await;
    world.admin().await.provision("localtest").await.unwrap();
    // They sign again for the new process, which the refusal names.
    assert_eq!(owner.list("").await.unwrap().len(), 1);
    owner.create(&key("b")).await.unwrap();
    ta.get(SERVICE, "b").await.unwrap();
    assert_ne!(owner.server().await.unwrap().status().boot_nonce, before);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn f05_tools_that_run_at_once_raise_no_false_alarm() {
    let world = World::working(Suite::Modern, |_| ()).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("servers");
    let service = world.service_key();
    let register = async |name: String| {
        let tool = tool(&world, &file).await?;
        tool.register(&name, service.public(), None).await?;
        tool.list_services(&name).await.map(drop)
    };
    for round in 0..15 {
        let (one, other, third) = tokio::join!(
            register(format!("one-{round}")),
            register(format!("other-{round}")),
            register(format!("third-{round}")),
        );
        for result in [one, other, third] {
            result.unwrap_or_else(|error| panic!("round {round}: {error:?}"));
        }
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn h03_a_rolled_back_store_is_noticed_also_after_it_has_grown() {
    let mut world = World::working(Suite::Modern, |_| ()).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("servers");
    let other_file = folder.path().join("of another machine");
    let admin = tool(&world, &file).await.unwrap();
    let copy = Arc::new(world.store.snapshot());
    let service = world.service_key();
    for _ in 0..5 {
        admin.register("service2", service.public(), None).await.unwrap();
        admin.unregister("service2").await.unwrap();
    }
    let epoch = async |tool: &AdminClient| {
        tool.status().await.unwrap().status().store.as_ref().unwrap().epoch
    };
    let seen = epoch(&admin).await;

    world.restart(copy).await;
    // The identity was sealed before those changes, so the node notices nothing: as if store and
    // sealed identity had gone back together. Somebody who has seen more is not taken in.
    let Err(error) = tool(&world, &file).await else { panic!("an old store was accepted") };
    assert!(matches!(error, Error::State(MemoryError::Rollback { .. })), "{error:?}");
    // Somebody who has not seen it goes on.
    let other = tool(&world, &other_file).await.unwrap();
    other.register("service3", service.public(), None).await.unwrap();

    let Err(error) = tool(&world, &file).await else { panic!("an old store was accepted") };
    assert!(matches!(error, Error::State(MemoryError::Rollback { .. })), "{error:?}");
    // Its epoch passes the one that was seen.
    while epoch(&other).await <= seen {
        other.register("more", service.public(), None).await.unwrap();
        other.unregister("more").await.unwrap();
    }
    let error = tool(&world, &file).await.unwrap().list_services("").await.err();
    let Some(Error::Refused(refusal)) = error else { panic!("{error:?}") };
    assert_eq!(refusal.code(), Some(ErrorCode::OtherHistory));
    assert!(refusal.message().contains("another history"), "{refusal}");
    // The other one is not affected.
    other.list_services("").await.unwrap();
    world.stop().await;
}

/// The host deletes the sealed identity and the store, and has its own administrator bring the new
/// deployment into service: the same enclave, at the same address.
#[tokio::test(flavor = "multi_thread")]
async fn h04_a_new_deployment_at_the_same_address_is_refused() {
    let mut world = World::working(Suite::Modern, |_| ()).await;
    let id = world.owner().await.server().await.unwrap().status().deployment_id;
    world.begin_anew().await;
    let admin = world.admin().await;
    admin.provision("localtest").await.unwrap();
    admin.register(SERVICE, world.service_key().public(), None).await.unwrap();

    let policy = || world.policy().deployment(id);
    let (verifier, key) = (world.verifier(), world.service_key());
    let owner =
        ServiceClient::connect(world.endpoint(), verifier, policy(), SERVICE, key, None).await;
    let Err(error) = owner else { panic!("a new deployment was taken for the former one") };
    assert!(error.to_string().contains("not trusted"), "{error:?}");
    let tool = AdminClient::builder(world.endpoint(), world.verifier(), policy());
    assert!(tool.connect(world.admin_key()).await.is_err());
    world.stop().await;
}
