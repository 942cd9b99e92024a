use aecs_sim::vectors;

use super::*;

#[test]
fn hygons_root_is_the_published_one() {
    check_root(HYGON_ROOT).unwrap();
    // As published by others who pin it: the key's x coordinate, little endian.
    let x = HYGON_ROOT.get(68..100).map(hex::encode);
    let expected = "2df6c2921df2f52a501fcd85e73509c8753a5609db02d7f34cf1a4624de162be";
    assert_eq!(x.as_deref(), Some(expected));
}

#[test]
fn a_genuine_report_is_signed_by_the_key_in_it() {
    let Some(text) = vectors::read("csv/evidence.json") else { return };
    let evidence: serde_json::Value = serde_json::from_slice(&text).unwrap();
    let bytes: Vec<u8> =
        serde_json::from_value(evidence["attestation_report"]["data"].clone()).unwrap();
    let report = Report::parse(&bytes).unwrap();
    assert_eq!(report.chip_id, "KPA64911240507");
    assert_eq!(report.hmac_holds().unwrap(), None, "its bytes were blanked");
    let pek = ChipCertificate::parse(PEK, &report.pek).unwrap();
    assert_eq!((pek.usage, pek.algorithm, pek.api), (USAGE_PEK, ALGORITHM_SM2, (1, 3)));
    assert!(pek.signature_of(USAGE_CEK).is_some());
    verify_signature(&report, &pek, &mut Checks::new()).unwrap();

    let attributes = describe(&report, &pek).to_message();
    assert_eq!(
        attributes.hex_boot_measurement,
        "AE2A2CF1F41A485FA37BF9AE92F678783C59FBC79DE7B5D237743D58F5538034"
    );
    assert_eq!(attributes.hex_nonce, "AD998A845C45CF30944D1C285629E768");
    assert_eq!(attributes.hex_secure_flags, "45000000");
    assert_eq!(attributes.bool_debug_disabled, "true");
    assert_eq!(attributes.bool_migration_disabled, "false");
    assert_eq!(ReportData::from(report.report_data).user_data.0, [0; 32]);

    for at in (0..0xB4).chain(0xC0..0xE0).chain(0x108..0x128) {
        let mut bytes = bytes.clone();
        bytes[at] ^= 1;
        let report = Report::parse(&bytes).unwrap();
        assert!(verify_signature(&report, &pek, &mut Checks::new()).is_err(), "byte {at}");
    }
}
