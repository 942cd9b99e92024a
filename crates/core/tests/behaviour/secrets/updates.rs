//! An update replaces the policy, and nothing else.

use aecs_core::ErrorCode;
use aecs_crypto::generate;
use aecs_proto::{
    EnclaveSecret,
    EnclaveSecretType::{
        SecretTypeAes256Key, SecretTypeConfigurations, SecretTypeImportData, SecretTypeSm2KeyPair,
    },
};
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};

use super::{data, public, update, with_data, with_params, with_spec};
use crate::support::{SERVICE, World, code, enclave, key_pair_data, pinned, policy, refusal};

fn for_measurement(secret: EnclaveSecret, measurement: u8) -> EnclaveSecret {
    with_spec(secret, |spec| spec.policy = Some(policy(pinned(measurement))))
}

#[tokio::test]
async fn the_new_policy_counts_from_then_on() {
    let world = World::working().await;
    world.create(with_params("a", SecretTypeAes256Key, &[])).await.unwrap();
    let before = data(&world, "a").await;
    let narrowed = for_measurement(with_params("a", SecretTypeAes256Key, &[]), 2);
    update(&world, narrowed).await.unwrap();
    assert_eq!(code(world.ta(enclave(1)).get(SERVICE, "a").await), ErrorCode::NoSuchName);
    assert_eq!(world.ta(enclave(2)).get(SERVICE, "a").await.unwrap().data, before);

    let world = world.restarted().await;
    world.provision("host1").await.unwrap();
    assert_eq!(world.ta(enclave(2)).get(SERVICE, "a").await.unwrap().data, before);
}

#[tokio::test]
async fn the_file_that_created_a_secret_updates_it() {
    let world = World::working().await;
    let pems = generate::sm2_key_pair().unwrap();
    let given = key_pair_data(pems.private.expose(), &pems.public);
    // The same key pair, written by another tool.
    let spaced =
        String::from_utf8(BASE64.decode(&given).unwrap()).unwrap().replace("\",\"", "\" , \"");
    for secret in [
        with_data("import", SecretTypeImportData, "data"),
        with_data("aes", SecretTypeAes256Key, &"A5".repeat(32)),
        with_data("sm2", SecretTypeSm2KeyPair, &given),
        with_data("spaced", SecretTypeSm2KeyPair, &BASE64.encode(spaced)),
        with_params("configuration", SecretTypeConfigurations, &[("key", "value")]),
    ] {
        world.create(secret.clone()).await.unwrap();
        update(&world, secret.clone()).await.unwrap();
        update(&world, for_measurement(secret, 2)).await.unwrap();
    }
}

#[tokio::test]
async fn nothing_but_the_policy_changes() {
    let world = World::working().await;
    let import = || with_data("import", SecretTypeImportData, "data");
    let pairs = [("key", "value")];
    world.create(import()).await.unwrap();
    world.create(with_params("configuration", SecretTypeConfigurations, &pairs)).await.unwrap();
    world.create(with_params("aes", SecretTypeAes256Key, &[])).await.unwrap();
    for (what, changed) in [
        ("data", with_data("import", SecretTypeImportData, "other data")),
        ("base64 of the data", with_data("import", SecretTypeImportData, &BASE64.encode("data"))),
        ("data", with_data("aes", SecretTypeAes256Key, &"A5".repeat(32))),
        ("share", public(import())),
        ("immutable", with_spec(import(), |spec| spec.immutable = true)),
        ("pairs", with_params("configuration", SecretTypeConfigurations, &[("key", "other")])),
        ("parameters", with_params("aes", SecretTypeAes256Key, &[("bit_length", "256")])),
    ] {
        let refused = code(update(&world, for_measurement(changed, 2)).await);
        assert_eq!(refused, ErrorCode::CreateBadData, "{what}");
    }
    // Half of it was not applied either.
    assert_eq!(data(&world, "import").await, "data");
}

#[tokio::test]
async fn data_of_an_update_is_checked_like_the_first() {
    let world = World::working().await;
    let pairs = with_params("configuration", SecretTypeConfigurations, &[("key", "value")]);
    world.create(pairs.clone()).await.unwrap();
    world.create(with_params("aes", SecretTypeAes256Key, &[])).await.unwrap();
    let with_both = EnclaveSecret { data: "data".into(), ..pairs };
    assert_eq!(code(update(&world, with_both).await), ErrorCode::CreateDataNotAllowed);
    let error = refusal(update(&world, with_data("aes", SecretTypeAes256Key, "A5")).await);
    assert_eq!(error.code(), ErrorCode::CreateBadData);
    assert!(error.message().contains("exactly 64 hex characters"), "{error}");
}

#[tokio::test]
async fn what_is_not_there_or_is_something_else_is_not_updated() {
    let world = World::working().await;
    let aes = with_params("a", SecretTypeAes256Key, &[]);
    assert_eq!(code(update(&world, aes.clone()).await), ErrorCode::NoSuchName);
    assert!(world.list("").await.is_empty());
    world.create(aes).await.unwrap();
    let other = with_params("a", SecretTypeSm2KeyPair, &[]);
    assert_eq!(code(update(&world, other).await), ErrorCode::UpdateTypeMismatch);
}

#[tokio::test]
async fn an_immutable_secret_stays_as_it_is() {
    let world = World::working().await;
    for (name, readonly) in [("said", "true"), ("unsaid", ""), ("denied", "false")] {
        let secret = with_spec(with_data(name, SecretTypeImportData, "data"), |spec| {
            spec.readonly = readonly.into();
            spec.immutable = true;
        });
        world.create(secret.clone()).await.unwrap();
        assert_eq!(code(update(&world, secret).await), ErrorCode::UpdateReadOnly);
        let writable = with_data(name, SecretTypeImportData, "data");
        assert_eq!(code(update(&world, writable).await), ErrorCode::UpdateReadOnly);
        assert_eq!(data(&world, name).await, "data");
        world.destroy(name).await.unwrap();
    }
}

#[tokio::test]
async fn a_new_policy_is_checked_like_the_first() {
    let world = World::working().await;
    let aes = with_params("a", SecretTypeAes256Key, &[]);
    world.create(aes.clone()).await.unwrap();
    let open = with_spec(aes, |spec| spec.policy = Some(policy(crate::support::open())));
    assert_eq!(code(update(&world, open).await), ErrorCode::CreateBadData);
    assert!(!data(&world, "a").await.is_empty());
}
