//! Updates by tools of AECS 2.0, which drop the keys of a policy that they do not know.

use std::time::Duration;

use aecs_core::{Error, ErrorCode};
use aecs_crypto::Suite;
use aecs_proto::attestation_condition::Condition;
use aecs_proto::attestation_part::Part;
use aecs_proto::{
    AttestationCondition, AttestationPart, AttestationPolicy, AttestationRule, AttestationRules,
    AttestationValues, CreateEnclaveSecretRequest, CreateEnclaveSecretResponse,
    DeleteSecretRequest, DeleteSecretResponse,
    EnclavePolicyType::PolicyTypeNeverExport,
    EnclaveSecret, EnclaveSecretLifecycle, EnclaveSecretPolicy,
    EnclaveSecretType::{SecretTypeAes256Key, SecretTypeImportData},
    ListDenialRequest, ListDenialResponse, ListEnclaveSecretRequest, ListEnclaveSecretResponse,
    NewSecretVersionResponse, PutSecretRequest, RollbackSecretRequest, UndeleteSecretRequest,
    UndeleteSecretResponse, UnifiedAttestationAttributes, UnifiedAttestationNestedPolicies,
    UnifiedAttestationNestedPolicy, UnifiedAttestationPolicy,
};

use super::{with_data, with_params, with_spec};
use crate::support::{SERVICE, World, enclave, imported, pinned, policy, refusal};

type Rule = UnifiedAttestationAttributes;
type Change<T> = fn(&mut T);

fn ruled(rules: &[Rule]) -> EnclaveSecret {
    with_spec(with_data("a", SecretTypeImportData, "data"), |spec| {
        spec.policy.as_mut().unwrap().policy.as_mut().unwrap().main_attributes = rules.to_vec();
    })
}

/// What `serviceadmin` of AECS 2.0 makes of a rule: it knows these keys.
fn dropped(rule: &Rule) -> Rule {
    Rule {
        hex_ta_measurement: rule.hex_ta_measurement.clone(),
        hex_signer: rule.hex_signer.clone(),
        hex_prod_id: rule.hex_prod_id.clone(),
        str_min_isvsvn: rule.str_min_isvsvn.clone(),
        hex_user_data: rule.hex_user_data.clone(),
        hex_spid: rule.hex_spid.clone(),
        bool_debug_disabled: rule.bool_debug_disabled.clone(),
        ..Rule::default()
    }
}

async fn update(world: &World, secret: EnclaveSecret) -> Result<(), Error> {
    let request = crate::support::update(secret);
    let _: CreateEnclaveSecretResponse =
        world.owner().aecs20().call("CreateSecret", &request).await?;
    Ok(())
}

async fn stored(world: &World) -> Vec<Rule> {
    let list: ListEnclaveSecretResponse =
        world.owner().call("ListSecret", &ListEnclaveSecretRequest::default()).await.unwrap();
    let spec = list.secrets.into_iter().next().unwrap();
    spec.policy.unwrap().policy.unwrap().main_attributes
}

/// Creates a secret with `before`, updates it in 2.0 with `after`, and tells what would be lost.
async fn lost(world: &World, before: &[Rule], after: &[Rule]) -> String {
    world.create(ruled(before)).await.unwrap();
    let message = match update(world, ruled(after)).await {
        Ok(()) => {
            assert_eq!(stored(world).await, after);
            String::new()
        }
        Err(error) => {
            assert_eq!(error.code(), ErrorCode::CreateBadData, "{error}");
            assert!(error.message().contains("serviceadmin of AECS 2.1"), "{error}");
            assert_eq!(stored(world).await, before, "nothing has changed");
            let (_, lost) = error.message().split_once("would lose ").unwrap();
            lost.split_once(", which").unwrap().0.to_owned()
        }
    };
    world.destroy("a").await.unwrap();
    message
}

/// It does not know the date, and changes the policy only.
#[tokio::test]
async fn the_policy_of_what_has_expired_can_be_updated() {
    let world = World::allowing_aecs20(Suite::Sm).await;
    let expires_at_ms = world.clock.now_ms() + 1000;
    let secret = with_spec(ruled(&[pinned(1)]), |spec| {
        spec.lifecycle = Some(EnclaveSecretLifecycle { expires_at_ms, ..Default::default() });
    });
    world.create(secret).await.unwrap();
    world.clock.pass(Duration::from_secs(3600));
    update(&world, ruled(&[pinned(2)])).await.unwrap();
    assert_eq!(stored(&world).await, [pinned(2)]);
    let refused = refusal(world.ta(enclave(2)).get(SERVICE, "a").await);
    assert_eq!(refused.code(), ErrorCode::Expired);
}

#[tokio::test]
async fn what_2_0_does_not_know_is_not_lost_by_its_update() {
    let world = World::allowing_aecs20(Suite::Sm).await;
    let cases: [(&str, Change<Rule>); 9] = [
        ("str_tcb_status", |rule| rule.str_tcb_status = "UpToDate,SWHardeningNeeded".into()),
        ("str_min_tcb", |rule| rule.str_min_tcb = "snp=23".into()),
        ("hex_chip_id", |rule| rule.hex_chip_id = "AB".repeat(64)),
        ("str_pcrs", |rule| rule.str_pcrs = "4=AB".into()),
        ("bool_migration_disabled", |rule| rule.bool_migration_disabled = "true".into()),
        ("str_measured", |rule| rule.str_measured = "direct-boot".into()),
        // These are in its messages, but its serviceadmin has no key for them.
        ("str_tee_platform", |rule| rule.str_tee_platform = "SGX_DCAP".into()),
        ("hex_boot_measurement", |rule| rule.hex_boot_measurement = "CD".repeat(48)),
        ("hex_nonce", |rule| rule.hex_nonce = "01".into()),
    ];
    for (attribute, put) in cases {
        let mut rule = pinned(1);
        put(&mut rule);
        assert_eq!(lost(&world, &[rule.clone()], &[dropped(&rule)]).await, attribute);
        let repinned = Rule { hex_ta_measurement: "02".repeat(32), ..dropped(&rule) };
        assert_eq!(lost(&world, &[rule.clone()], &[repinned]).await, attribute);
        // Of several, whichever it was that it came from.
        let two = [pinned(2), rule.clone()];
        assert_eq!(lost(&world, &two, &two.clone().map(|rule| dropped(&rule))).await, attribute);
        // An update that still has the key, or only narrows the rule, loses nothing.
        let kept = Rule { hex_ta_measurement: "02".repeat(32), ..rule.clone() };
        assert_eq!(lost(&world, &[rule.clone()], &[kept]).await, "");
        assert_eq!(lost(&world, &two, &[pinned(2)]).await, "");
        let narrowed = Rule { hex_prod_id: "1".into(), ..rule.clone() };
        assert_eq!(lost(&world, &[rule.clone()], &[narrowed]).await, "");
    }
}

#[tokio::test]
async fn all_that_would_be_lost_is_named() {
    let world = World::allowing_aecs20(Suite::Sm).await;
    let rules = [
        Rule { str_tcb_status: "UpToDate".into(), ..pinned(1) },
        Rule { hex_chip_id: "AB".repeat(64), str_tee_platform: "SGX_DCAP".into(), ..pinned(2) },
    ];
    let after = rules.clone().map(|rule| dropped(&rule));
    assert_eq!(lost(&world, &rules, &after).await, "hex_chip_id, str_tcb_status, str_tee_platform");
}

#[tokio::test]
async fn what_2_0_can_say_it_may_change() {
    let world = World::allowing_aecs20(Suite::Sm).await;
    let before = Rule {
        hex_signer: "A0".repeat(32),
        hex_prod_id: "1".into(),
        str_min_isvsvn: "7".into(),
        bool_debug_disabled: "true".into(),
        hex_user_data: "31".into(),
        ..pinned(1)
    };
    assert_eq!(lost(&world, &[before], &[pinned(2)]).await, "");
}

#[tokio::test]
async fn the_policy_as_a_whole_keeps_what_2_0_cannot_say() {
    let world = World::allowing_aecs20(Suite::Sm).await;
    let whole = |change: Change<EnclaveSecretPolicy>| {
        with_spec(with_params("a", SecretTypeAes256Key, &[]), |spec| {
            let mut policy = policy(pinned(1));
            change(&mut policy);
            spec.policy = Some(policy);
        })
    };
    let cases: [(&str, Change<EnclaveSecretPolicy>); 3] = [
        ("POLICY_TYPE_NEVER_EXPORT", |policy| policy.r#type = PolicyTypeNeverExport.into()),
        ("pem_public_key", |policy| {
            policy.policy.as_mut().unwrap().pem_public_key = "AB".repeat(32);
        }),
        ("nested_policies", |policy| {
            policy.policy.as_mut().unwrap().nested_policies =
                Some(UnifiedAttestationNestedPolicies {
                    policies: vec![UnifiedAttestationNestedPolicy {
                        sub_attributes: vec![pinned(9)],
                    }],
                    ..Default::default()
                });
        }),
    ];
    for (lost, change) in cases {
        world.create(whole(change)).await.unwrap();
        let refused = refusal(update(&world, whole(|_| ())).await);
        assert!(refused.message().contains(&format!("would lose {lost},")), "{refused}");
        update(&world, whole(change)).await.unwrap();
        world.destroy("a").await.unwrap();
    }
}

/// Rules in typed form: a 2.0 client is shown one that admits nobody, and can put nothing in their
/// place.
#[tokio::test]
async fn rules_that_2_0_cannot_express_are_neither_shown_nor_replaced() {
    let world = World::allowing_aecs20(Suite::Sm).await;
    let mut secret = with_data("a", SecretTypeImportData, "data");
    let policy = secret.spec.as_mut().and_then(|spec| spec.policy.as_mut());
    policy.unwrap().policy = Some(typed(pinned(1), 10_000_000_000_000));
    world.create(secret.clone()).await.unwrap();
    let list: ListEnclaveSecretResponse = world
        .owner()
        .aecs20()
        .call("ListSecret", &ListEnclaveSecretRequest::default())
        .await
        .unwrap();
    let shown = list.secrets[0].policy.clone().unwrap().policy.unwrap();
    assert!(shown.typed.is_none());
    assert_eq!(shown.main_attributes.len(), 1);
    assert_eq!(shown.main_attributes[0].str_tee_platform, "RULES_OF_AECS_2.1");
    for rules in [shown.main_attributes, vec![pinned(1)], vec![]] {
        let refused = refusal(update(&world, ruled(&rules)).await);
        assert!(refused.message().contains("would lose rules of AECS 2.1,"), "{refused}");
    }
    world.ta(enclave(1)).get(SERVICE, "a").await.unwrap();
    super::update(&world, ruled(&[pinned(2)])).await.unwrap();
}

#[tokio::test]
async fn a_rule_ends_by_the_servers_clock() {
    let world = World::working().await;
    let mut secret = with_data("a", SecretTypeImportData, "data");
    let policy = secret.spec.as_mut().and_then(|spec| spec.policy.as_mut());
    policy.unwrap().policy = Some(typed(pinned(1), world.clock.now_ms() + 60_000));
    world.create(secret).await.unwrap();
    world.ta(enclave(1)).get(SERVICE, "a").await.unwrap();
    world.clock.shift(Duration::from_secs(61));
    refusal(world.ta(enclave(1)).get(SERVICE, "a").await.map(drop));
    let denials: ListDenialResponse =
        world.owner().call("ListDenial", &ListDenialRequest::default()).await.unwrap();
    let mismatch = &denials.denials[0].mismatches[0];
    assert_eq!((mismatch.rule.as_str(), mismatch.attribute.as_str()), ("prod", "validUntil"));
}

/// A policy of one rule named `prod`, which ends some day.
fn typed(rule: Rule, valid_until_ms: i64) -> UnifiedAttestationPolicy {
    let values = vec![rule.hex_ta_measurement];
    let measurement = AttestationValues { attribute: "hex_ta_measurement".into(), values };
    let conditions = [Condition::AnyOf(measurement), Condition::ValidUntilMs(valid_until_ms)];
    let conditions = conditions.map(|it| AttestationCondition { condition: Some(it) }).to_vec();
    let rules = vec![AttestationRule { name: "prod".into(), conditions }];
    let part = AttestationPart { part: Some(Part::Attester(AttestationRules { rules })) };
    UnifiedAttestationPolicy {
        typed: Some(AttestationPolicy { parts: vec![part] }),
        ..UnifiedAttestationPolicy::default()
    }
}

#[tokio::test]
async fn tools_of_2_1_change_what_they_like() {
    let world = World::allowing_aecs20(Suite::Sm).await;
    let rule = Rule { str_tcb_status: "UpToDate".into(), ..pinned(1) };
    world.create(ruled(std::slice::from_ref(&rule))).await.unwrap();
    super::update(&world, ruled(&[dropped(&rule)])).await.unwrap();
    assert_eq!(stored(&world).await, [pinned(1)]);
}

/// A request of protocol 2.0 has no time: the host could put its clock forward, and wait for one.
#[tokio::test]
async fn an_act_of_2_0_removes_no_data_by_the_hosts_clock() {
    let world = World::allowing_aecs20(Suite::Sm).await;
    world.import("a", "first", 1).await.unwrap();
    let put =
        PutSecretRequest { secret_name: "a".into(), data: "second".into(), ..Default::default() };
    let _: NewSecretVersionResponse = world.owner().call("PutSecret", &put).await.unwrap();
    world.import("b", "data", 1).await.unwrap();
    let delete = DeleteSecretRequest { secret_name: "b".into(), version: 0 };
    let _: DeleteSecretResponse = world.owner().call("DeleteSecret", &delete).await.unwrap();

    let year = Duration::from_secs(365 * 24 * 3600);
    world.clock.shift(year);
    update(&world, imported("a", "second", pinned(1))).await.unwrap();
    let create = CreateEnclaveSecretRequest {
        secret: Some(imported("b", "other", pinned(1))),
        is_update: false,
        if_epoch: 0,
        upload: None,
    };
    let refused: Result<CreateEnclaveSecretResponse, _> =
        world.owner().aecs20().call("CreateSecret", &create).await;
    assert_eq!(refusal(refused).code(), ErrorCode::NameExists);
    world.clock.shift_back(year);

    let back = RollbackSecretRequest { secret_name: "a".into(), version: 1, if_version: 0 };
    let _: NewSecretVersionResponse = world.owner().call("RollbackSecret", &back).await.unwrap();
    let undelete = UndeleteSecretRequest { secret_name: "b".into(), version: 0 };
    let _: UndeleteSecretResponse = world.owner().call("UndeleteSecret", &undelete).await.unwrap();
}
