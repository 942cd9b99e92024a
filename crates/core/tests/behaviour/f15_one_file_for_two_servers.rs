//! Two servers are given one file for their sealed identities. It may be the only copy of one of them.

use std::sync::Arc;

use aecs_core::ErrorCode;
use aecs_crypto::{KeyPair, Suite};
use aecs_store::{MemoryStore, pages::PageStore};

use crate::support::{SERVICE, World, enclave, refusal};

#[tokio::test]
async fn f15_no_server_writes_over_the_identity_of_another() {
    let one = World::pending(Suite::Modern, |_| ()).await.lasting().await;
    // It has another administrator, so it makes another identity, as long as the first is of no use.
    let (store, admin): (Arc<dyn PageStore>, _) =
        (Arc::new(MemoryStore::new()), Arc::new(KeyPair::generate(Suite::Modern).unwrap()));
    let other = |restart: &mut crate::support::Restart| {
        (restart.store, restart.admin) = (store.clone(), admin.clone());
    };
    let other = one.restart(other).await.unwrap();
    assert_ne!(one.core.deployment_id(), other.core.deployment_id());

    let one = one.provisioned().await;
    one.import("a", "data", 1).await.unwrap();
    let error = refusal(other.provision("host2").await);
    assert_eq!(error.code(), ErrorCode::Generic, "{error}");
    assert!(error.message().contains("the identity of another server"), "{error}");
    assert_eq!(other.core.status(), "Pending");

    let again = one.restarted().await;
    assert_eq!(again.core.status(), "Working");
    assert_eq!(again.ta(enclave(1)).get(SERVICE, "a").await.unwrap().data, "data");
}

/// What is in the file and does not open is of no use to the next start: the identity in memory is saved.
#[tokio::test]
async fn f15_a_damaged_file_is_written_again() {
    let world = World::installed().await;
    world.cache.as_ref().unwrap().set(Some(b"damaged".to_vec()));
    world.register("other").await.unwrap();
    world.core.save().await.unwrap();
    assert_eq!(world.restarted().await.core.status(), "Working");
}
