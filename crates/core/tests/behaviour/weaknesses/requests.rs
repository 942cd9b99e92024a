//! What of a request is signed, and that all of it must be there: W1, W10, W17.

use aecs_core::{ErrorCode, Kind};
use aecs_crypto::{Protocol, Suite};
use aecs_proto::{
    AdminRemoteCallReqWithAuth, AdminRemoteCallRequest, DestroyEnclaveSecretRequest,
    DigitalEnvelopeEncrypted, ListEnclaveSecretRequest, ListEnclaveServiceRequest,
    TaDestroySecretRequest, TaRemoteCallRequest, UnifiedAttestationAttributes, json,
};
use aecs_proto::{EnclaveSecretType::SecretTypeAes256Key, TaBinding};

use crate::support::{Ta, World, binding, code, enclave, pinned, refusal, secret};

fn list(prefix: &str) -> ListEnclaveSecretRequest {
    ListEnclaveSecretRequest { secret_name: prefix.into(), ..Default::default() }
}

#[tokio::test]
async fn w01_a_list_of_secrets_does_not_become_a_destroy() {
    let world = World::working().await;
    world.import("a", "data", 1).await.unwrap();
    let recorded = world.owner().request("ListSecret", &list("a")).await;

    let turned =
        AdminRemoteCallRequest { function_name: "DestroySecret".into(), ..recorded.clone() };
    assert_eq!(code(world.owner().send(turned).await), ErrorCode::RequestNotAuthentic);
    assert_eq!(world.list("").await, ["a"]);
    world.owner().send(recorded).await.unwrap();
}

#[tokio::test]
async fn w01_a_list_of_services_does_not_become_an_unregister() {
    let world = World::working().await;
    let request = ListEnclaveServiceRequest { service_name: "service1".into() };
    let mut turned = world.admin().request("ListEnclaveService", &request).await;
    turned.function_name = "UnregisterEnclaveService".into();
    assert_eq!(code(world.admin().send(turned).await), ErrorCode::RequestNotAuthentic);
    assert!(world.list("").await.is_empty(), "the service still has an owner");
}

#[tokio::test]
async fn w01_a_get_of_an_application_does_not_become_a_destroy() {
    let world = World::working().await;
    let ta = world.ta(enclave(1));
    let own = secret("mine", SecretTypeAes256Key, UnifiedAttestationAttributes::default());
    ta.create(own, TaBinding::Measurement).await.unwrap();
    let request = TaDestroySecretRequest { secret_name: "mine".into(), nonce: "n".into() };
    let mut turned = ta.request("TaGetSecret", &request).await;
    turned.function_name = "TaDestroySecret".into();
    assert_eq!(code(world.core.ta_remote_call(turned).await), ErrorCode::RequestNotAuthentic);
    ta.own("mine").await.unwrap();
}

#[tokio::test]
async fn w01_a_list_of_protocol_2_0_that_was_seen_does_not_come_back() {
    for suite in [Suite::Sm, Suite::Rsa] {
        let world = World::allowing_aecs20(suite).await;
        world.import("a", "data", 1).await.unwrap();
        let mut recorded = world.owner().aecs20().request("ListSecret", &list("a")).await;
        world.owner().send(recorded.clone()).await.unwrap();

        recorded.function_name = "DestroySecret".into();
        let owner = world.owner();
        assert_eq!(code(owner.send(recorded.clone()).await), ErrorCode::RequestReplayed);
        let world = world.restarted().await;
        world.provision("host1").await.unwrap();
        assert_eq!(code(world.owner().send(recorded).await), ErrorCode::RequestReplayed);
        assert_eq!(world.list("").await, ["a"]);
    }
}

#[tokio::test]
async fn w01_a_list_of_protocol_2_0_that_came_too_early_does_not_come_back() {
    let allow =
        |config: &mut crate::support::Config| config.compat.aecs20 = aecs_core::Aecs20::Allow;
    let world = World::pending(Suite::Sm, allow).await;
    let request = ListEnclaveServiceRequest { service_name: "service1".into() };
    let mut recorded = world.admin().aecs20().request("ListEnclaveService", &request).await;
    assert_eq!(code(world.admin().send(recorded.clone()).await), ErrorCode::NotWorking);

    let world = world.provisioned().await;
    recorded.function_name = "UnregisterEnclaveService".into();
    assert_eq!(code(world.admin().send(recorded).await), ErrorCode::RequestReplayed);
    assert!(world.list("").await.is_empty(), "the service still has an owner");
}

#[tokio::test]
async fn w10_protocol_2_1_does_not_take_an_unauthenticated_cipher() {
    let world = World::allowing_aecs20(Suite::Sm).await;
    let mut payload = world.owner().payload("ListSecret", json::to_string(&list("")));
    payload.binding = Some(binding(&world.core, Suite::Sm).await);
    // The payload speaks 2.1, the envelope is the SM4-CBC of 2.0.
    let request = world.owner().aecs20().seal("ListSecret", &payload).await;
    let error = refusal(world.owner().send(request).await);
    assert_eq!(error.kind(), Kind::InvalidArgument);
    assert!(error.message().contains("different protocols"), "{error}");
}

#[tokio::test]
async fn w10_only_a_client_of_2_0_is_answered_without_authentication() {
    let world = World::allowing_aecs20(Suite::Sm).await;
    for (owner, mac, iv) in [(world.owner(), 16, 12), (world.owner().aecs20(), 0, 16)] {
        let request = owner.request("ListSecret", &list("")).await;
        let cipher = owner.send(request).await.unwrap().res_enc.unwrap().aes_cipher.unwrap();
        assert_eq!((cipher.mac.len(), cipher.iv.len()), (mac, iv), "{:?}", owner.protocol);
    }
}

type Damage<T> = (&'static str, fn(&mut T));

#[tokio::test]
async fn w17_every_part_of_an_envelope_is_needed() {
    const DAMAGES: &[Damage<DigitalEnvelopeEncrypted>] = &[
        ("cipher", |envelope| envelope.aes_cipher = None),
        ("key", |envelope| envelope.encrypted_key.clear()),
        ("hash", |envelope| envelope.plain_hash.clear()),
        ("signature", |envelope| envelope.plain_hash_sig.clear()),
        ("hash and signature", |envelope| {
            envelope.plain_hash.clear();
            envelope.plain_hash_sig.clear();
        }),
        ("mac", |envelope| envelope.aes_cipher.as_mut().unwrap().mac.clear()),
    ];
    for suite in [Suite::Modern, Suite::Sm] {
        let world = World::pending(suite, |_| ()).await.provisioned().await;
        for administrator in [world.admin(), world.owner()] {
            let function = administrator.service.as_ref().map_or("ListTaSecret", |_| "ListSecret");
            for (part, damage) in DAMAGES {
                let mut request = administrator.request(function, &list("")).await;
                damage(request.req_enc.as_mut().unwrap());
                let error = refusal(administrator.send(request).await);
                let refused = [ErrorCode::RequestNotAuthentic, ErrorCode::AdminServiceEmpty];
                assert!(refused.contains(&error.code()), "{part}: {error}");
            }
            let empty =
                AdminRemoteCallRequest { function_name: function.into(), ..Default::default() };
            assert_eq!(refusal(administrator.send(empty).await).kind(), Kind::InvalidArgument);
        }
    }
}

#[tokio::test]
async fn w17_protocol_2_1_is_all_of_its_fields() {
    const DAMAGES: &[Damage<AdminRemoteCallReqWithAuth>] = &[
        ("function", |payload| payload.function_name.clear()),
        ("time", |payload| payload.issued_at_ms = 0),
        ("nonce", |payload| payload.nonce.clear()),
        ("short nonce", |payload| payload.nonce.truncate(15)),
        ("long nonce", |payload| payload.nonce.push(0)),
        ("service", |payload| payload.service_name = "service2".into()),
        ("time and nonce", |payload| {
            payload.issued_at_ms = 0;
            payload.nonce.clear();
        }),
        ("all but the service", |payload| {
            payload.function_name.clear();
            payload.issued_at_ms = 0;
            payload.nonce.clear();
            payload.service_name = "service1".into();
        }),
    ];
    // Where 2.0 is allowed, half a request of 2.1 must not pass as one of 2.0.
    let world = World::allowing_aecs20(Suite::Sm).await;
    for administrator in [world.admin(), world.owner()] {
        let function = administrator.service.as_ref().map_or("ListTaSecret", |_| "ListSecret");
        for (part, damage) in DAMAGES {
            let mut payload = administrator.payload(function, "{}".into());
            damage(&mut payload);
            let request = administrator.seal(function, &payload).await;
            let error = refusal(administrator.send(request).await);
            assert_eq!(error.kind(), Kind::InvalidArgument, "{part}: {error}");
        }
    }
    let mut payload = world.owner().payload("ListSecret", "{}".into());
    payload.service_name.clear();
    let request = world.owner().seal("ListSecret", &payload).await;
    assert_eq!(refusal(world.owner().send(request).await).kind(), Kind::InvalidArgument);
}

#[tokio::test]
async fn w17_a_key_of_protocol_2_1_does_not_speak_2_0() {
    let world = World::pending(Suite::Modern, |_| ()).await.provisioned().await;
    let payload =
        AdminRemoteCallReqWithAuth { req: b"{}".to_vec(), ..AdminRemoteCallReqWithAuth::default() };
    let request = world.admin().seal("ListTaSecret", &payload).await;
    let error = refusal(world.admin().send(request).await);
    assert_eq!(error.kind(), Kind::InvalidArgument, "{error}");
    let ta = Ta { protocol: Protocol::Aecs20, ..world.ta(enclave(1)) };
    assert_eq!(refusal(ta.get("service1", "a").await).kind(), Kind::InvalidArgument);
}

#[tokio::test]
async fn w17_a_request_of_protocol_2_0_has_no_field_of_2_1() {
    const ADDITIONS: &[Damage<TaRemoteCallRequest>] = &[
        ("time", |request| request.issued_at_ms = 1),
        ("nonce", |request| request.nonce = vec![1; 16]),
        ("share", |request| request.session_share = vec![1; 32]),
        ("binding", |request| request.binding = Some(Default::default())),
    ];
    let world = World::allowing_aecs20(Suite::Sm).await;
    world.import("a", "data", 1).await.unwrap();
    let key = aecs_crypto::KeyPair::generate(Suite::Sm).unwrap();
    let ta = world.ta_with(enclave(1), key).aecs20();
    let get = r#"{"serviceName":"service1","secretName":"a","nonce":"n"}"#;
    // Its signature does not cover them: a stranger on the way can add them.
    for (part, add) in ADDITIONS {
        let mut request = ta.request_of("TaGetSecret", get.into()).await;
        add(&mut request);
        let error = refusal(world.core.ta_remote_call(request).await);
        assert!(error.message().contains("only some of the fields"), "{part}: {error}");
    }
    let mut request = ta.request_of("TaGetSecret", get.into()).await;
    request.binding = Some(binding(&world.core, Suite::Sm).await);
    let error = refusal(world.core.ta_remote_call(request).await);
    assert!(error.message().contains("only some of the fields"), "{error}");
    ta.get("service1", "a").await.unwrap();
}

#[tokio::test]
async fn w17_protocol_2_0_is_told_what_only_2_1_has() {
    let world = World::allowing_aecs20(Suite::Sm).await;
    let request = world.admin().aecs20().request_of("ListAdministrator", "{}".into()).await;
    let error = refusal(world.admin().send(request).await);
    assert_eq!(error.code(), ErrorCode::Aecs20Refused);
    assert!(error.message().contains("protocol 2.0 does not have this function"), "{error}");
}

#[tokio::test]
async fn w17_the_envelope_of_the_aecs_admin_is_not_that_of_a_service() {
    // One key in both roles: only the envelope's name tells which one was meant.
    let world = World::pending(Suite::Rsa, |config| {
        config.compat.aecs20 = aecs_core::Aecs20::Allow;
    })
    .await;
    for administrator in [world.admin(), world.admin().aecs20()] {
        let text = json::to_string(&administrator.payload("AecsProvision", "{}".into()));
        let sealed = administrator.envelope(b"service1", &text).await;
        let request = AdminRemoteCallRequest {
            function_name: "AecsProvision".into(),
            req_enc: Some(sealed),
            ..Default::default()
        };
        assert_eq!(refusal(administrator.send(request).await).kind(), Kind::InvalidArgument);
    }
    assert_eq!(world.core.status(), "Pending");
}

#[tokio::test]
async fn w17_every_part_of_an_applications_request_is_needed() {
    const DAMAGES: &[Damage<TaRemoteCallRequest>] = &[
        ("report", |request| request.auth_report = None),
        ("evidence", |request| request.auth_report.as_mut().unwrap().report = None),
        ("key", |request| request.auth_report.as_mut().unwrap().pem_public_key.clear()),
        ("signature", |request| request.signature_b64.clear()),
        ("time", |request| request.issued_at_ms = 0),
        ("nonce", |request| request.nonce.clear()),
        ("time and nonce", |request| {
            request.issued_at_ms = 0;
            request.nonce.clear();
        }),
    ];
    let world = World::allowing_aecs20(Suite::Sm).await;
    world.import("a", "data", 1).await.unwrap();
    let key = || aecs_crypto::KeyPair::generate(Suite::Sm).unwrap();
    for ta in [world.ta(enclave(1)), world.ta_with(enclave(1), key())] {
        let get = r#"{"serviceName":"service1","secretName":"a","nonce":"n"}"#;
        for (part, damage) in DAMAGES {
            let mut request = ta.request_of("TaGetSecret", get.into()).await;
            damage(&mut request);
            let error = refusal(world.core.ta_remote_call(request).await);
            let refused = [Kind::InvalidArgument, Kind::Unauthenticated];
            assert!(refused.contains(&error.kind()), "{part}: {error}");
        }
        ta.get("service1", "a").await.unwrap();
    }
}

#[tokio::test]
async fn w17_a_policy_without_rules_admits_nobody() {
    let world = World::working().await;
    let mut secret = secret("a", SecretTypeAes256Key, pinned(1));
    let policy = secret.spec.as_mut().unwrap().policy.as_mut().unwrap();
    policy.policy.as_mut().unwrap().main_attributes.clear();
    world.create(secret).await.unwrap();
    let error = refusal(world.ta(enclave(1)).get("service1", "a").await);
    assert_eq!(error.kind(), Kind::PermissionDenied);
    let request = DestroyEnclaveSecretRequest { secret_name: "a".into(), version: 0 };
    let _: aecs_proto::DestroyEnclaveSecretResponse =
        world.owner().call("DestroySecret", &request).await.unwrap();
}
