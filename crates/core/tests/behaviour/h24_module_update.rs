//! Secrets that an application in a trust domain creates for itself: an update of the TDX module
//! leaves them to it, and no other system gets them.

use aecs_attest::{Attester, ReportRequest, UserData};
use aecs_core::{ErrorCode, TaRule};
use aecs_crypto::{KeyPair, Suite};
use aecs_proto::{EnclaveSecretType::SecretTypeAes256Key, TaBinding, UnifiedAttestationAttributes};
use aecs_sim::TdIdentity;

use crate::support::{Ta, World, code, refusal, secret};

/// A core that lets the applications of these machines create secrets.
async fn world() -> World {
    let own = TdIdentity::default();
    let rule = UnifiedAttestationAttributes {
        str_tee_platform: "TDX".into(),
        hex_mrtd: hex::encode(own.mrtd),
        hex_rtmr1: hex::encode(own.rtmrs[1]),
        hex_rtmr2: hex::encode(own.rtmrs[2]),
        ..UnifiedAttestationAttributes::default()
    };
    let rule = TaRule::plain(&rule).unwrap();
    let world = World::pending(Suite::Modern, |config| config.ta_secrets = vec![rule]).await;
    world.provisioned().await
}

fn application(world: &World, identity: TdIdentity) -> Ta {
    let key = KeyPair::generate(Suite::Modern).unwrap();
    let request = ReportRequest::passport(UserData([0x31; 32]), key.public());
    let report = world.cpu.trust_domain(identity).attest(&request).unwrap();
    Ta::new(world.core.clone(), world.clock.clone(), key, report)
}

#[tokio::test]
async fn h24_an_update_of_the_tdx_module_leaves_secrets_to_their_owner() {
    let world = world().await;
    let before = TdIdentity::default();
    let own = secret("mine", SecretTypeAes256Key, UnifiedAttestationAttributes::default());
    application(&world, before.clone()).create(own, TaBinding::Measurement).await.unwrap();

    let updated = TdIdentity { mrseam: [0x5E; 48], ..before.clone() };
    let mut running = updated.clone();
    running.rtmrs[3] = [0x33; 48];
    for same in [before.clone(), updated, running] {
        application(&world, same).own("mine").await.unwrap();
    }
    for register in [1, 2] {
        let mut other = before.clone();
        other.rtmrs[register] = [0x77; 48];
        let other = application(&world, other);
        assert_eq!(code(other.own("mine").await), ErrorCode::NoSuchName, "RTMR{register}");
    }
    let other = application(&world, TdIdentity { mrtd: [0x77; 48], ..before });
    assert_eq!(code(other.own("mine").await), ErrorCode::NoSuchName);
}

#[tokio::test]
async fn h24_what_others_have_too_is_no_owner() {
    let world = world().await;
    let own = secret("mine", SecretTypeAes256Key, UnifiedAttestationAttributes::default());
    let machine = application(&world, TdIdentity::default());
    let error = refusal(machine.create(own, TaBinding::Signer).await);
    assert_eq!(error.code(), ErrorCode::CreateBadData);
    assert!(error.message().contains("it pins no code on TDX, missing: `mrtd`"), "{error}");
}
