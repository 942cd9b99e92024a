//! Genuine reports.
//!
//! `csv/evidence.json` comes from a guest that had it through the csv-rs library: without the XOR
//! of its signer, and without the certificates of HSK and CEK, which Hygon publishes by the chip's
//! serial number. It is put under the chain of a simulated chip and has to fail at the link between
//! the two and nowhere before; that its signature holds is a test beside the verifier.
//!
//! A whole one is a report as the firmware made it (`csv/report.cert`), with the answer of Hygon's
//! key distribution service for its chip (`csv/hsk_cek.cert`), as the tests of csv-rs have them.

use std::time::SystemTime;

use super::{Parts, chip, report_of, verifier};
use aecs_attest::{Backing, Check, Endorsement, Error, Verifier};
use aecs_crypto::{KeyPair, Suite};
use aecs_sim::{CsvGuest, vectors};
use serde_json::Value;

fn bytes(value: &Value) -> Vec<u8> {
    let array = value.as_array().unwrap();
    array.iter().map(|byte| u8::try_from(byte.as_u64().unwrap()).unwrap()).collect()
}

/// Why the report is not genuine. Nobody has the key that it binds.
fn appraise(verifier: &Verifier, parts: &Parts) -> Error {
    verifier.appraise(&parts.assemble().report.unwrap(), SystemTime::now()).unwrap_err()
}

#[test]
fn the_genuine_report_lacks_nothing_but_its_chain() {
    let Some(text) = vectors::read("csv/evidence.json") else { return };
    let evidence: Value = serde_json::from_slice(&text).unwrap();
    let report = bytes(&evidence["attestation_report"]["data"]);
    let serial = bytes(&evidence["serial_number"]);
    let serial = String::from_utf8(serial).unwrap();

    let (chip, key) = (chip(), KeyPair::generate(Suite::Modern).unwrap());
    let mut parts = Parts::of(&report_of(&chip, CsvGuest::default(), &key));
    parts.report = report;
    parts.chip_id = serial.clone();
    let error = appraise(&verifier(&chip), &parts);
    assert!(matches!(error, Error::Untrusted { check: Check::CSV_PEK, .. }), "{error:?}");
    let hygon = Verifier::builder().vendor_roots().build().unwrap();
    let error = appraise(&hygon, &parts);
    assert!(matches!(error, Error::UnknownRoot { chain: Endorsement::CSV_CHAIN, .. }), "{error:?}");

    parts.chip_id = serial.replace('K', "L");
    let error = appraise(&verifier(&chip), &parts);
    assert!(matches!(error, Error::Mismatch { check: Check::CSV_CHIP_ID, .. }), "{error:?}");
}

#[test]
fn a_genuine_chain_leads_to_hygons_root() {
    let Some(report) = vectors::read("csv/report.cert") else { return };
    let Some(certificates) = vectors::read("csv/hsk_cek.cert") else { return };
    let (chip, key) = (chip(), KeyPair::generate(Suite::Modern).unwrap());
    let mut parts = Parts::of(&report_of(&chip, CsvGuest::default(), &key));
    let (hsk, cek) = certificates.split_at(832);
    (parts.report, parts.hsk, parts.cek) = (report, hsk.into(), cek.into());
    parts.chip_id.clear();
    let hygon = Verifier::builder().vendor_roots().build().unwrap();
    let report = parts.assemble().report.unwrap();
    let appraised = hygon.appraise(&report, SystemTime::now()).unwrap();
    assert_eq!(appraised.backing(), Backing::Hardware);
    assert_eq!(appraised.attributes().str_versions, "api=1.3");
    assert_eq!(appraised.attributes().bool_debug_disabled, "true");
    for at in [0x20, 0x90, 0xB0, 0xC0, 0x108] {
        let mut parts = parts.clone();
        parts.report[at] ^= 1;
        let report = parts.assemble().report.unwrap();
        let error = hygon.appraise(&report, SystemTime::now()).unwrap_err();
        assert!(matches!(error, Error::Untrusted { check: Check::CSV_SIGNATURE, .. }), "{error:?}");
    }
}
