//! Sessions of the client library with the real server: nobody notices them, whatever happens.

use aecs_client::{Error, NewSecret, ServiceClient, TaClient};
use aecs_crypto::{SecretString, Suite};
use aecs_proto::{EnclaveSecretPolicy, EnclaveSecretType, UnifiedAttestationPolicy};
use tonic::Code;

use crate::world::{SERVICE, World, pinned};

fn secret(policy: UnifiedAttestationPolicy, data: &str) -> NewSecret {
    let mut secret = NewSecret::new("a", EnclaveSecretType::SecretTypeImportData);
    SERVICE.clone_into(&mut secret.spec.service_name);
    secret.spec.readonly = "false".to_owned();
    secret.spec.policy = Some(EnclaveSecretPolicy { policy: Some(policy), ..Default::default() });
    secret.data = Some(SecretString::from(data.to_owned()).into());
    secret
}

async fn begun() -> (World, ServiceClient, TaClient) {
    let world = World::working(Suite::Modern, |_| ()).await;
    let (owner, ta) = (world.owner().await, world.ta(1).await);
    owner.create(&secret(pinned(1), "one")).await.unwrap();
    assert_eq!(get(&ta).await.unwrap(), "one");
    (world, owner, ta)
}

async fn get(ta: &TaClient) -> Result<String, Error> {
    Ok(ta.get(SERVICE, "a").await?.material().to_text().expose().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_owner_does_counts_at_once() {
    let (world, owner, ta) = begun().await;
    assert!(ta.server().await.unwrap().status().sessions);
    for round in 0..3 {
        assert_eq!(get(&ta).await.unwrap(), "one", "{round}");
    }
    assert_eq!(ta.list(SERVICE, "").await.unwrap().len(), 1);
    let known = ta.get(SERVICE, "a").await.unwrap();
    assert!(ta.get_if_changed(SERVICE, "a", known.tag()).await.unwrap().is_none());

    owner.update(&secret(pinned(2), "one")).await.unwrap();
    match get(&ta).await {
        Err(Error::Refused(refusal)) => assert_eq!(refusal.grpc_code(), Code::PermissionDenied),
        other => panic!("{other:?}"),
    }
    owner.apply(&secret(pinned(1), "two"), false).await.unwrap();
    assert_eq!(get(&ta).await.unwrap(), "two");
    owner.destroy("a").await.unwrap();
    assert!(matches!(get(&ta).await, Err(Error::Refused(_))));
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_is_not_noticed() {
    let (mut world, _, ta) = begun().await;
    assert_eq!(get(&ta).await.unwrap(), "one");
    for _ in 0..2 {
        world.restart(world.store.clone()).await;
        assert_eq!(get(&ta).await.unwrap(), "one");
        assert_eq!(get(&ta).await.unwrap(), "one");
    }
    world.stop().await;
}
