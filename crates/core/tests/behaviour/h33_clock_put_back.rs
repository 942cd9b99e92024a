//! A host's clock that is put back makes no request good for a second time, however long ago this
//! process has received it.

use std::time::{Duration, SystemTime};

use aecs_core::ErrorCode;
use aecs_proto::{
    EnclaveSecretType::SecretTypeAes256Key, NewSecretVersionResponse, PutSecretRequest,
    TRUSTED_APPLICATIONS, TaCreateSecretRequest, TaDestroySecretRequest,
    UnifiedAttestationAttributes,
};

use crate::support::{SERVICE, World, code, enclave, secret};

const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// After that the store has no act any more, and the process remembers no request.
const FORGOTTEN: Duration = Duration::from_secs(26 * 60 * 60);

/// A deployment for which nobody signs a date, with evidence that is valid for long.
async fn undated() -> World {
    let world = World::installed().await;
    let now = SystemTime::now();
    world.cpu.set_collateral_window(Some(now - HOUR..now + 100 * DAY)).unwrap();
    world
}

/// Time passes, in which housekeeping forgets.
async fn forget(world: &World) {
    world.clock.pass(FORGOTTEN);
    tokio::time::sleep(FORGOTTEN).await;
}

fn put(data: &str) -> PutSecretRequest {
    let (secret_name, data) = ("a".to_owned(), data.to_owned());
    PutSecretRequest { secret_name, data, ..PutSecretRequest::default() }
}

async fn current(world: &World) -> String {
    world.ta(enclave(1)).get(SERVICE, "a").await.unwrap().data
}

#[tokio::test(start_paused = true)]
async fn h33_an_owners_act_of_before_yesterday_is_not_repeated() {
    let world = undated().await;
    world.import("a", "one", 1).await.unwrap();
    let recorded = world.owner().request("PutSecret", &put("two")).await;
    world.owner().send(recorded.clone()).await.unwrap();
    forget(&world).await;
    let _: NewSecretVersionResponse = world.owner().call("PutSecret", &put("three")).await.unwrap();
    assert_eq!(code(world.owner().send(recorded.clone()).await), ErrorCode::RequestStale);

    world.clock.shift_back(FORGOTTEN);
    assert_eq!(code(world.owner().send(recorded).await), ErrorCode::RequestStale);
    assert_eq!(current(&world).await, "three");
    // The owner is not locked out.
    let _: NewSecretVersionResponse = world.owner().call("PutSecret", &put("four")).await.unwrap();
    assert_eq!(current(&world).await, "four");
}

#[tokio::test(start_paused = true)]
async fn h33_an_application_destroys_its_secret_once() {
    let world = undated().await;
    let ta = world.ta(enclave(1));
    let create = |nonce: &str| TaCreateSecretRequest {
        secret: Some(secret("mine", SecretTypeAes256Key, UnifiedAttestationAttributes::default())),
        nonce: nonce.into(),
        ..Default::default()
    };
    let destroy = TaDestroySecretRequest { secret_name: "mine".into(), nonce: "2".into() };
    let send = |request| world.core.ta_remote_call(request);
    send(ta.request("TaCreateSecret", &create("1")).await).await.unwrap();
    let recorded = ta.request("TaDestroySecret", &destroy).await;
    send(recorded.clone()).await.unwrap();
    forget(&world).await;
    send(ta.request("TaCreateSecret", &create("3")).await).await.unwrap();

    world.clock.shift_back(FORGOTTEN);
    assert_eq!(code(send(recorded).await), ErrorCode::RequestStale);
    ta.get(TRUSTED_APPLICATIONS, "mine").await.unwrap();
}
