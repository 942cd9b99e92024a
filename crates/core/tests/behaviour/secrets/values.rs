//! The value of a secret is a record of its own, which is read after the secret's record was
//! judged. A short one is in the page of the secret's record; here are long ones, which are not.

use std::sync::Arc;

use aecs_core::{ErrorCode, Kind};
use aecs_crypto::Suite;
use aecs_proto::{
    AecsDestroyTaSecretRequest, AecsDestroyTaSecretResponse,
    EnclaveSecretType::{SecretTypeAes256Key, SecretTypeImportData},
    TaBinding, UnifiedAttestationAttributes, UnregisterEnclaveServiceRequest,
    UnregisterEnclaveServiceResponse,
};

use super::{update, with_data, with_spec};
use crate::support::{
    Config, SERVICE, World, at_once, code, enclave, imported, pinned, policy, refusal, secret,
    store::{UNCACHED, Watched},
};

async fn watched() -> (World, Arc<Watched>) {
    let store = Arc::new(Watched::default());
    let long = |config: &mut Config| config.quotas.data_bytes = 2 * UNCACHED;
    let world = World::on(store.clone(), Suite::Modern, long).await.provisioned().await;
    (world, store)
}

/// Data that is some bytes longer than what a cache keeps.
fn long(more: usize) -> String {
    "x".repeat(UNCACHED + more)
}

/// The names of all values.
async fn values(world: &World) -> Vec<String> {
    let mut names = world.names().await;
    names.retain(|name| name.starts_with("aecs/") && name.contains("/values/"));
    names
}

/// The value of the only secret of that name.
async fn value_of(world: &World, name: &str) -> String {
    let mut values = values(world).await;
    values.retain(|key| key.contains(&format!("/{name}/")));
    let [value] = values.as_slice() else { panic!("{values:?}") };
    value.clone()
}

fn own(name: &str) -> aecs_proto::EnclaveSecret {
    secret(name, SecretTypeAes256Key, UnifiedAttestationAttributes::default())
}

#[tokio::test]
async fn h19_a_refused_caller_makes_the_server_read_no_value() {
    let (world, store) = watched().await;
    world.import("a", &long(1), 1).await.unwrap();
    let mut shared = imported("b", &long(2), pinned(1));
    shared.spec.as_mut().unwrap().share = "public".into();
    world.create(shared).await.unwrap();
    store.read_lengths();

    let stranger = world.ta(enclave(2));
    refusal(stranger.get(SERVICE, "a").await);
    refusal(stranger.get(SERVICE, "missing").await);
    assert_eq!(code(world.public("a").await), ErrorCode::PublicPrivate);
    assert_eq!(store.read_lengths(), [0; 0], "refused");

    world.public("b").await.unwrap();
    assert_eq!(world.list("").await.len(), 2);
    let narrowed = with_data("a", SecretTypeImportData, "");
    update(&world, narrowed).await.unwrap();
    world.destroy("b").await.unwrap();
    assert_eq!(store.read_lengths(), [0; 0], "it is not about the value");

    world.ta(enclave(1)).get(SERVICE, "a").await.unwrap();
    assert_eq!(store.read_lengths(), [UNCACHED + 1]);
}

#[tokio::test]
async fn h19_a_damaged_value_shows_to_the_admitted_only() {
    let (world, _) = watched().await;
    world.import("a", &long(1), 1).await.unwrap();
    world.import("b", &long(2), 1).await.unwrap();
    let refused = refusal(world.ta(enclave(2)).get(SERVICE, "a").await);
    let (a, b) = (world.page_of_len(UNCACHED + 1).await, world.page_of_len(UNCACHED + 2).await);
    let genuine = world.raw(&a).await.unwrap();
    let mut edited = genuine.clone();
    *edited.last_mut().unwrap() ^= 1;
    let of_b = world.raw(&b).await.unwrap();
    for damaged in [Some(edited), Some(of_b), Some(genuine[..100].to_vec()), Some(vec![]), None] {
        match damaged {
            Some(bytes) => world.set_raw(&a, bytes).await,
            None => world.delete_raw(&a).await,
        }
        assert_eq!(refusal(world.ta(enclave(2)).get(SERVICE, "a").await), refused);
        let error = refusal(world.ta(enclave(1)).get(SERVICE, "a").await);
        assert_eq!(error.kind(), Kind::Internal, "{error}");
        assert!(!error.message().contains("xxx"), "{error}");
        assert_eq!(world.list("").await, ["a", "b"]);
        assert_eq!(world.ta(enclave(1)).get(SERVICE, "b").await.unwrap().data, long(2));
    }
    // It is not the policy's matter either.
    update(&world, with_data("a", SecretTypeImportData, "")).await.unwrap();
    world.set_raw(&a, genuine).await;
    assert_eq!(world.ta(enclave(1)).get(SERVICE, "a").await.unwrap().data, long(1));
}

/// A get and a change of what has the name, at once: the data of a secret leave under its own policy.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn data_of_a_new_secret_do_not_leave_under_the_policy_of_the_old_one() {
    let world = Arc::new(World::working().await);
    for round in 0..40 {
        world.import("a", "old", 1).await.unwrap();
        let (ta, other) = (world.ta(enclave(1)), world.clone());
        let replaced = async move {
            other.destroy("a").await.unwrap();
            other.import("a", "not for this one", 2).await.unwrap();
        };
        let (got, ()) = at_once(round, async move { ta.get(SERVICE, "a").await }, replaced).await;
        match got {
            Ok(secret) => assert_eq!(secret.data, "old"),
            Err(error) => assert_eq!(error.code(), ErrorCode::NoSuchName, "{error}"),
        }
        world.destroy("a").await.unwrap();
    }
}

#[tokio::test]
async fn an_update_does_not_touch_the_value() {
    let (world, store) = watched().await;
    world.import("a", &long(1), 1).await.unwrap();
    let (created, value) = (world.audit.last().epoch, value_of(&world, "a").await);
    let page = world.page_of_len(UNCACHED + 1).await;
    store.read_lengths();
    for (data, reads) in [(String::new(), vec![]), (long(1), vec![UNCACHED + 1])] {
        let narrowed = with_spec(with_data("a", SecretTypeImportData, &data), |spec| {
            spec.policy = Some(policy(pinned(2)));
        });
        update(&world, narrowed).await.unwrap();
        assert_eq!(store.read_lengths(), reads, "read to compare it with what is given");
        assert_eq!(values(&world).await, [value.as_str()]);
        assert_eq!(world.page_of_len(UNCACHED + 1).await, page);
        store.read_lengths();
    }
    let updated = world.audit.last().epoch;
    assert_ne!(created, updated);
    assert_eq!(world.ta(enclave(2)).get(SERVICE, "a").await.unwrap().data, long(1));
    let release = world.audit.last();
    assert_eq!((release.version, release.policy_version), (created, updated));
    refusal(world.ta(enclave(1)).get(SERVICE, "a").await);
    let denial = world.audit.last();
    assert_eq!((denial.version, denial.policy_version), (created, updated));
}

#[tokio::test]
async fn an_update_that_a_new_secret_overtakes_is_refused() {
    let (world, store) = watched().await;
    world.import("a", &long(1), 1).await.unwrap();
    let (comes, word) = store.hold_up();
    let same = long(1);
    let (late, ()) =
        tokio::join!(update(&world, with_data("a", SecretTypeImportData, &same)), async {
            comes.await.unwrap();
            world.destroy("a").await.unwrap();
            world.import("a", &same, 2).await.unwrap();
            word.send(()).unwrap();
        });
    let error = refusal(late);
    assert_eq!(error.kind(), Kind::FailedPrecondition, "{error}");
    assert!(error.message().contains("secret a of service service1 was changed"), "{error}");
    refusal(world.ta(enclave(1)).get(SERVICE, "a").await);
}

#[tokio::test]
async fn nothing_is_left_of_a_value() {
    let (world, _) = watched().await;
    let ta = world.ta(enclave(1));
    world.import("a", "data", 1).await.unwrap();
    let first = value_of(&world, "a").await;
    world.destroy("a").await.unwrap();
    assert!(values(&world).await.is_empty(), "destroyed by its owner");

    // Another one of the name has a value of its own.
    world.import("a", "data", 1).await.unwrap();
    assert_ne!(value_of(&world, "a").await, first);
    // The name of one begins with that of the other.
    world.import("ab", "data", 1).await.unwrap();
    world.destroy("a").await.unwrap();
    assert_eq!(values(&world).await.len(), 1);
    assert_eq!(ta.get(SERVICE, "ab").await.unwrap().data, "data");

    for name in ["one", "two"] {
        ta.create(own(name), TaBinding::Measurement).await.unwrap();
    }
    assert_eq!(values(&world).await.len(), 3);
    ta.destroy("one").await.unwrap();
    let request = AecsDestroyTaSecretRequest { secret_name: "two".into() };
    let _: AecsDestroyTaSecretResponse =
        world.admin().call("DestroyTaSecret", &request).await.unwrap();
    assert_eq!(values(&world).await.len(), 1, "destroyed by the application and by the operator");

    let request = UnregisterEnclaveServiceRequest { service_name: SERVICE.into() };
    let _: UnregisterEnclaveServiceResponse =
        world.admin().call("UnregisterEnclaveService", &request).await.unwrap();
    assert!(values(&world).await.is_empty(), "gone with its service");
    assert!(world.names().await.iter().all(|name| !name.contains(SERVICE)));
}
