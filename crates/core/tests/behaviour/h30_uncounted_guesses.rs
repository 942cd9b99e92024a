//! Password guesses where the count of wrong ones does not last, or cannot be kept.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use aecs_core::{Error, ErrorCode, Kind, Restart};
use aecs_crypto::{PasswordVerifier, Suite};
use aecs_proto::{AecsProvisionResponse, ShowDeploymentRequest, ShowDeploymentResponse};
use aecs_store::{MemoryStore, pages::PageStore};

use crate::support::{
    World, code, refusal,
    store::{Watched, filled},
};

const PASSWORD: &str = "correct horse";

/// An installation whose administrator has a password, which waits for a provision at each start.
async fn world(store: Arc<dyn PageStore>) -> World {
    let verifier = Arc::new(PasswordVerifier::from_password(PASSWORD).unwrap());
    let world = World::on(store, Suite::Modern, |config| {
        config.admin.password = Some(verifier);
        config.restart = Restart::Provision;
    });
    let world = world.await.lasting().await;
    provision(&world, PASSWORD).await.unwrap();
    world
}

async fn provision(world: &World, password: &str) -> Result<AecsProvisionResponse, Error> {
    let request = world.provision_request("host1").await;
    world.admin().password(password).call("AecsProvision", &request).await
}

/// What changes nothing, and works also before the provision.
async fn show(world: &World, password: &str) -> Result<ShowDeploymentResponse, Error> {
    world.admin().password(password).call("ShowDeployment", &ShowDeploymentRequest {}).await
}

#[tokio::test(start_paused = true)]
async fn h30_guesses_are_counted_while_the_server_waits() {
    let world = world(Arc::new(MemoryStore::new())).await;
    for guess in ["a", "b", "c"] {
        assert_eq!(code(show(&world.restarted().await, guess).await), ErrorCode::Password);
    }
    let world = world.restarted().await;
    let early = refusal(provision(&world, PASSWORD).await);
    assert!(early.message().contains("3 wrong passwords in a row"), "{early}");
    assert_eq!(world.core.status(), "Pending");
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    provision(&world, PASSWORD).await.unwrap();
    let kept = world.names().await;
    assert!(!kept.iter().any(|name| name.contains("guesses")), "the count is forgotten");
}

/// Before the first provision there are no records: the count is the process's.
#[tokio::test(start_paused = true)]
async fn h30_guesses_are_counted_before_the_first_provision() {
    let verifier = Arc::new(PasswordVerifier::from_password(PASSWORD).unwrap());
    let world = World::pending(Suite::Modern, |config| config.admin.password = Some(verifier));
    let world = world.await;
    show(&world, PASSWORD).await.unwrap();
    for guess in ["a", "b", "c"] {
        assert_eq!(code(show(&world, guess).await), ErrorCode::Password);
    }
    let early = refusal(show(&world, PASSWORD).await);
    assert!(early.message().contains("3 wrong passwords in a row"), "{early}");
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    show(&world, PASSWORD).await.unwrap();
}

fn assert_not_judged<T>(result: Result<T, Error>) {
    let error = refusal(result.map(drop));
    assert_eq!((error.code(), error.kind()), (ErrorCode::Generic, Kind::FailedPrecondition));
    assert!(error.message().starts_with("no password is checked while"), "{error}");
}

#[tokio::test]
async fn h30_a_password_that_cannot_be_counted_is_not_judged() {
    let disk = Arc::new(Watched::default());
    let world = world(disk.clone()).await.restarted().await;
    disk.full.store(true, Ordering::SeqCst);
    for _ in 0..4 {
        assert_not_judged(show(&world, "a").await);
        assert_not_judged(show(&world, PASSWORD).await);
    }
    disk.full.store(false, Ordering::SeqCst);
    // Nothing was counted, and who has shown the password reads also where nothing can be written.
    show(&world, PASSWORD).await.unwrap();
    disk.full.store(true, Ordering::SeqCst);
    show(&world, PASSWORD).await.unwrap();
    show(&world, PASSWORD).await.unwrap();
    assert_not_judged(show(&world, "a").await);
    assert_not_judged(show(&world, PASSWORD).await);
}

#[tokio::test]
async fn h30_no_password_is_judged_where_the_records_do_not_open() {
    let world = world(Arc::new(MemoryStore::new())).await;
    let mut damaged = world.everything().await;
    for (_, page) in damaged.iter_mut().filter(|(key, _)| key.starts_with("page/")) {
        *page.last_mut().unwrap() ^= 1;
    }
    let damaged = filled(damaged).await;
    let world = world.restart(|restart| restart.store = damaged).await.unwrap();
    assert_not_judged(show(&world, "a").await);
    assert_not_judged(show(&world, PASSWORD).await);
    // A provision asks in the records that it opens itself: here it names the damaged one.
    for password in ["a", PASSWORD] {
        let refused = refusal(provision(&world, password).await);
        assert!(refused.message().contains("tampered with"), "{refused}");
    }
}
