//! A rule may declare that a launch measurement covers the system; evidence can show that it does
//! not.

use aecs_attest::{Acceptance, Policy, SnpProduct};
use aecs_proto::{UnifiedAttestationAttributes as Entry, UnifiedAttestationPolicy};

use crate::snp::support::{Parts, guest, verifier};

const GOOGLE: &str = "B747D55452E0B9E9079770A49E397C5E6D9573581E246DA7BAAC4F28B5CDC5B1\
                      B6D19251B8EE600FD16A3708F58406F3";

#[test]
fn h26_a_signed_id_block_over_the_firmware_of_a_cloud_is_denied() {
    let rule = Entry {
        str_tee_platform: "SEV_SNP".into(),
        hex_signer: "C7".repeat(48),
        str_measured: "direct-boot".into(),
        ..Entry::default()
    };
    let rules = UnifiedAttestationPolicy { main_attributes: vec![rule], ..Default::default() };
    let policy = Policy::parse(&rules).unwrap();
    let explained = |measurement: [u8; 48]| {
        let mut guest = guest(SnpProduct::Milan);
        guest.report.id_key_digest = [0xC7; 48];
        guest.report.measurement = measurement;
        let report = Parts::of(&guest).passport();
        let appraised = verifier().appraise(&report, std::time::SystemTime::now()).unwrap();
        policy.explain(appraised.get(), &Acceptance::default())
    };
    assert!(explained([7; 48]).admits());
    let google = hex::decode(GOOGLE).unwrap().try_into().unwrap();
    let denied = explained(google);
    assert!(!denied.admits());
    let mismatches = denied.mismatches();
    assert_eq!(mismatches.len(), 1, "{mismatches:?}");
    assert_eq!(
        mismatches[0].to_string(),
        "main_attributes[0].str_measured: expected direct-boot, found cloud-firmware"
    );
    // No change of the rule helps.
    let failed = denied.nearest().next().unwrap().failures().next().unwrap();
    assert_eq!(failed.remedy.as_ref().unwrap().entry, None);
}
