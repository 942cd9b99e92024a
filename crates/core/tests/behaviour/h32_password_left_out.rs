//! The host leaves the first administrator's password out when an identity is born.

use std::sync::Arc;

use aecs_core::{Error, ErrorCode, Kind};
use aecs_crypto::{PasswordVerifier, Suite};
use aecs_proto::AecsProvisionResponse;

use crate::support::{World, code, refusal};

const PASSWORD: &str = "correct horse";

async fn provision(world: &World, password: &str) -> Result<AecsProvisionResponse, Error> {
    let request = world.provision_request("host1").await;
    world.admin().password(password).call("AecsProvision", &request).await
}

#[tokio::test]
async fn h32_a_first_provision_notices_that_its_password_is_not_asked_for() {
    let world = World::pending(Suite::Modern, |_| ()).await.lasting().await;
    let error = refusal(provision(&world, PASSWORD).await);
    assert_eq!((error.code(), error.kind()), (ErrorCode::AdminKey, Kind::FailedPrecondition));
    assert!(error.message().contains("aecs_admin_password_hash"), "{error}");
    assert_eq!(world.core.status(), "Pending");

    // With the password in the file, another identity is born, which asks for it.
    let verifier = Arc::new(PasswordVerifier::from_password(PASSWORD).unwrap());
    let told = world.restart(|restart| restart.config.admin.password = Some(verifier));
    let told = told.await.unwrap();
    assert_ne!(told.core.deployment_id(), world.core.deployment_id());
    let born = told.core.deployment_id();
    let told = told.restarted().await;
    assert_eq!(told.core.deployment_id(), born, "nothing has changed");
    assert_eq!(code(provision(&told, "").await), ErrorCode::Password);
    provision(&told, PASSWORD).await.unwrap();
    assert_eq!(told.core.status(), "Working");
}

/// Who needs no password may have one in the environment: later provisions do not mind.
#[tokio::test]
async fn h32_a_later_provision_takes_a_password_that_nobody_asks_for() {
    let world = World::working().await.restarted().await;
    assert_eq!(world.core.status(), "Pending");
    provision(&world, PASSWORD).await.unwrap();
    assert_eq!(world.core.status(), "Working");
}
