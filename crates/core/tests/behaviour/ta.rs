//! Trusted applications: secrets of their own, under either binding, and what they learn of others.

use std::time::Duration;

use crate::support::{SERVICE, Ta, World, code, enclave, open, pinned, policy, refusal, secret};
use aecs_attest::{Attester, ReportRequest, TcbStatus, UserData, sign_nested_results};
use aecs_core::{ErrorCode, Kind};
use aecs_crypto::{KeyPair, Suite};
use aecs_proto::{
    AecsDestroyTaSecretRequest, AecsDestroyTaSecretResponse, AecsListTaSecretRequest,
    AecsListTaSecretResponse, DenialReason, EnclaveKvPair, EnclavePolicyType, EnclaveSecret,
    EnclaveSecretSpec,
    EnclaveSecretType::{SecretTypeAes256Key, SecretTypeRsaKeyPair, SecretTypeSm2KeyPair},
    ListDenialRequest, ListDenialResponse, TaBinding, UnifiedAttestationAttributes,
    UnifiedAttestationNestedResult, UnifiedAttestationNestedResults,
};
use aecs_sim::EnclaveIdentity;

const MEASUREMENT: TaBinding = TaBinding::Measurement;
const SIGNER: TaBinding = TaBinding::Signer;

/// A secret as an application asks for it.
fn own(name: &str) -> EnclaveSecret {
    secret(name, SecretTypeAes256Key, UnifiedAttestationAttributes::default())
}

async fn list(world: &World, prefix: &str) -> Vec<EnclaveSecretSpec> {
    let request = AecsListTaSecretRequest { secret_name: prefix.into() };
    let list: AecsListTaSecretResponse =
        world.admin().call("ListTaSecret", &request).await.unwrap();
    list.secrets
}

async fn take(world: &World, name: &str) -> Result<(), aecs_core::Error> {
    let request = AecsDestroyTaSecretRequest { secret_name: name.into() };
    let _: AecsDestroyTaSecretResponse = world.admin().call("DestroyTaSecret", &request).await?;
    Ok(())
}

#[tokio::test]
async fn an_application_creates_gets_and_destroys_its_own() {
    let world = World::working().await;
    for binding in [MEASUREMENT, SIGNER] {
        let ta = world.ta(enclave(1));
        ta.create(own("mine"), binding).await.unwrap();
        let first = ta.own("mine").await.unwrap();
        assert_eq!(first.data.len(), 64);
        assert_eq!(code(ta.create(own("mine"), binding).await), ErrorCode::NameExists);
        // A new start of the application has another key and the same measurement.
        let again = world.ta(enclave(1));
        assert_eq!(again.own("mine").await.unwrap().data, first.data);
        again.destroy("mine").await.unwrap();
        assert_eq!(code(ta.own("mine").await), ErrorCode::NoSuchName);
        assert_eq!(code(ta.destroy("mine").await), ErrorCode::NoSuchName);
    }
}

#[tokio::test]
async fn they_are_listed_in_the_order_of_their_names() {
    let world = World::working().await;
    // Records lie in the order of their owners.
    for (measurement, name) in [(1, "c"), (2, "b"), (1, "a"), (2, "d")] {
        world.ta(enclave(measurement)).create(own(name), MEASUREMENT).await.unwrap();
    }
    for measurement in [3, 1, 2] {
        world.ta(enclave(measurement)).create(own("b-shared"), MEASUREMENT).await.unwrap();
    }
    let listed = list(&world, "").await;
    let names: Vec<&str> = listed.iter().map(|spec| spec.secret_name.as_str()).collect();
    assert!(names.is_sorted(), "{names:?}");
    let without_owners: Vec<&str> =
        names.iter().map(|name| name.split('@').next().unwrap()).collect();
    assert_eq!(without_owners, ["a", "b", "b-shared", "b-shared", "b-shared", "c", "d"]);
}

#[tokio::test]
async fn its_secrets_outlive_the_server() {
    let world = World::working().await;
    let ta = world.ta(enclave(1));
    ta.create(own("mine"), MEASUREMENT).await.unwrap();
    let first = ta.own("mine").await.unwrap().data;
    let world = world.restarted().await;
    world.provision("host1").await.unwrap();
    assert_eq!(world.ta(enclave(1)).own("mine").await.unwrap().data, first);
}

#[tokio::test]
async fn a_secret_of_an_application_is_bound_and_read_only_whatever_was_asked_for() {
    let world = World::working().await;
    let ta = world.ta(enclave(1));
    let mut asked = own("mine");
    let spec = asked.spec.as_mut().unwrap();
    spec.share = "public".into();
    spec.readonly = "false".into();
    spec.service_name = "null".into();
    // What clients of 2.0 send: a rule of empty entries.
    spec.policy = Some(policy(open()));
    ta.create(asked, MEASUREMENT).await.unwrap();
    let kept = ta.own("mine").await.unwrap().spec.unwrap();
    assert_eq!(kept.service_name, "TrustedApplications");
    assert_eq!((kept.readonly.as_str(), kept.share.as_str()), ("true", "private"));
    let rules = kept.policy.unwrap().policy.unwrap().main_attributes;
    assert_eq!(rules.len(), 1);
    assert_eq!(rules[0].hex_ta_measurement, "01".repeat(32));
    assert_eq!(rules[0].hex_signer, "A0".repeat(32));
    assert_eq!(rules[0].bool_debug_disabled, "true");
    assert_eq!(rules[0].hex_hash_or_pem_pubkey, "", "another key of the same enclave is let in");

    for kind in [EnclavePolicyType::PolicyTypeUnbound, EnclavePolicyType::PolicyTypeNeverExport] {
        let mut asked = own("other");
        asked.spec.as_mut().unwrap().policy.as_mut().unwrap().r#type = kind.into();
        assert_eq!(code(ta.create(asked, MEASUREMENT).await), ErrorCode::CreateBadData);
    }
}

#[tokio::test]
async fn bound_to_the_measurement_it_is_for_that_code_only() {
    let world = World::working().await;
    world.ta(enclave(1)).create(own("mine"), MEASUREMENT).await.unwrap();
    for other in [
        enclave(2),
        EnclaveIdentity { mrsigner: [0xB0; 32], ..enclave(1) },
        EnclaveIdentity { prod_id: 2, ..enclave(1) },
        EnclaveIdentity { svn: 0, ..enclave(1) },
        EnclaveIdentity { debug: true, ..enclave(1) },
    ] {
        let label = format!("{other:?}");
        let ta = world.ta(other);
        assert_eq!(code(ta.own("mine").await), ErrorCode::NoSuchName, "{label}");
        assert_eq!(code(ta.destroy("mine").await), ErrorCode::NoSuchName, "{label}");
    }
    world.ta(enclave(1)).own("mine").await.unwrap();
}

#[tokio::test]
async fn bound_to_the_signer_it_survives_an_upgrade_and_no_downgrade() {
    let world = World::working().await;
    let version = |measurement, svn| EnclaveIdentity { svn, ..enclave(measurement) };
    let first = world.ta(version(1, 3));
    first.create(own("mine"), SIGNER).await.unwrap();
    let data = first.own("mine").await.unwrap().data;
    for upgraded in [version(2, 3), version(2, 4), version(9, 100)] {
        let ta = world.ta(upgraded);
        assert_eq!(ta.own("mine").await.unwrap().data, data);
        assert_eq!(code(ta.create(own("mine"), SIGNER).await), ErrorCode::NameExists);
    }
    for other in [
        version(1, 2),
        version(2, 0),
        EnclaveIdentity { mrsigner: [0xB0; 32], ..version(1, 3) },
        EnclaveIdentity { prod_id: 7, ..version(1, 3) },
        EnclaveIdentity { debug: true, ..version(1, 3) },
    ] {
        let label = format!("{other:?}");
        let ta = world.ta(other);
        assert_eq!(code(ta.own("mine").await), ErrorCode::NoSuchName, "{label}");
        assert_eq!(code(ta.destroy("mine").await), ErrorCode::NoSuchName, "{label}");
    }
    world.ta(version(2, 4)).destroy("mine").await.unwrap();
}

#[tokio::test]
async fn the_two_bindings_have_names_of_their_own() {
    let world = World::working().await;
    let ta = world.ta(enclave(1));
    ta.create(own("same"), SIGNER).await.unwrap();
    ta.create(own("same"), MEASUREMENT).await.unwrap();
    // The narrower one is meant as long as there is one.
    let narrow = ta.own("same").await.unwrap().data;
    ta.destroy("same").await.unwrap();
    assert_ne!(ta.own("same").await.unwrap().data, narrow);
    ta.destroy("same").await.unwrap();
    assert_eq!(code(ta.own("same").await), ErrorCode::NoSuchName);
}

#[tokio::test]
async fn a_debug_enclave_or_an_old_platform_owns_nothing() {
    let world = World::working().await;
    let debug = world.ta(EnclaveIdentity { debug: true, ..enclave(1) });
    let error = refusal(debug.create(own("mine"), MEASUREMENT).await);
    assert_eq!((error.code(), error.kind()), (ErrorCode::NoSuchName, Kind::PermissionDenied));

    world.ta(enclave(1)).create(own("mine"), MEASUREMENT).await.unwrap();
    world.cpu.set_tcb_status(TcbStatus::OutOfDate, &[]).unwrap();
    let old = world.ta(enclave(1));
    assert_eq!(code(old.create(own("other"), MEASUREMENT).await), ErrorCode::NoSuchName);
    assert_eq!(code(old.own("mine").await), ErrorCode::NoSuchName);
    assert_eq!(code(old.destroy("mine").await), ErrorCode::NoSuchName);
    world.cpu.set_tcb_status(TcbStatus::UpToDate, &[]).unwrap();
    world.ta(enclave(1)).own("mine").await.unwrap();
}

#[tokio::test]
async fn accepted_statuses_and_debugging_are_settings() {
    let lax = |config: &mut crate::support::Config| {
        config.acceptance.tcb_statuses.insert(TcbStatus::OutOfDate);
        config.acceptance.debug = true;
    };
    let world = World::pending(Suite::Modern, lax).await.provisioned().await;
    world.import("a", "data", 1).await.unwrap();
    world.cpu.set_tcb_status(TcbStatus::OutOfDate, &[]).unwrap();
    let debug = EnclaveIdentity { debug: true, ..enclave(1) };
    world.ta(debug.clone()).get(SERVICE, "a").await.unwrap();
    world.ta(enclave(1)).create(own("mine"), MEASUREMENT).await.unwrap();
    // A secret of its own is for production code even there.
    assert_eq!(code(world.ta(debug).own("mine").await), ErrorCode::NoSuchName);
}

#[tokio::test]
async fn keys_of_all_suites_and_types_of_secrets() {
    let every = |config: &mut crate::support::Config| config.suites = Suite::ALL.to_vec();
    let world = World::pending(Suite::Modern, every).await.provisioned().await;
    for (index, suite) in Suite::ALL.into_iter().enumerate() {
        for kind in [SecretTypeAes256Key, SecretTypeSm2KeyPair, SecretTypeRsaKeyPair] {
            let measurement = u8::try_from(index + 1).unwrap();
            let ta = world.ta_with(enclave(measurement), KeyPair::generate(suite).unwrap());
            let name = format!("{}", i32::from(kind));
            let asked = secret(&name, kind, UnifiedAttestationAttributes::default());
            ta.create(asked, MEASUREMENT).await.unwrap();
            assert!(!ta.own(&name).await.unwrap().data.is_empty());
        }
    }
    let world = World::working().await;
    let ta = world.ta_with(enclave(1), KeyPair::generate(Suite::Sm).unwrap());
    let request = ta_request_without_server_key(&ta);
    let error = refusal(world.core.ta_remote_call(request).await);
    assert_eq!((error.code(), error.kind()), (ErrorCode::AdminKey, Kind::FailedPrecondition));
    assert!(error.message().contains("sm2") && error.message().contains("x25519"), "{error}");
}

/// A request in a suite that the server has no identity in; it need not be signed.
fn ta_request_without_server_key(ta: &Ta) -> aecs_proto::TaRemoteCallRequest {
    aecs_proto::TaRemoteCallRequest {
        auth_report: Some(ta.report.clone()),
        function_name: "TaGetSecret".into(),
        issued_at_ms: ta.clock.now_ms(),
        nonce: vec![1; 16],
        ..Default::default()
    }
}

#[tokio::test]
async fn evidence_speaks_for_its_own_key_only() {
    let world = World::working().await;
    world.import("a", "data", 1).await.unwrap();
    let (victim, thief) = (world.ta(enclave(1)), world.ta(enclave(2)));
    // The victim's report, with the thief's key in front of it.
    let mut report = victim.report.clone();
    report.pem_public_key = thief.key.public().pem().into();
    let swapped = Ta { report, ..thief.clone() };
    let error = refusal(swapped.get(SERVICE, "a").await);
    assert_eq!((error.code(), error.kind()), (ErrorCode::NoSuchName, Kind::Unauthenticated));
    // The victim's report and key, but only the thief's signature.
    let forged = Ta { report: victim.report.clone(), ..thief };
    let error = refusal(forged.get(SERVICE, "a").await);
    assert_eq!(error.code(), ErrorCode::RequestNotAuthentic);
    assert!(error.message().contains("by the key in its attestation report"), "{error}");
    victim.get(SERVICE, "a").await.unwrap();
}

#[tokio::test]
async fn the_key_of_a_report_has_one_text() {
    let world = World::working().await;
    world.import("a", "data", 1).await.unwrap();
    let ta = world.ta(enclave(1));
    let mut report = ta.report.clone();
    report.pem_public_key = report.pem_public_key.replace('\n', "\r\n");
    let error = refusal(Ta { report, ..ta }.get(SERVICE, "a").await);
    assert!(matches!(error.kind(), Kind::Unauthenticated | Kind::InvalidArgument), "{error}");
}

#[tokio::test]
async fn an_application_with_others_behind_it_is_not_the_same_as_one_without() {
    let world = World::working().await;
    world.import("a", "data", 1).await.unwrap();
    let key = KeyPair::generate(Suite::Modern).unwrap();
    let results = UnifiedAttestationNestedResults {
        results: vec![UnifiedAttestationNestedResult {
            result: Some(UnifiedAttestationAttributes {
                hex_ta_measurement: "02".repeat(32),
                ..Default::default()
            }),
        }],
        ..Default::default()
    };
    let nested = sign_nested_results(&key, &results).unwrap();
    let request = ReportRequest {
        nested: Some(&nested),
        ..ReportRequest::passport(UserData([0; 32]), key.public())
    };
    let report = world.cpu.enclave(enclave(1)).attest(&request).unwrap();
    let ta = Ta { report, ..world.ta_with(enclave(1), key) };
    // Neither policy says anything of nested attesters.
    assert_eq!(code(ta.get(SERVICE, "a").await), ErrorCode::NoSuchName);
    assert_eq!(code(ta.create(own("mine"), MEASUREMENT).await), ErrorCode::NoSuchName);
}

#[tokio::test]
async fn refusals_look_alike_to_the_application_and_are_explained_to_the_owner() {
    let world = World::working().await;
    world.import("guarded", "data", 1).await.unwrap();
    let stranger = world.ta(enclave(2));
    let refused = refusal(stranger.get(SERVICE, "guarded").await);
    let entry = world.audit.last();
    let reason = entry.reason.unwrap();
    assert!(reason.contains("main_attributes[0].hex_ta_measurement"), "{reason}");
    assert!(reason.contains(&"02".repeat(32)), "{reason}");
    assert_eq!(entry.result, ErrorCode::NoSuchName.to_string());
    assert_eq!(entry.object.as_deref(), Some("guarded"));
    assert_eq!(entry.service.as_deref(), Some(SERVICE));

    for (service, name) in
        [(SERVICE, "missing"), ("missing", "guarded"), ("TrustedApplications", "guarded")]
    {
        let other = refusal(stranger.get(service, name).await);
        assert_eq!(other, refused, "{service} {name}");
        let reason = world.audit.last().reason.unwrap();
        assert!(reason.contains(&format!("no secret {name} of service {service}")), "{reason}");
    }
    assert!(!refused.message().contains("guarded") && !refused.message().contains("02"));
    // Destroying what is another's is no other answer either.
    world.ta(enclave(1)).create(own("mine"), MEASUREMENT).await.unwrap();
    assert_eq!(refusal(stranger.destroy("mine").await), refused);
    assert_eq!(refusal(stranger.destroy("missing").await), refused);

    let request = ListDenialRequest::default();
    let list: ListDenialResponse = world.owner().call("ListDenial", &request).await.unwrap();
    // What was asked for in another service is not told to this one's owner.
    let [denial, unknown] = &list.denials[..] else { panic!("{:?}", list.denials) };
    assert_eq!(unknown.secret_name, "missing");
    assert_eq!(unknown.reason(), DenialReason::DenialNoSuchSecret);
    assert_eq!(denial.reason(), DenialReason::DenialPolicy);
    assert_eq!(
        (denial.function_name.as_str(), denial.secret_name.as_str()),
        ("TaGetSecret", "guarded")
    );
    assert!((world.clock.now_ms() - denial.time_ms).abs() < 60_000);
    assert_eq!(denial.attributes.as_ref().unwrap().hex_ta_measurement, "02".repeat(32));
    let mismatch = &denial.mismatches[0];
    assert_eq!(mismatch.attribute, "hex_ta_measurement");
    assert_eq!(mismatch.expected, "01".repeat(32));
    assert_eq!(mismatch.actual, "02".repeat(32));
}

#[tokio::test]
async fn denials_are_the_owners_and_the_last_ones() {
    let world = World::working().await;
    world.register("service2").await.unwrap();
    world.import("guarded", "data", 1).await.unwrap();
    let stranger = world.ta(enclave(2));
    for _ in 0..3 {
        let _ = stranger.get(SERVICE, "guarded").await;
    }
    let denials = async |service: &str| {
        let owner = world.administrator(Some(service), world.service_admin.clone());
        let request = ListDenialRequest::default();
        let list: ListDenialResponse = owner.call("ListDenial", &request).await.unwrap();
        list.denials.len()
    };
    assert_eq!(denials(SERVICE).await, 1, "of like ones, the last");
    assert_eq!(denials("service2").await, 0);
    let request = aecs_proto::UnregisterEnclaveServiceRequest { service_name: SERVICE.into() };
    let _: aecs_proto::UnregisterEnclaveServiceResponse =
        world.admin().call("UnregisterEnclaveService", &request).await.unwrap();
    world.register(SERVICE).await.unwrap();
    assert_eq!(denials(SERVICE).await, 0, "the next owner is told nothing of the former one's");
}

#[tokio::test(start_paused = true)]
async fn the_owner_learns_of_every_kind_of_refusal_also_after_a_restart() {
    let world = World::installed().await;
    world.import("guarded", "data", 1).await.unwrap();
    let mut never = secret("never", SecretTypeAes256Key, pinned(1));
    let spec = never.spec.as_mut().unwrap();
    spec.policy.as_mut().unwrap().r#type = EnclavePolicyType::PolicyTypeNeverExport.into();
    world.create(never).await.unwrap();
    let (admitted, stranger) = (world.ta(enclave(1)), world.ta(enclave(2)));
    let _ = stranger.get(SERVICE, "guarded").await;
    assert_eq!(code(admitted.get(SERVICE, "never").await), ErrorCode::GetNotExportable);
    assert_eq!(code(admitted.get_version(SERVICE, "guarded", 7).await), ErrorCode::NoVersion);
    // Who tries names does not push out the others.
    for number in 0..30 {
        let _ = stranger.get(SERVICE, &format!("name{number}")).await;
    }

    let refusals = async |world: &World| {
        let request = ListDenialRequest::default();
        let list: ListDenialResponse = world.owner().call("ListDenial", &request).await.unwrap();
        list.denials.iter().map(|it| (it.secret_name.clone(), it.reason())).collect::<Vec<_>>()
    };
    let before = refusals(&world).await;
    let kinds = [
        ("guarded", DenialReason::DenialPolicy),
        ("never", DenialReason::DenialNeverExported),
        ("guarded", DenialReason::DenialNotReadable),
    ]
    .map(|(name, reason)| (name.to_owned(), reason));
    assert_eq!(before[..3], kinds);
    assert_eq!(before.len(), 3 + 8);
    assert_eq!(before.last().unwrap().0, "name29");

    // Written every minute if there are any.
    tokio::time::sleep(Duration::from_secs(61)).await;
    let world = world.restarted().await;
    assert_eq!(refusals(&world).await, before);
    let _ = world.ta(enclave(2)).get(SERVICE, "guarded").await;
    assert_eq!(refusals(&world).await.len(), before.len());
}

#[tokio::test]
async fn the_operator_lists_and_destroys_secrets_of_applications() {
    let world = World::working().await;
    for (measurement, name) in [(1, "one"), (1, "shared"), (2, "shared"), (2, "two")] {
        world.ta(enclave(measurement)).create(own(name), MEASUREMENT).await.unwrap();
    }
    let listed = list(&world, "").await;
    let names: Vec<&str> = listed.iter().map(|spec| spec.secret_name.as_str()).collect();
    assert_eq!(names.len(), 4);
    assert!(names.contains(&"one") && names.contains(&"two"), "{names:?}");
    let shared: Vec<&str> = names.into_iter().filter(|name| name.starts_with("shared@")).collect();
    assert_eq!(shared.len(), 2, "two owners, told apart");
    assert_ne!(shared[0], shared[1]);

    let error = refusal(take(&world, "shared").await);
    assert_eq!(error.kind(), Kind::FailedPrecondition, "{error}");
    assert!(error.message().contains("shared@OWNER"), "{error}");
    assert_eq!(code(take(&world, "shared@0123456789ab").await), ErrorCode::NoSuchName);
    assert_eq!(code(take(&world, "missing").await), ErrorCode::NoSuchName);
    assert_eq!(code(take(&world, "").await), ErrorCode::DestroyNameEmpty);
    take(&world, shared[0]).await.unwrap();
    // Exactly one owner has lost it; the name is unique again.
    let left = [world.ta(enclave(1)).own("shared").await, world.ta(enclave(2)).own("shared").await];
    assert_eq!(left.iter().filter(|found| found.is_ok()).count(), 1);
    assert_eq!(list(&world, "shared").await[0].secret_name, "shared");
    take(&world, "shared").await.unwrap();
    take(&world, "one").await.unwrap();
    assert_eq!(list(&world, "").await.len(), 1);
}

#[tokio::test]
async fn an_interrupted_call_is_on_record() {
    let world = World::working().await;
    let ta = world.ta(enclave(1));
    // Making such a key nearly always takes longer than the caller waits.
    for attempt in 0..20 {
        let name = format!("slow{attempt}");
        let mut asked =
            secret(&name, SecretTypeRsaKeyPair, UnifiedAttestationAttributes::default());
        asked.spec.as_mut().unwrap().params =
            vec![EnclaveKvPair { key: "bit_length".into(), value: "4096".into() }];
        let wait = Duration::from_millis(100);
        let interrupted = tokio::time::timeout(wait, ta.create(asked, MEASUREMENT)).await.is_err();
        // Written in the background: a caller that goes away waits for nothing.
        tokio::time::sleep(Duration::from_millis(50)).await;
        let entry = world.audit.last();
        if interrupted && entry.object.as_deref() == Some(name.as_str()) {
            assert_eq!(
                (entry.function.as_ref(), entry.result.as_str()),
                ("TaCreateSecret", "interrupted")
            );
            return;
        }
    }
    panic!("no call was interrupted on its way");
}

/// A rule in typed form for a signer, without one measurement.
fn typed(signer: u8, without: u8) -> aecs_proto::UnifiedAttestationPolicy {
    use aecs_proto::{
        AttestationCondition, AttestationPart, AttestationPolicy, AttestationRule,
        AttestationRules, AttestationValues, attestation_condition::Condition,
        attestation_part::Part,
    };
    let values = |attribute: &str, byte: u8| AttestationValues {
        attribute: attribute.into(),
        values: vec![hex::encode_upper([byte; 32])],
    };
    let conditions = [
        Condition::AnyOf(values("hex_signer", signer)),
        Condition::NoneOf(values("hex_ta_measurement", without)),
    ];
    let conditions = conditions.map(|it| AttestationCondition { condition: Some(it) }).into();
    let rule = AttestationRule { name: "ours".into(), conditions };
    let attester = Part::Attester(AttestationRules { rules: vec![rule] });
    let typed = Some(AttestationPolicy { parts: vec![AttestationPart { part: Some(attester) }] });
    aecs_proto::UnifiedAttestationPolicy { typed, ..Default::default() }
}

#[tokio::test]
async fn a_rule_in_typed_form_says_who_may_create_secrets() {
    let rules = aecs_core::TaRule::typed(&typed(0xA0, 2)).unwrap();
    let set = |config: &mut crate::support::Config| {
        config.ta_secrets = rules;
        config.quotas.ta_secrets_per_rule = 1;
    };
    let world = World::pending(Suite::Modern, set).await.provisioned().await;
    let refused = refusal(world.ta(enclave(2)).create(own("mine"), MEASUREMENT).await);
    assert_eq!((refused.code(), refused.kind()), (ErrorCode::NoSuchName, Kind::PermissionDenied));
    world.ta(enclave(1)).create(own("mine"), MEASUREMENT).await.unwrap();
    let full = world.ta(enclave(3)).create(own("mine"), MEASUREMENT).await;
    assert_eq!(code(full), ErrorCode::TooManySecrets, "the rule has one quota");
}
