//! The host has an administrator's key, and gives birth to an identity that asks it for no
//! password.

use std::{sync::Arc, time::Duration};

use aecs_core::ErrorCode;
use aecs_crypto::{KeyPair, PasswordVerifier, Suite};
use aecs_proto::{
    AddAdministratorRequest, AddAdministratorResponse, AecsBackupIdentityRequest,
    AecsBackupIdentityResponse, AecsProvisionRequest, AecsProvisionResponse,
};
use aecs_store::pages::PageStore;

use crate::support::{
    MemoryCache, World, code, refusal,
    store::{BACKUP, filled},
};

const PASSWORD: &str = "correct horse";

/// A deployment whose administrator `alice`, with this key, has a password, which its backup says
/// too.
async fn world() -> (World, Arc<KeyPair>) {
    let (world, key) = (World::working().await, KeyPair::generate(Suite::Modern).unwrap());
    let request = AddAdministratorRequest {
        name: "alice".into(),
        public_key: key.public().pem().into(),
        password_hash: PasswordVerifier::from_password(PASSWORD).unwrap().to_phc(),
    };
    let _: AddAdministratorResponse =
        world.admin().call("AddAdministrator", &request).await.unwrap();
    let request = AecsBackupIdentityRequest { host_name: "host1".into() };
    let _: AecsBackupIdentityResponse =
        world.admin().call("AecsBackupIdentity", &request).await.unwrap();
    (world, Arc::new(key))
}

/// A new identity beside the same records, of the administrator with `key` and this password.
async fn born(world: &World, key: &Arc<KeyPair>, password: Option<&str>) -> World {
    born_with(world, key, password, world.store.clone()).await
}

async fn born_with(
    world: &World,
    key: &Arc<KeyPair>,
    password: Option<&str>,
    store: Arc<dyn PageStore>,
) -> World {
    let password = password.map(|it| Arc::new(PasswordVerifier::from_password(it).unwrap()));
    let born = world.restart(|restart| {
        restart.store = store;
        restart.cache = Some(Arc::new(MemoryCache::default()));
        restart.admin = key.clone();
        restart.config.admin.password = password;
    });
    born.await.unwrap()
}

async fn provision(
    world: &World,
    password: &str,
) -> Result<AecsProvisionResponse, aecs_core::Error> {
    let request =
        AecsProvisionRequest { accept_older_store: true, ..world.provision_request("host1").await };
    world.admin().password(password).call("AecsProvision", &request).await
}

#[tokio::test(start_paused = true)]
async fn h29_a_restored_identity_asks_its_administrator_for_the_password() {
    let (world, key) = world().await;
    let attacked = born(&world, &key, None).await;
    for guess in ["", "a"] {
        assert_eq!(code(provision(&attacked, guess).await), ErrorCode::Password);
    }
    // Also where the host has chosen the guess as the password of its identity.
    for (number, guess) in [(3, "b"), (4, "c"), (5, "d")] {
        let attacked = born(&world, &key, Some(guess)).await;
        let early = refusal(provision(&attacked, guess).await);
        if number > 3 {
            assert!(early.message().contains("until then the server checks none"), "{early}");
            tokio::time::sleep(Duration::from_secs(10)).await;
            let refused = refusal(provision(&attacked, guess).await);
            assert!(refused.message().contains(&format!("number {number} in a row")), "{refused}");
        }
        assert_eq!(attacked.core.status(), "Pending");
    }

    let right = born(&world, &key, None).await;
    tokio::time::sleep(Duration::from_secs(10)).await;
    assert_eq!(code(provision(&right, PASSWORD).await), ErrorCode::Password);
    tokio::time::sleep(Duration::from_secs(10)).await;
    provision(&right, PASSWORD).await.unwrap();
    assert_eq!(right.core.deployment_id(), world.core.deployment_id());
    let kept = right.names().await;
    assert!(!kept.iter().any(|name| name.contains("guesses")), "the count is forgotten");
}

/// The same with records of before that password, which the backup remembers.
#[tokio::test]
async fn h29_an_older_store_brings_no_time_without_a_password_back() {
    let (world, key) = world().await;
    let backup = world.raw(BACKUP).await.unwrap();
    let older = filled(vec![(BACKUP.into(), backup)]).await;
    let attacked = born_with(&world, &key, None, older).await;
    assert_eq!(code(provision(&attacked, "").await), ErrorCode::Password);
    assert_eq!(attacked.core.status(), "Pending");
    provision(&attacked, PASSWORD).await.unwrap();
    assert_eq!(attacked.core.deployment_id(), world.core.deployment_id());
}
