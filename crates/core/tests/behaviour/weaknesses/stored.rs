//! What the owner of the store can do to it: W11, W13, W14.
//!
//! He sees pages and registers, and not which record is where. The data of these tests are long, so that
//! each has a page of its own.

use std::sync::Arc;

use aecs_core::{ErrorCode, Kind};
use aecs_crypto::{KeyPair, RecordKey, Suite};
use aecs_proto::{AdminAuth, ListEnclaveSecretRequest, ListEnclaveSecretResponse};
use aecs_store::{MemoryStore, pages::PageStore};
use prost::Message;

use crate::support::{
    SERVICE, World, code, enclave, refusal,
    store::{ROOT, pages_of_len},
};

/// How long the data of both secrets are.
const A: usize = 3_001;
const B: usize = 3_002;

fn data(len: usize) -> String {
    "data".repeat(1000)[..len].to_owned()
}

/// A world with secrets `a` for measurement 1 and `b` for measurement 2.
async fn world() -> World {
    let world = World::installed().await;
    world.import("a", &data(A), 1).await.unwrap();
    world.import("b", &data(B), 2).await.unwrap();
    world
}

/// The pages of the tree, which name all others.
async fn tree(world: &World) -> Vec<String> {
    let contents = [pages_of_len(&*world.store, A).await, pages_of_len(&*world.store, B).await];
    let all = world.everything().await.into_iter().map(|(key, _)| key);
    all.filter(|key| key.starts_with("page/") && !contents.concat().contains(key)).collect()
}

/// The server does not start on such a store, and the administrator learns what is wrong.
async fn assert_found_out(world: &World, what: &str) {
    let world = world.restarted().await;
    assert_eq!(world.core.status(), "Pending");
    let error = refusal(world.provision("host1").await);
    assert_eq!((error.code(), error.kind()), (ErrorCode::StorageAuth, Kind::FailedPrecondition));
    assert!(error.message().contains(what), "the error says {what}: {error}");
    assert_eq!(world.core.status(), "Pending");
    let error = refusal(world.ta(enclave(1)).get(SERVICE, "a").await);
    assert_eq!(error.code(), ErrorCode::NotWorking, "{error}");
}

/// Who may get it gets an error, and nothing else of the server is harmed.
async fn assert_damaged(world: &World, measurement: u8, name: &str) {
    let error = refusal(world.ta(enclave(measurement)).get(SERVICE, name).await);
    assert_eq!((error.code(), error.kind()), (ErrorCode::Damaged, Kind::Internal), "{error}");
    assert_eq!(error.message(), "what the request needs is damaged in the server's store");
    assert_eq!(world.list("").await, ["a", "b"]);
}

/// The pages of before are still there: only the root is put back.
#[tokio::test]
async fn w11_the_root_does_not_roll_back() {
    let world = world().await;
    let old = world.raw(ROOT).await.unwrap();
    world.destroy("a").await.unwrap();
    let last = world.raw(ROOT).await.unwrap();
    world.set_raw(ROOT, old.clone()).await;
    // A server that runs notices it with its next change, and serves what it knows.
    for _ in 0..2 {
        let error = refusal(world.import("c", "data", 1).await);
        assert_eq!(error.kind(), Kind::Internal, "{error}");
        assert_eq!(code(world.ta(enclave(1)).get(SERVICE, "a").await), ErrorCode::NoSuchName);
    }
    // It goes on when the store is right again.
    world.set_raw(ROOT, last).await;
    world.import("c", "data", 1).await.unwrap();
    world.core.save().await.unwrap();

    // One that starts remembers what it has seen.
    world.set_raw(ROOT, old).await;
    let world = world.restarted().await;
    let reason = world.status().await.pending_reason;
    assert!(reason.contains("the store is older than this identity remembers"), "{reason}");
    assert_eq!(code(world.ta(enclave(1)).get(SERVICE, "a").await), ErrorCode::NotWorking);
}

#[tokio::test]
async fn w11_a_page_does_not_roll_back() {
    let world = world().await;
    let before = tree(&world).await;
    world.destroy("a").await.unwrap();
    let after = tree(&world).await;
    let new: Vec<_> = after.iter().filter(|page| !before.contains(page)).collect();
    assert!(!new.is_empty());
    for page in &before {
        let old = world.raw(page).await.unwrap();
        for new in &new {
            world.set_raw(new, old.clone()).await;
        }
        assert_found_out(&world, "its seal does not open").await;
    }
}

#[tokio::test]
async fn w11_what_is_missing_is_not_unknown() {
    let world = world().await;
    let page = world.page_of_len(A).await;
    let genuine = world.raw(&page).await.unwrap();
    world.delete_raw(&page).await;
    assert_damaged(&world, 1, "a").await;
    assert_eq!(world.ta(enclave(2)).get(SERVICE, "b").await.unwrap().data, data(B));
    world.set_raw(&page, genuine).await;
    assert_eq!(world.ta(enclave(1)).get(SERVICE, "a").await.unwrap().data, data(A));

    for page in tree(&world).await {
        world.delete_raw(&page).await;
    }
    assert_found_out(&world, "is missing").await;
    world.delete_raw(ROOT).await;
    let reason = world.restarted().await.status().await.pending_reason;
    assert!(reason.contains("the store is empty"), "{reason}");
}

#[tokio::test]
async fn w11_an_old_copy_of_the_whole_store_shows_its_age() {
    let store = Arc::new(MemoryStore::new());
    let world = World::on(store.clone(), Suite::Modern, |_| ()).await.provisioned().await;
    world.import("a", "data of a", 1).await.unwrap();
    let copy: Arc<dyn PageStore> = Arc::new(store.snapshot());
    world.destroy("a").await.unwrap();
    let last = world.status().await;

    let old = world.restart(|restart| restart.store = copy).await.unwrap();
    old.provision("host1").await.unwrap();
    let status = old.status().await;
    assert_eq!(status.identity_hash, last.identity_hash);
    // The provision was one change; what clients remember is later all the same.
    assert!(status.store_epoch <= last.store_epoch, "{status:?} {last:?}");
    assert_ne!(status.store_chain, last.store_chain);
    assert_eq!(last.store_chain.len(), 64);
}

#[tokio::test]
async fn w11_nothing_moves_between_deployments() {
    let (one, other) = (world().await, world().await);
    let page = other.page_of_len(A).await;
    let genuine = other.raw(&page).await.unwrap();
    other.set_raw(&page, one.raw(&one.page_of_len(A).await).await.unwrap()).await;
    assert_damaged(&other, 1, "a").await;
    other.set_raw(&page, genuine).await;
    other.set_raw(ROOT, one.raw(ROOT).await.unwrap()).await;
    assert_found_out(&other, "the root record was tampered with: its seal does not open").await;
}

/// A copy of server and store writes the same name at the same epoch.
#[tokio::test]
async fn h28_a_page_of_a_copy_that_went_on_by_itself() {
    let store = Arc::new(MemoryStore::new());
    let world = World::on(store.clone(), Suite::Modern, |_| ()).await.lasting().await;
    let world = world.provisioned().await;
    let copied = Arc::new(store.snapshot());
    let copy = world.restart(|restart| restart.store = copied).await.unwrap();
    for world in [&world, &copy] {
        world.import("a", &data(A), 1).await.unwrap();
        world.import("b", &data(B), 1).await.unwrap();
    }
    assert_eq!(world.status().await.store_epoch, copy.status().await.store_epoch);
    let (own, other) = (world.page_of_len(A).await, copy.page_of_len(A).await);
    assert_ne!(own, other, "no id is used twice");
    world.set_raw(&own, copy.raw(&other).await.unwrap()).await;
    world.set_raw(&other, copy.raw(&other).await.unwrap()).await;
    assert_damaged(&world, 1, "a").await;
}

#[tokio::test]
async fn w13_nobody_makes_himself_a_services_owner_through_the_store() {
    let world = world().await;
    let own = Arc::new(KeyPair::generate(Suite::Modern).unwrap());
    let record = AdminAuth { public_key: own.public().pem().into(), ..Default::default() };
    let plain = record.encode_to_vec();
    let pages = tree(&world).await;
    let key = RecordKey::generate().unwrap();
    let sealed = key.seal(pages[0].as_bytes(), &plain).unwrap();
    // As it is, encrypted, and encrypted behind the form of a genuine page.
    for forged in [plain, sealed.clone(), [&[1][..], &sealed].concat()] {
        for page in &pages {
            world.set_raw(page, forged.clone()).await;
        }
        let forger = world.administrator(Some(SERVICE), own.clone());
        let refused: Result<ListEnclaveSecretResponse, _> =
            forger.call("ListSecret", &ListEnclaveSecretRequest::default()).await;
        assert_eq!(refusal(refused).kind(), Kind::Unauthenticated);
        assert_found_out(&world, "was tampered with").await;
    }
}

#[tokio::test]
async fn w13_what_is_stored_says_nothing() {
    let world = world().await;
    let words = [&b"data"[..], b"BEGIN", b"SECRET_TYPE", &[0x01; 32], b"service1", b"secrets/"];
    for (key, value) in world.everything().await {
        for word in words {
            assert!(!value.windows(word.len()).any(|window| window == word), "{key}");
        }
        assert!(!key.contains(SERVICE) && !key.contains("secret"), "{key}");
    }
}

#[tokio::test]
async fn w13_every_byte_counts() {
    let world = world().await;
    let page = world.page_of_len(A).await;
    let genuine = world.raw(&page).await.unwrap();
    for position in (0..genuine.len()).filter(|at| at % 128 == 0 || *at < 32) {
        let mut edited = genuine.clone();
        edited[position] ^= 0x01;
        world.set_raw(&page, edited).await;
        let error = refusal(world.ta(enclave(1)).get(SERVICE, "a").await);
        assert_eq!(error.kind(), Kind::Internal, "{position}");
    }
    for length in [0, 1, 29, genuine.len() - 1] {
        world.set_raw(&page, genuine[..length].to_vec()).await;
        let error = refusal(world.ta(enclave(1)).get(SERVICE, "a").await);
        assert_eq!(error.kind(), Kind::Internal, "{length}");
    }
    world.set_raw(&page, genuine).await;
    assert_eq!(world.ta(enclave(1)).get(SERVICE, "a").await.unwrap().data, data(A));
}

#[tokio::test]
async fn w14_two_pages_do_not_change_places() {
    let world = world().await;
    let (a, b) = (world.page_of_len(A).await, world.page_of_len(B).await);
    let (of_a, of_b) = (world.raw(&a).await.unwrap(), world.raw(&b).await.unwrap());
    world.set_raw(&a, of_b).await;
    world.set_raw(&b, of_a).await;
    // Measurement 2 is admitted to `b`, whose content is now where that of `a` was.
    for (measurement, name) in [(1, "a"), (2, "b")] {
        assert_damaged(&world, measurement, name).await;
    }
    for (measurement, name) in [(1, "b"), (2, "a")] {
        let error = refusal(world.ta(enclave(measurement)).get(SERVICE, name).await);
        assert_eq!(error.code(), ErrorCode::NoSuchName, "{name}");
    }
}
