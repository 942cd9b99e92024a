//! The ways out: to an admitted enclave, and the public half to everybody.

use aecs_core::{ErrorCode, Kind};
use aecs_crypto::{KeyPair, Protocol, PublicKey, Purpose, Suite, Transcript};
use aecs_proto::{
    ApplySecretRequest, ApplySecretResponse, AsymmetricKeyPair, EnclavePolicyType, EnclaveSecret,
    EnclaveSecretType::{
        SecretTypeAes256Key, SecretTypeCertificate, SecretTypeConfigurations, SecretTypeImportData,
        SecretTypeRsaKeyPair, SecretTypeSm2KeyPair,
    },
    GetAecsStatusRequest, GetEnclaveSecretPublicRequest, SslCredentialsOptions, json,
};
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};

use super::{message, public, update, with_data, with_params, with_spec};
use crate::support::{SERVICE, World, code, enclave, refusal, server_key};

/// One secret of every type.
fn every_type() -> Vec<(&'static str, EnclaveSecret)> {
    vec![
        ("aes", with_params("aes", SecretTypeAes256Key, &[])),
        ("rsa", with_params("rsa", SecretTypeRsaKeyPair, &[])),
        ("sm2", with_params("sm2", SecretTypeSm2KeyPair, &[])),
        ("certificate", with_params("certificate", SecretTypeCertificate, &[("key_type", "ec")])),
        ("import", with_data("import", SecretTypeImportData, "data")),
        ("configuration", with_params("configuration", SecretTypeConfigurations, &[("k", "v")])),
    ]
}

#[tokio::test]
async fn an_admitted_enclave_gets_the_secret_and_what_is_known_of_it() {
    let world = World::working().await;
    for (name, secret) in every_type() {
        world.create(secret.clone()).await.unwrap();
        let found = world.ta(enclave(1)).get(SERVICE, name).await.unwrap();
        assert!(!found.data.is_empty(), "{name}");
        let (found, given) = (found.spec.unwrap(), secret.spec.unwrap());
        assert_eq!(found.secret_name, name);
        assert_eq!(found.service_name, SERVICE);
        assert_eq!(found.r#type, given.r#type);
        assert_eq!(found.policy, given.policy);
        assert_eq!((found.readonly.as_str(), found.share.as_str()), ("false", "private"));
        let entry = world.audit.last();
        assert_eq!((entry.function.as_ref(), entry.result.as_str()), ("TaGetSecret", "ok"));
        assert_eq!(
            (entry.service.as_deref(), entry.object.as_deref()),
            (Some(SERVICE), Some(name))
        );
        assert_eq!(entry.measurement, Some("01".repeat(32)));
    }
}

#[tokio::test]
async fn no_other_enclave_gets_any() {
    let world = World::working().await;
    for (name, secret) in every_type() {
        world.create(public(secret)).await.unwrap();
        let error = refusal(world.ta(enclave(2)).get(SERVICE, name).await);
        assert_eq!((error.code(), error.kind()), (ErrorCode::NoSuchName, Kind::PermissionDenied));
    }
}

#[tokio::test]
async fn applications_get_secrets_in_every_suite_and_protocol() {
    let world = World::pending(Suite::Rsa, |config| {
        config.suites = Suite::ALL.to_vec();
        config.compat.aecs20 = aecs_core::Aecs20::ReadOnly;
    })
    .await
    .provisioned()
    .await;
    world.import("a", "data", 1).await.unwrap();
    for suite in Suite::ALL {
        let ta = world.ta_with(enclave(1), KeyPair::generate(suite).unwrap());
        assert_eq!(ta.get(SERVICE, "a").await.unwrap().data, "data", "{suite}");
        if suite != Suite::Modern {
            let old = ta.aecs20();
            assert_eq!(old.get(SERVICE, "a").await.unwrap().data, "data", "{suite} in 2.0");
            assert_eq!(old.get(SERVICE, "a").await.unwrap().data, "data", "and again");
        }
    }
}

#[tokio::test]
async fn the_public_half_of_a_shared_secret_is_everybodys() {
    let world = World::working().await;
    for (_, secret) in every_type() {
        world.create(public(secret)).await.unwrap();
    }
    let pair: AsymmetricKeyPair = message(&world, "rsa").await;
    assert_eq!(world.public("rsa").await.unwrap().data, pair.public_key);
    let pair: AsymmetricKeyPair = message(&world, "sm2").await;
    assert_eq!(world.public("sm2").await.unwrap().data, pair.public_key);
    let credentials: SslCredentialsOptions = message(&world, "certificate").await;
    assert_eq!(world.public("certificate").await.unwrap().data, credentials.cert_chain);
    for without in ["aes", "import", "configuration"] {
        let public = world.public(without).await.unwrap();
        assert_eq!(public.data, "", "{without} has no public half");
        assert_eq!(public.spec.unwrap().secret_name, without);
    }
}

#[tokio::test]
async fn a_private_secret_has_no_public_view() {
    let world = World::working().await;
    for (name, secret) in every_type() {
        world.create(secret).await.unwrap();
        assert_eq!(code(world.public(name).await), ErrorCode::PublicPrivate, "{name}");
    }
}

#[tokio::test]
async fn the_public_view_is_signed_for_the_question() {
    let world = World::pending(Suite::Sm, |config| {
        config.compat.aecs20 = aecs_core::Aecs20::ReadOnly;
    })
    .await
    .provisioned()
    .await;
    world.create(public(with_params("sm2", SecretTypeSm2KeyPair, &[]))).await.unwrap();

    let new = world.public_response("sm2", "nonce").await.unwrap();
    let signed = Transcript::new("AECS-2.1 public secret")
        .field(SERVICE.as_bytes())
        .field(b"sm2")
        .field(b"nonce")
        .field(new.secret_public.as_bytes());
    let key = PublicKey::from_pem(&new.auth_ra_report.unwrap().pem_public_key).unwrap();
    assert_eq!(key, server_key(&world.core, Suite::Modern).await);
    let signature = BASE64.decode(&new.signature_b64).unwrap();
    key.verify(Purpose::PUBLIC_SECRET, signed.as_bytes(), &signature).unwrap();
    assert_eq!(new.nonce, "nonce");

    let request = GetEnclaveSecretPublicRequest {
        service_name: SERVICE.into(),
        secret_name: "sm2".into(),
        nonce: "nonce".into(),
        ..Default::default()
    };
    let old = world.core.get_enclave_secret_public(request).await.unwrap();
    let key = PublicKey::from_pem(&old.auth_ra_report.unwrap().pem_public_key).unwrap();
    assert_eq!(key.suite(), Suite::Sm, "a client of 2.0 is answered in the configured suite");
    let signed = format!("{}nonce", old.secret_public);
    let signature = BASE64.decode(&old.signature_b64).unwrap();
    key.verify(Purpose::PUBLIC_SECRET, signed.as_bytes(), &signature).unwrap();
}

#[tokio::test]
async fn a_public_question_is_complete_and_short() {
    let world = World::working().await;
    let ask = async |service: &str, secret: &str, nonce: usize| {
        let request = GetEnclaveSecretPublicRequest {
            service_name: service.into(),
            secret_name: secret.into(),
            nonce: "n".repeat(nonce),
            accepted_suites: vec!["x25519".into()],
            ..Default::default()
        };
        code(world.core.get_enclave_secret_public(request).await)
    };
    assert_eq!(ask("", "a", 1).await, ErrorCode::PublicServiceEmpty);
    assert_eq!(ask(SERVICE, "", 1).await, ErrorCode::PublicNameEmpty);
    assert_eq!(ask(SERVICE, "a", 257).await, ErrorCode::Generic);
    assert_eq!(ask(SERVICE, "a", 256).await, ErrorCode::PublicPrivate);
}

fn never_exported(secret: EnclaveSecret) -> EnclaveSecret {
    with_spec(secret, |spec| {
        spec.policy.as_mut().unwrap().r#type = EnclavePolicyType::PolicyTypeNeverExport.into();
    })
}

#[tokio::test]
async fn what_is_never_exported_leaves_to_nobody() {
    let world = World::working().await;
    for (name, secret) in every_type() {
        world.create(never_exported(secret)).await.unwrap();
        let error = refusal(world.ta(enclave(1)).get(SERVICE, name).await);
        assert_eq!(
            (error.code(), error.kind()),
            (ErrorCode::GetNotExportable, Kind::PermissionDenied)
        );
        // Only who is admitted learns that it is there.
        let denied = refusal(world.ta(enclave(2)).get(SERVICE, name).await);
        assert_eq!(denied, refusal(world.ta(enclave(2)).get(SERVICE, "missing").await));
    }
}

#[tokio::test]
async fn what_is_never_exported_can_have_a_public_half() {
    let world = World::working().await;
    let secret = public(never_exported(with_params("sm2", SecretTypeSm2KeyPair, &[])));
    world.create(secret).await.unwrap();
    assert!(world.public("sm2").await.unwrap().data.starts_with("-----BEGIN PUBLIC KEY"));
}

#[tokio::test]
async fn a_policy_type_can_be_updated_both_ways() {
    let world = World::working().await;
    let secret = with_data("a", SecretTypeImportData, "data");
    world.create(secret.clone()).await.unwrap();
    update(&world, never_exported(secret.clone())).await.unwrap();
    assert_eq!(world.audit.last().reason, None);
    assert_eq!(code(world.ta(enclave(1)).get(SERVICE, "a").await), ErrorCode::GetNotExportable);
    update(&world, secret.clone()).await.unwrap();
    let noted =
        Some("from now on, the secret can leave the server: before, it could not".to_owned());
    assert_eq!(world.audit.last().reason, noted);
    world.ta(enclave(1)).get(SERVICE, "a").await.unwrap();

    update(&world, never_exported(secret.clone())).await.unwrap();
    let apply = async |dry_run| {
        let request =
            ApplySecretRequest { secret: Some(secret.clone()), dry_run, ..Default::default() };
        let _: ApplySecretResponse = world.owner().call("ApplySecret", &request).await.unwrap();
        world.audit.last().reason
    };
    assert_eq!(apply(true).await, Some("dry run: nothing was changed".to_owned()));
    assert_eq!(apply(false).await, noted);
}

#[tokio::test]
async fn a_question_for_nothing_is_told_so() {
    let world = World::working().await;
    let ta = world.ta(enclave(1));
    assert_eq!(code(ta.get("", "a").await), ErrorCode::GetServiceEmpty);
    assert_eq!(code(ta.get(SERVICE, "").await), ErrorCode::GetNameEmpty);
}

#[tokio::test]
async fn the_status_of_2_0_has_no_fields_of_2_1() {
    let world = World::allowing_aecs20(Suite::Sm).await;
    let request = GetAecsStatusRequest::default();
    let response = world.core.get_aecs_status(request).await.unwrap();
    let status: serde_json::Value = serde_json::from_str(&response.status_str).unwrap();
    let mut fields: Vec<&String> = status.as_object().unwrap().keys().collect();
    fields.sort();
    assert_eq!(fields, ["attr", "identityBackup", "identityHash", "status", "version"]);
    assert!(status["attr"].get("str_tcb_status").is_none());
    let key = PublicKey::from_pem(&response.auth_ra_report.unwrap().pem_public_key).unwrap();
    assert_eq!(key.suite(), Suite::Sm);
}

#[tokio::test]
async fn a_list_for_2_0_has_no_attributes_of_2_1() {
    let world = World::allowing_aecs20(Suite::Sm).await;
    let secret = with_spec(with_data("a", SecretTypeImportData, "data"), |spec| {
        let policy = spec.policy.as_mut().unwrap().policy.as_mut().unwrap();
        policy.main_attributes[0].str_tcb_status = "UpToDate,OutOfDate".into();
    });
    world.create(secret).await.unwrap();
    for (owner, shown) in [(world.owner(), true), (world.owner().aecs20(), false)] {
        let list: aecs_proto::ListEnclaveSecretResponse = owner
            .call("ListSecret", &aecs_proto::ListEnclaveSecretRequest::default())
            .await
            .unwrap();
        assert_eq!(json::to_string(&list).contains("str_tcb_status"), shown);
        assert_eq!(owner.protocol == Protocol::Aecs21, shown);
    }
}
