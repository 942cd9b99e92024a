//! What an application must prove, and when: W5, W7, W20, W21.

use std::time::{Duration, SystemTime};

use aecs_attest::{Attester, ReportRequest, TcbStatus, UserData};
use aecs_core::{ErrorCode, Kind, StartError};
use aecs_proto::{
    DcapReport,
    EnclaveSecretType::{
        self, SecretTypeAes256Key, SecretTypeConfigurations, SecretTypeImportData,
        SecretTypeRsaKeyPair,
    },
    TaBinding, UnifiedAttestationAttributes, json,
};
use aecs_sim::{CpuOptions, EnclaveIdentity, SimulatedCpu};
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};

use crate::support::{
    SERVICE, Ta, World, code, enclave, imported, key_pair_data, pinned, policy, refusal, secret,
};

const DAY: Duration = Duration::from_secs(24 * 3600);

/// What an application is told whose evidence is refused.
#[track_caller]
fn assert_refused(result: Result<aecs_proto::EnclaveSecret, aecs_core::Error>, world: &World) {
    let error = refusal(result);
    assert_eq!((error.code(), error.kind()), (ErrorCode::NoSuchName, Kind::Unauthenticated));
    let reason = world.audit.last().reason.unwrap();
    assert!(
        reason.starts_with("the attestation report is refused: "),
        "the audit trail explains: {reason}"
    );
}

#[tokio::test]
async fn w05_evidence_expires() {
    let world = World::working().await;
    world.import("a", "data", 1).await.unwrap();
    let ta = world.ta(enclave(1));
    ta.get(SERVICE, "a").await.unwrap();
    world.clock.shift(40 * DAY);
    assert_refused(ta.get(SERVICE, "a").await, &world);
}

#[tokio::test]
async fn w05_a_clock_ahead_refuses_evidence_and_only_as_long_as_it_is_ahead() {
    let world = World::working().await;
    world.import("a", "data", 1).await.unwrap();
    let ta = world.ta(enclave(1));
    world.clock.shift(40 * DAY);
    assert_refused(ta.get(SERVICE, "a").await, &world);
    world.clock.shift_back(40 * DAY);
    ta.get(SERVICE, "a").await.unwrap();
}

#[tokio::test]
async fn w05_a_platform_must_be_up_to_date_unless_the_policy_says_otherwise() {
    let world = World::working().await;
    let tolerant =
        UnifiedAttestationAttributes { str_tcb_status: "UpToDate,OutOfDate".into(), ..pinned(1) };
    world.import("strict", "data", 1).await.unwrap();
    world.create(imported("tolerant", "data", tolerant)).await.unwrap();
    let old = [
        (TcbStatus::OutOfDate, true),
        (TcbStatus::SwHardeningNeeded, false),
        (TcbStatus::OutOfDateConfigurationNeeded, false),
    ];
    for (status, tolerated) in old {
        world.cpu.set_tcb_status(status, &["INTEL-SA-00615"]).unwrap();
        let ta = world.ta(enclave(1));
        assert_eq!(code(ta.get(SERVICE, "strict").await), ErrorCode::NoSuchName, "{status}");
        assert_eq!(ta.get(SERVICE, "tolerant").await.is_ok(), tolerated, "{status}");
    }
    world.cpu.set_tcb_status(TcbStatus::UpToDate, &[]).unwrap();
    world.ta(enclave(1)).get(SERVICE, "strict").await.unwrap();
}

#[tokio::test]
async fn w05_a_revoked_processor_proves_nothing() {
    let world = World::working().await;
    world.import("a", "data", 1).await.unwrap();
    world.cpu.set_pck_revoked(true).unwrap();
    assert_refused(world.ta(enclave(1)).get(SERVICE, "a").await, &world);
}

#[tokio::test]
async fn w05_a_server_does_not_start_on_evidence_that_nobody_accepts() {
    let world = World::working().await;
    let now = SystemTime::now();
    world.cpu.set_collateral_window(Some(now - 10 * DAY..now - DAY)).unwrap();
    let refused = world.restart(|_| ()).await;
    assert!(matches!(refused, Err(StartError::Attestation(_))));
}

/// An application on another simulated processor, whose root the server was not given.
fn elsewhere(world: &World) -> Ta {
    let dir = tempfile::tempdir().unwrap();
    let cpu = SimulatedCpu::create(dir.path(), CpuOptions::default()).unwrap();
    let ta = world.ta(enclave(1));
    let request = ReportRequest::passport(UserData([0; 32]), ta.key.public());
    Ta { report: cpu.enclave(enclave(1)).attest(&request).unwrap(), ..ta }
}

#[tokio::test]
async fn w07_a_simulation_has_a_root_and_only_that_is_believed() {
    let world = World::working().await;
    world.import("a", "data", 1).await.unwrap();
    assert_refused(elsewhere(&world).get(SERVICE, "a").await, &world);
}

#[tokio::test]
async fn w07_a_simulated_quote_is_signed() {
    let world = World::working().await;
    world.import("a", "data", 1).await.unwrap();
    let mut ta = world.ta(enclave(2));
    with_quote(&mut ta, |quote| quote[112..144].fill(1));
    assert_refused(ta.get(SERVICE, "a").await, &world);
}

#[tokio::test]
async fn w20_an_application_plants_nothing() {
    let world = World::working().await;
    let ta = world.ta(enclave(1));
    let bare = |kind: EnclaveSecretType| secret("x", kind, UnifiedAttestationAttributes::default());
    let with = |kind, data: &str| aecs_proto::EnclaveSecret { data: data.into(), ..bare(kind) };
    for planted in [
        with(SecretTypeAes256Key, &"A5".repeat(32)),
        with(SecretTypeRsaKeyPair, &key_pair_data("private", "public")),
        with(SecretTypeImportData, "known"),
        bare(SecretTypeImportData),
        bare(SecretTypeConfigurations),
    ] {
        let refused = code(ta.create(planted, TaBinding::Measurement).await);
        assert_eq!(refused, ErrorCode::CreateDataNotAllowed);
    }
    assert_eq!(code(ta.own("x").await), ErrorCode::NoSuchName);
}

#[tokio::test]
async fn w20_a_secret_belongs_to_who_created_it() {
    let world = World::working().await;
    let (attacker, victim) = (world.ta(enclave(1)), world.ta(enclave(2)));
    let mut planted = secret("x", SecretTypeAes256Key, pinned(2));
    let refused = code(attacker.create(planted.clone(), TaBinding::Measurement).await);
    assert_eq!(refused, ErrorCode::CreateBadData);
    // An empty rule, as clients of 2.0 send it, does not widen the policy either.
    planted.spec.as_mut().unwrap().policy = Some(policy(crate::support::open()));
    attacker.create(planted, TaBinding::Measurement).await.unwrap();
    assert_eq!(code(victim.own("x").await), ErrorCode::NoSuchName);
    attacker.own("x").await.unwrap();
}

#[tokio::test]
async fn w20_creating_needs_evidence_like_every_call() {
    let world = World::working().await;
    let before = world.names().await.len();
    let own = secret("x", SecretTypeAes256Key, UnifiedAttestationAttributes::default());
    let refused = refusal(elsewhere(&world).create(own.clone(), TaBinding::Measurement).await);
    assert_eq!(refused.kind(), Kind::Unauthenticated);
    let debug = EnclaveIdentity { debug: true, ..enclave(1) };
    let refused = refusal(world.ta(debug).create(own, TaBinding::Measurement).await);
    assert_eq!(refused.kind(), Kind::PermissionDenied);
    // The memory of the second request is all that was added.
    assert!(world.names().await.len() <= before + 1);
}

/// Changes the quote inside an application's report.
fn with_quote(ta: &mut Ta, change: impl FnOnce(&mut Vec<u8>)) {
    let report = ta.report.report.as_mut().unwrap();
    let mut dcap: DcapReport = json::from_str(&report.json_report).unwrap();
    let mut quote = BASE64.decode(&dcap.b64_quote).unwrap();
    change(&mut quote);
    dcap.b64_quote = BASE64.encode(quote);
    report.json_report = json::to_string(&dcap);
}

#[tokio::test]
async fn w21_a_quote_of_any_length_is_an_error_and_no_panic() {
    let world = World::working().await;
    world.import("a", "data", 1).await.unwrap();
    for length in [0, 1, 3, 47, 48, 431, 432, 435, 436, 500, 1000] {
        let mut ta = world.ta(enclave(1));
        with_quote(&mut ta, |quote| quote.truncate(length));
        assert_refused(ta.get(SERVICE, "a").await, &world);
    }
    // A length inside that points behind the end.
    let mut ta = world.ta(enclave(1));
    with_quote(&mut ta, |quote| quote[432..436].fill(0xff));
    assert_refused(ta.get(SERVICE, "a").await, &world);
}
