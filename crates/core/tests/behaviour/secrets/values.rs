//! The value of a secret is a record of its own, which is read after the secret's record was
//! judged.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use aecs_core::{ErrorCode, Kind};
use aecs_crypto::Suite;
use aecs_proto::{
    AecsDestroyTaSecretRequest, AecsDestroyTaSecretResponse, AecsListTaSecretRequest,
    AecsListTaSecretResponse,
    EnclaveSecretType::{SecretTypeAes256Key, SecretTypeImportData, SecretTypeSm2KeyPair},
    TaBinding, UnifiedAttestationAttributes, UnregisterEnclaveServiceRequest,
    UnregisterEnclaveServiceResponse,
};
use aecs_sim::EnclaveIdentity;
use aecs_store::{Batch, Entry, Error, Key, MemoryStore, Page, Snapshot, Store, Version};
use async_trait::async_trait;
use tokio::sync::oneshot;

use super::{public, update, with_data, with_params, with_spec};
use crate::support::{SERVICE, World, code, enclave, pinned, policy, refusal, secret};

/// Tells which values are read, can hold up the reads of them, and refuse the read of one key.
#[derive(Default)]
struct Watched {
    inner: MemoryStore,
    read: Mutex<Vec<String>>,
    held_up: Mutex<VecDeque<HeldUp>>,
    unreadable: Mutex<Option<String>>,
}

/// A read of a value that waits.
struct HeldUp {
    here: oneshot::Sender<()>,
    go_on: oneshot::Receiver<()>,
}

impl Watched {
    /// The values that were read since the last question.
    fn read(&self) -> Vec<String> {
        std::mem::take(&mut self.read.lock().unwrap())
    }

    /// Holds up the next read of a value: tells when it comes, and waits for the word.
    fn hold_up(&self) -> (oneshot::Receiver<()>, oneshot::Sender<()>) {
        let (here, comes) = oneshot::channel();
        let (word, go_on) = oneshot::channel();
        self.held_up.lock().unwrap().push_back(HeldUp { here, go_on });
        (comes, word)
    }
}

#[async_trait]
impl Store for Watched {
    async fn get(&self, key: &Key) -> Result<Option<Entry>, Error> {
        if self.unreadable.lock().unwrap().as_deref() == Some(key.as_str()) {
            return Err(Error::unavailable("reading"));
        }
        if is_value(key.as_str()) {
            self.read.lock().unwrap().push(key.to_string());
            let held_up = self.held_up.lock().unwrap().pop_front();
            if let Some(HeldUp { here, go_on }) = held_up {
                here.send(()).unwrap();
                go_on.await.unwrap();
            }
        }
        self.inner.get(key).await
    }

    async fn write(&self, batch: Batch) -> Result<Vec<Version>, Error> {
        self.inner.write(batch).await
    }

    async fn list(&self, prefix: &str, after: Option<&Key>, limit: usize) -> Result<Page, Error> {
        self.inner.list(prefix, after, limit).await
    }

    async fn snapshot(&self) -> Result<Box<dyn Snapshot>, Error> {
        Store::snapshot(&self.inner).await
    }
}

fn is_value(key: &str) -> bool {
    key.starts_with("aecs/") && key.contains("/values/")
}

async fn watched() -> (World, Arc<Watched>) {
    let store = Arc::new(Watched::default());
    let world = World::on(store.clone(), Suite::Modern, |_| ()).await.provisioned().await;
    (world, store)
}

/// The names of all values in the store.
async fn values(world: &World) -> Vec<String> {
    let all = world.everything().await.into_iter();
    all.map(|(key, _)| key).filter(|key| is_value(key)).collect()
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

async fn list_of_applications(world: &World) -> usize {
    let request = AecsListTaSecretRequest::default();
    let list: AecsListTaSecretResponse =
        world.admin().call("ListTaSecret", &request).await.unwrap();
    list.secrets.len()
}

#[tokio::test]
async fn h19_a_refused_caller_makes_the_server_read_no_value() {
    let (world, store) = watched().await;
    world.import("a", "data", 1).await.unwrap();
    world.create(public(with_params("aes", SecretTypeAes256Key, &[]))).await.unwrap();
    world.create(public(with_params("sm2", SecretTypeSm2KeyPair, &[]))).await.unwrap();
    world.ta(enclave(1)).create(own("mine"), TaBinding::Signer).await.unwrap();
    store.read();

    let stranger = world.ta(enclave(2));
    refusal(stranger.get(SERVICE, "a").await);
    refusal(stranger.get(SERVICE, "missing").await);
    // An older version of the owner's product: found by its signer, refused by its policy.
    let older = EnclaveIdentity { svn: 0, ..enclave(1) };
    refusal(world.ta(older).own("mine").await);
    assert_eq!(code(world.public("a").await), ErrorCode::PublicPrivate);
    assert_eq!(store.read(), [""; 0], "refused");

    world.public("aes").await.unwrap();
    assert_eq!(world.list("").await.len(), 3);
    assert_eq!(list_of_applications(&world).await, 1);
    let narrowed = with_data("a", SecretTypeImportData, "");
    update(&world, narrowed).await.unwrap();
    world.destroy("aes").await.unwrap();
    assert_eq!(store.read(), [""; 0], "it is not about the value");

    world.ta(enclave(1)).get(SERVICE, "a").await.unwrap();
    assert_eq!(store.read(), [value_of(&world, "a").await]);
    world.ta(enclave(1)).own("mine").await.unwrap();
    assert_eq!(store.read(), [value_of(&world, "mine").await]);
    world.public("sm2").await.unwrap();
    assert_eq!(store.read(), [value_of(&world, "sm2").await]);
}

#[tokio::test]
async fn h19_a_damaged_value_shows_to_the_admitted_only() {
    let (world, _) = watched().await;
    world.import("a", "data of a", 1).await.unwrap();
    world.import("b", "data of b", 1).await.unwrap();
    let refused = refusal(world.ta(enclave(2)).get(SERVICE, "a").await);
    let (a, b) = (value_of(&world, "a").await, value_of(&world, "b").await);
    let genuine = world.raw(&a).await.unwrap();
    let mut edited = genuine.clone();
    *edited.last_mut().unwrap() ^= 1;
    let of_b = world.raw(&b).await.unwrap();
    // The epoch of a's value in front of b's: the seal knows its name.
    let moved = [&genuine[..9], &of_b[9..]].concat();
    for damaged in [Some(edited), Some(of_b), Some(moved), Some(vec![]), None] {
        match damaged {
            Some(bytes) => world.set_raw(&a, bytes).await,
            None => world.delete_raw(&a).await,
        }
        assert_eq!(refusal(world.ta(enclave(2)).get(SERVICE, "a").await), refused);
        let error = refusal(world.ta(enclave(1)).get(SERVICE, "a").await);
        assert_eq!(error.kind(), Kind::Internal, "{error}");
        assert!(!error.message().contains("data of"), "{error}");
        assert_eq!(world.list("").await, ["a", "b"]);
        assert_eq!(world.ta(enclave(1)).get(SERVICE, "b").await.unwrap().data, "data of b");
    }
    // It is not the policy's matter either.
    update(&world, with_data("a", SecretTypeImportData, "")).await.unwrap();
    world.set_raw(&a, genuine).await;
    assert_eq!(world.ta(enclave(1)).get(SERVICE, "a").await.unwrap().data, "data of a");
}

#[tokio::test]
async fn data_of_a_new_secret_do_not_leave_under_the_policy_of_the_old_one() {
    let (world, store) = watched().await;
    world.import("a", "old", 1).await.unwrap();
    let get = |world: &World| {
        let ta = world.ta(enclave(1));
        tokio::spawn(async move { ta.get(SERVICE, "a").await })
    };
    // The old secret's policy has admitted the caller; now another secret has the name.
    let (comes, word) = store.hold_up();
    let late = get(&world);
    comes.await.unwrap();
    world.destroy("a").await.unwrap();
    world.import("a", "not for this one", 2).await.unwrap();
    word.send(()).unwrap();
    let refused = refusal(late.await.unwrap());
    assert_eq!(refused, refusal(world.ta(enclave(2)).get(SERVICE, "missing").await));

    // Who is admitted to the new one gets its data.
    world.destroy("a").await.unwrap();
    world.import("a", "old", 1).await.unwrap();
    let (comes, word) = store.hold_up();
    let late = get(&world);
    comes.await.unwrap();
    world.destroy("a").await.unwrap();
    world.import("a", "new", 1).await.unwrap();
    let created = world.audit.last().epoch;
    word.send(()).unwrap();
    assert_eq!(late.await.unwrap().unwrap().data, "new");
    let release = world.audit.last();
    assert_eq!((release.version, release.policy_version), (created, created));

    // One that is gone is not there.
    let (comes, word) = store.hold_up();
    let late = get(&world);
    comes.await.unwrap();
    world.destroy("a").await.unwrap();
    word.send(()).unwrap();
    assert_eq!(code(late.await.unwrap()), ErrorCode::NoSuchName);
}

#[tokio::test]
async fn a_public_half_does_not_leave_when_a_private_secret_has_the_name_by_then() {
    let (world, store) = watched().await;
    let pair = || with_params("a", SecretTypeSm2KeyPair, &[]);
    world.create(public(pair())).await.unwrap();
    let (comes, word) = store.hold_up();
    let (late, ()) = tokio::join!(world.public("a"), async {
        comes.await.unwrap();
        world.destroy("a").await.unwrap();
        world.create(pair()).await.unwrap();
        word.send(()).unwrap();
    });
    assert_eq!(code(late), ErrorCode::PublicPrivate);
}

#[tokio::test]
async fn nobody_looks_for_ever_for_a_secret_that_is_replaced_again_and_again() {
    let (world, store) = watched().await;
    world.import("a", "data", 1).await.unwrap();
    let replaced: Vec<_> = (0..3).map(|_| store.hold_up()).collect();
    let ta = world.ta(enclave(1));
    let late = ta.clone();
    let mut late = tokio::spawn(async move { late.get(SERVICE, "a").await });
    for (comes, word) in replaced {
        tokio::select! {
            here = comes => here.unwrap(),
            _ = &mut late => panic!("it does not look again"),
        }
        world.destroy("a").await.unwrap();
        world.import("a", "data", 1).await.unwrap();
        word.send(()).unwrap();
    }
    let late = late.await.unwrap();
    let error = refusal(late);
    assert_eq!(error.kind(), Kind::Unavailable, "{error}");
    assert!(error.message().contains("try again"), "{error}");
    assert_eq!(ta.get(SERVICE, "a").await.unwrap().data, "data");
}

#[tokio::test]
async fn an_update_does_not_touch_the_value() {
    let (world, store) = watched().await;
    world.import("a", "data", 1).await.unwrap();
    let (created, value) = (world.audit.last().epoch, value_of(&world, "a").await);
    // With it, its epoch: the bytes of a record begin with it.
    let before = world.raw(&value).await;
    store.read();
    for (data, reads) in [("", vec![]), ("data", vec![value.clone()])] {
        let narrowed = with_spec(with_data("a", SecretTypeImportData, data), |spec| {
            spec.policy = Some(policy(pinned(2)));
        });
        update(&world, narrowed).await.unwrap();
        assert_eq!(store.read(), reads, "read to compare it with what is given");
        assert_eq!(values(&world).await, [value.as_str()]);
        assert_eq!(world.raw(&value).await, before);
        store.read();
    }
    let updated = world.audit.last().epoch;
    assert_ne!(created, updated);
    assert_eq!(world.ta(enclave(2)).get(SERVICE, "a").await.unwrap().data, "data");
    let release = world.audit.last();
    assert_eq!((release.version, release.policy_version), (created, updated));
    refusal(world.ta(enclave(1)).get(SERVICE, "a").await);
    let denial = world.audit.last();
    assert_eq!((denial.version, denial.policy_version), (created, updated));
}

#[tokio::test]
async fn an_update_that_a_new_secret_overtakes_is_refused() {
    let (world, store) = watched().await;
    world.import("a", "data", 1).await.unwrap();
    let (comes, word) = store.hold_up();
    let (late, ()) =
        tokio::join!(update(&world, with_data("a", SecretTypeImportData, "data")), async {
            comes.await.unwrap();
            world.destroy("a").await.unwrap();
            world.import("a", "data", 2).await.unwrap();
            word.send(()).unwrap();
        });
    let error = refusal(late);
    assert_eq!(error.kind(), Kind::FailedPrecondition, "{error}");
    assert!(error.message().contains("secret a of service service1 was changed"), "{error}");
    refusal(world.ta(enclave(1)).get(SERVICE, "a").await);
}

/// The number of its last version is remembered beyond its life, so it must be known.
#[tokio::test]
async fn what_cannot_be_read_now_is_not_destroyed() {
    let (world, store) = watched().await;
    let record = format!("aecs/{SERVICE}/secrets/a");
    world.import("a", "data", 1).await.unwrap();
    *store.unreadable.lock().unwrap() = Some(record);
    let error = refusal(world.destroy("a").await);
    assert_eq!(error.kind(), Kind::Unavailable, "{error}");
    *store.unreadable.lock().unwrap() = None;
    let secret = world.ta(enclave(1)).get(SERVICE, "a").await.unwrap();
    assert_eq!(secret.data, "data", "it is still there");
    world.destroy("a").await.unwrap();
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
    assert!(world.everything().await.iter().all(|(key, _)| !key.contains(SERVICE)));
}
