//! Who is let in: rules at the door, and what they admit.

use aecs_core::ErrorCode;
use aecs_crypto::Suite;
use aecs_proto::{
    EnclavePolicyType::{PolicyTypeBound, PolicyTypeNeverExport, PolicyTypeUnbound},
    EnclaveSecret,
    EnclaveSecretType::SecretTypeAes256Key,
    UnifiedAttestationAttributes,
};
use aecs_sim::EnclaveIdentity;

use super::{with_params, with_spec};
use crate::support::{SERVICE, World, code, enclave, open, pinned, policy, refusal};

fn ruled(name: &str, rules: &[UnifiedAttestationAttributes], kind: i32) -> EnclaveSecret {
    with_spec(with_params(name, SecretTypeAes256Key, &[]), |spec| {
        let mut policy = policy(UnifiedAttestationAttributes::default());
        policy.r#type = kind;
        policy.policy.as_mut().unwrap().main_attributes = rules.to_vec();
        spec.policy = Some(policy);
    })
}

fn signer(signer: u8) -> UnifiedAttestationAttributes {
    UnifiedAttestationAttributes { hex_signer: hex::encode([signer; 32]), ..Default::default() }
}

#[tokio::test]
async fn a_rule_that_lets_everybody_in_must_say_so() {
    let world = World::working().await;
    let platform = UnifiedAttestationAttributes {
        str_tee_platform: "SGX_DCAP".into(),
        hex_prod_id: "1".into(),
        ..Default::default()
    };
    for rule in [open(), UnifiedAttestationAttributes::default(), platform] {
        for kind in [PolicyTypeBound, PolicyTypeNeverExport] {
            let rules = [pinned(1), rule.clone()];
            let error = refusal(world.create(ruled("a", &rules, kind.into())).await);
            assert_eq!(error.code(), ErrorCode::CreateBadData);
            assert!(error.message().contains("rule 1 of secret a"), "{error}");
        }
    }
    world.create(ruled("a", &[open()], PolicyTypeUnbound.into())).await.unwrap();
    for measurement in [1, 2] {
        world.ta(enclave(measurement)).get(SERVICE, "a").await.unwrap();
    }
    let debug = EnclaveIdentity { debug: true, ..enclave(1) };
    assert_eq!(code(world.ta(debug).get(SERVICE, "a").await), ErrorCode::NoSuchName);
}

#[tokio::test]
async fn h26_the_firmware_of_a_cloud_pins_nobody() {
    const GOOGLE: &str = "B747D55452E0B9E9079770A49E397C5E6D9573581E246DA7BAAC4F28B5CDC5B1\
                          B6D19251B8EE600FD16A3708F58406F3";
    let world = World::working().await;
    let measured = "AB".repeat(48);
    let snp = UnifiedAttestationAttributes {
        str_tee_platform: "SEV_SNP".into(),
        hex_boot_measurement: measured.clone(),
        ..Default::default()
    };
    let declared =
        UnifiedAttestationAttributes { str_measured: "direct-boot".into(), ..snp.clone() };
    let firmware =
        UnifiedAttestationAttributes { hex_boot_measurement: GOOGLE.into(), ..declared.clone() };
    let mrtd = UnifiedAttestationAttributes {
        str_tee_platform: "TDX".into(),
        hex_mrtd: measured.clone(),
        hex_rtmr3: measured.clone(),
        ..Default::default()
    };
    let system = UnifiedAttestationAttributes {
        hex_rtmr1: measured.clone(),
        hex_rtmr2: measured,
        ..mrtd.clone()
    };
    for (rule, reason) in [
        (snp, "missing: `measured: direct-boot`"),
        (firmware, "its launch measurement is the firmware of Google Cloud"),
        (mrtd, "missing: `rtmr1` or `boot_measurement`, `rtmr2` or `measurement`"),
    ] {
        let error = refusal(world.create(ruled("a", &[pinned(1), rule], 0)).await);
        assert_eq!(error.code(), ErrorCode::CreateBadData);
        assert!(error.message().contains(reason), "{error}");
    }
    world.create(ruled("a", &[declared, system], 0)).await.unwrap();
}

#[tokio::test]
async fn in_simulation_the_sample_files_load() {
    let simulation = |config: &mut crate::support::Config| config.simulation = true;
    let world = World::pending(Suite::Modern, simulation).await.provisioned().await;
    assert!(world.status().await.simulation);
    world.create(ruled("a", &[open()], PolicyTypeBound.into())).await.unwrap();
    world.ta(enclave(1)).get(SERVICE, "a").await.unwrap();
}

#[tokio::test]
async fn rules_without_meaning_are_refused() {
    let world = World::working().await;
    for (attribute, rule) in [
        (
            "hex_ta_measurement",
            UnifiedAttestationAttributes { hex_ta_measurement: "not hex".into(), ..pinned(1) },
        ),
        (
            "hex_ta_measurement",
            UnifiedAttestationAttributes { hex_ta_measurement: "abc".into(), ..pinned(1) },
        ),
        (
            "str_min_isvsvn",
            UnifiedAttestationAttributes { str_min_isvsvn: "-1".into(), ..pinned(1) },
        ),
        (
            "bool_debug_disabled",
            UnifiedAttestationAttributes { bool_debug_disabled: "maybe".into(), ..pinned(1) },
        ),
        (
            "str_tcb_status",
            UnifiedAttestationAttributes { str_tcb_status: "Fine".into(), ..pinned(1) },
        ),
    ] {
        let error = refusal(world.create(ruled("a", &[pinned(1), rule], 0)).await);
        assert_eq!(error.code(), ErrorCode::CreateBadData);
        let message = error.message();
        assert!(message.contains("main_attributes[1]") && message.contains(attribute), "{message}");
    }
    for kind in [3, -1] {
        let refused = code(world.create(ruled("a", &[pinned(1)], kind)).await);
        assert_eq!(refused, ErrorCode::CreateBadData, "policy type {kind}");
    }
}

#[tokio::test]
async fn one_rule_of_several_is_enough_and_all_of_a_rule_is_needed() {
    let world = World::working().await;
    let versioned = UnifiedAttestationAttributes { str_min_isvsvn: "5".into(), ..signer(0xA0) };
    world.create(ruled("a", &[pinned(7), versioned], 0)).await.unwrap();
    let with_svn = |svn| EnclaveIdentity { svn, ..enclave(1) };
    for (identity, admitted) in [
        (enclave(7), true),
        (with_svn(4), false),
        (with_svn(5), true),
        (with_svn(6), true),
        (EnclaveIdentity { mrsigner: [0xB0; 32], ..with_svn(6) }, false),
        (EnclaveIdentity { debug: true, ..with_svn(6) }, false),
    ] {
        let label = format!("{identity:?}");
        assert_eq!(world.ta(identity).get(SERVICE, "a").await.is_ok(), admitted, "{label}");
    }
}

#[tokio::test]
async fn a_debug_enclave_gets_what_is_meant_for_one() {
    let world = World::working().await;
    let debugged =
        UnifiedAttestationAttributes { bool_debug_disabled: "false".into(), ..pinned(1) };
    world.create(ruled("debug", &[debugged], 0)).await.unwrap();
    let debug = EnclaveIdentity { debug: true, ..enclave(1) };
    world.ta(debug).get(SERVICE, "debug").await.unwrap();
    assert_eq!(code(world.ta(enclave(1)).get(SERVICE, "debug").await), ErrorCode::NoSuchName);
}

#[tokio::test]
async fn the_key_and_the_user_data_of_a_report_can_be_pinned() {
    let world = World::working().await;
    let ta = world.ta(enclave(1));
    let keyed = UnifiedAttestationAttributes {
        hex_hash_or_pem_pubkey: ta.key.public().fingerprint().to_string(),
        ..Default::default()
    };
    let marked = UnifiedAttestationAttributes { hex_user_data: "31313131".into(), ..pinned(1) };
    let unmarked = UnifiedAttestationAttributes { hex_user_data: "32".into(), ..pinned(1) };
    world.create(ruled("keyed", &[keyed], 0)).await.unwrap();
    world.create(ruled("marked", &[marked], 0)).await.unwrap();
    world.create(ruled("unmarked", &[unmarked], 0)).await.unwrap();
    ta.get(SERVICE, "keyed").await.unwrap();
    ta.get(SERVICE, "marked").await.unwrap();
    assert_eq!(code(ta.get(SERVICE, "unmarked").await), ErrorCode::NoSuchName);
    assert_eq!(code(world.ta(enclave(1)).get(SERVICE, "keyed").await), ErrorCode::NoSuchName);
}
