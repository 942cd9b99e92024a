//! A report of a real H100.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::support::refusal::{Refusal, refusal};
use aecs_attest::{Appraised, Backing, Check, Endorsement, Error, Verified, Verifier};
use aecs_sim::SimulatedGpu;
use aecs_sim::vectors;

/// 2025-11-20; the certificates are valid from 2022 on, and for ever.
const IN_TIME: u64 = 1_763_600_000;
/// 2022-02-01, a month before the youngest certificate.
const BEFORE: u64 = 1_643_700_000;

fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(seconds)
}

struct Vector {
    report: Vec<u8>,
    chain: String,
}

fn vector() -> Option<Vector> {
    let report = String::from_utf8(vectors::read("nvidia/hopper-report.txt")?).unwrap();
    let chain = String::from_utf8(vectors::read("nvidia/hopper-chain.txt")?).unwrap();
    Some(Vector { report: hex::decode(report.trim()).unwrap(), chain })
}

fn appraise(report: &[u8], chain: &str, now: u64) -> Result<Verified<Appraised>, Error> {
    let verifier = Verifier::builder().vendor_roots().build().unwrap();
    verifier.appraise(&SimulatedGpu::evidence(report, chain), at(now))
}

#[test]
fn a_real_gpu_is_genuine() {
    let Some(Vector { report, chain }) = vector() else { return };
    let appraised = appraise(&report, &chain, IN_TIME).unwrap();
    assert_eq!(appraised.backing(), Backing::Hardware);
    let attributes = appraised.attributes();
    assert_eq!(attributes.str_tee_name, "HOPPER");
    assert_eq!(attributes.str_product, "GH100");
    assert_eq!(attributes.str_tee_identity, "1010_0200_882");
    assert_eq!(attributes.str_versions, "driver=580.95.05,vbios=96.00.74.00.1A");
    assert_eq!(attributes.hex_chip_id, "7BC23E44C689A774F1C5EC86E2C7B2544FFA8989");
    assert_eq!(
        attributes.hex_boot_measurement,
        "F1AE7D0093A3F5689CCED58045C9744F94EB2AA4DDCA88135197FB41A7BE4557\
         6C2881CF920E2CBCC090B1CB921F7B2D"
    );
    assert_eq!(
        attributes.hex_nonce,
        "87D8E24AB336ADAFE228D49E83D745F6DBA4AE505372B6A5704820856B343FEC"
    );
    let measured: Vec<&str> = attributes.str_pcrs.split(',').collect();
    assert_eq!(measured.len(), 64);
    let second = measured.iter().find(|pair| pair.starts_with("2=")).unwrap();
    assert!(second.starts_with("2=B558FDAC9AF53B91FF3BDB06FF589859"), "{second}");
    let nonce = hex::decode(&attributes.hex_nonce).unwrap();
    assert!(appraised.expect_nonce(&nonce).is_ok());
    assert_eq!(appraised.valid_from(), at(1_646_092_800), "2022-03-01");
}

#[test]
fn a_real_gpu_is_refused_before_its_time() {
    let Some(Vector { report, chain }) = vector() else { return };
    for now in [1_577_836_800, BEFORE] {
        let error = appraise(&report, &chain, now).unwrap_err();
        assert_eq!(refusal(&error), Refusal::NotYetValid(Endorsement::NVIDIA_CHAIN), "{error:?}");
    }
    // The certificates have no end (RFC 5280, section 4.1.2.5).
    appraise(&report, &chain, 1_893_456_000).unwrap();
}

#[test]
fn signed_bytes_of_a_real_report_count_everywhere() {
    let Some(Vector { report, chain }) = vector() else { return };
    // A zero follows the signature.
    for index in (0..report.len() - 1).step_by(7) {
        let mut changed = report.clone();
        changed[index] ^= 0x10;
        assert!(appraise(&changed, &chain, IN_TIME).is_err(), "byte {index}");
    }
    let mut signature = report.clone();
    signature[report.len() - 2] ^= 1;
    let error = appraise(&signature, &chain, IN_TIME).unwrap_err();
    assert_eq!(refusal(&error), Refusal::Untrusted(Check::NVIDIA_SIGNATURE), "{error:?}");
}

#[test]
fn bytes_of_real_certificates_count_everywhere() {
    let Some(Vector { report, chain }) = vector() else { return };
    let blocks = pem::parse_many(&chain).unwrap();
    assert_eq!(blocks.len(), 5);
    for index in 0..blocks.len() {
        for byte in (0..blocks[index].contents().len()).step_by(3) {
            let changed = blocks.iter().enumerate().map(|(i, block)| {
                let mut der = block.contents().to_vec();
                if i == index {
                    der[byte] ^= 0x10;
                }
                pem::encode(&pem::Pem::new("CERTIFICATE", der))
            });
            let changed: String = changed.collect();
            assert!(appraise(&report, &changed, IN_TIME).is_err(), "byte {byte} of {index}");
        }
    }
}
