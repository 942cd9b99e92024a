//! Guessing a password takes longer with every guess, and it is told.

use std::{sync::Arc, time::Duration};

use aecs_core::{Error, ErrorCode};
use aecs_crypto::PasswordVerifier;
use aecs_proto::{
    ListEnclaveSecretRequest, ListEnclaveSecretResponse, RegisterEnclaveServiceRequest,
    RegisterEnclaveServiceResponse,
};

use crate::support::{World, code, refusal};

const PASSWORD: &str = "correct horse";
const LOCKED: &str = "locked";

async fn list(world: &World, password: &str) -> Result<(), Error> {
    let owner = world.administrator(Some(LOCKED), world.service_admin.clone()).password(password);
    let request = ListEnclaveSecretRequest::default();
    owner.call::<_, ListEnclaveSecretResponse>("ListSecret", &request).await.map(drop)
}

/// A world with a service that has a password, as `aecsadmin hash-password` prints it.
async fn world() -> World {
    let world = World::installed().await;
    let request = RegisterEnclaveServiceRequest {
        service_password_hash: PasswordVerifier::from_password(PASSWORD).unwrap().to_phc(),
        ..world.registration(LOCKED)
    };
    let _: RegisterEnclaveServiceResponse =
        world.admin().call("RegisterEnclaveService", &request).await.unwrap();
    world
}

#[tokio::test(start_paused = true)]
async fn h21_password_guesses() {
    let world = world().await;
    list(&world, PASSWORD).await.unwrap();
    for guess in ["a", "b", "c"] {
        assert_eq!(code(list(&world, guess).await), ErrorCode::Password);
    }
    let told = world.audit.last().reason.unwrap();
    assert!(told.contains("number 3 in a row"), "{told}");
    // The right one is not looked at now either, and not by a restart or by the host's clock.
    let early = refusal(list(&world, PASSWORD).await);
    assert!(early.message().contains("wait 1 s"), "{early}");
    let world = world.restarted().await;
    world.provision("host1").await.unwrap();
    world.clock.shift(Duration::from_secs(120));
    assert_eq!(code(list(&world, PASSWORD).await), ErrorCode::Password);
    world.clock.shift_back(Duration::from_secs(120));

    tokio::time::sleep(Duration::from_millis(1_100)).await;
    assert_eq!(code(list(&world, "d").await), ErrorCode::Password);
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    let early = refusal(list(&world, PASSWORD).await);
    assert!(
        early.message().contains("4 wrong passwords in a row"),
        "each doubles the wait: {early}"
    );
    tokio::time::sleep(Duration::from_secs(1)).await;
    list(&world, PASSWORD).await.unwrap();
    // And all is forgotten.
    assert_eq!(code(list(&world, "e").await), ErrorCode::Password);
    list(&world, PASSWORD).await.unwrap();
    let kept = world.names().await;
    assert!(!kept.iter().any(|name| name.contains("guesses")), "nothing is left of it");
}

#[tokio::test(start_paused = true)]
async fn h21_guesses_at_once_are_one_after_the_other() {
    let world = Arc::new(world().await);
    let mut guesses = tokio::task::JoinSet::new();
    for guess in 0..20 {
        let world = world.clone();
        guesses.spawn(async move { refusal(list(&world, &guess.to_string()).await) });
    }
    let refused = guesses.join_all().await;
    let looked_at =
        refused.iter().filter(|error| error.message().starts_with("the password is wrong")).count();
    assert_eq!(looked_at, 3);
}
