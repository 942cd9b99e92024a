//! Evidence of real hardware, below the key binding: nobody has the keys that these quotes bind.

use std::time::{Duration, SystemTime};

use aecs_proto::{SgxQlQveCollateral, json};
use aecs_sim::vectors::{self, intel};

use super::*;
use crate::anchor::Backing;
use crate::clock::rfc3339;
use crate::encoding::to_base64;
use crate::error::limit;
use crate::fingerprint::Fingerprint;
use crate::signature::memory::SignatureMemory;
use crate::tcb::TcbStatus;

#[derive(Clone)]
struct Genuine {
    quote: Vec<u8>,
    collateral: SgxQlQveCollateral,
}

impl Genuine {
    fn load() -> Option<Self> {
        let quote = vectors::read("sgx/quote.bin")?;
        let collateral = intel::collateral("sgx/collateral.json", IntelTee::Sgx.number())?;
        Some(Self { quote, collateral })
    }

    fn appraise(&self, now: SystemTime) -> Result<Appraisal> {
        appraise(&self.quote, &json::to_string(&self.collateral), now)
    }
}

fn appraise(quote: &[u8], json_collateral: &str, now: SystemTime) -> Result<Appraisal> {
    let report =
        DcapReport { b64_quote: to_base64(quote), json_collateral: json_collateral.to_owned() };
    let json_report = json::to_string(&report);
    limit("report", &json_report, limits::REPORT)?;
    let trust = Trust { vendor_roots: true, ..Trust::default() };
    let evidence = Evidence { report_type: ReportType::Passport, json_report: &json_report };
    let context = Context { now, collateral: None, signatures: &SignatureMemory::new(0) };
    Sgx::new(Platform::SgxDcap, &trust).unwrap().appraise(&evidence, &context)
}

/// 2025-06-20, within the collateral's validity.
fn then() -> SystemTime {
    from_unix_seconds(1_750_377_600)
}

#[test]
fn the_embedded_root_is_intels() {
    let fingerprint = "44A0196B2B99F889B8E149E95B807A350E7424964399E885A7CBB8CCFAB674D3";
    assert_eq!(Fingerprint::of(intel_root_der()).to_string(), fingerprint);
}

#[test]
fn a_genuine_quote_is_genuine() {
    let Some(genuine) = Genuine::load() else { return };
    let appraisal = genuine.appraise(then()).unwrap();
    assert_eq!(appraisal.backing, Backing::Hardware);
    assert_eq!(appraisal.tcb_status, TcbStatus::ConfigurationAndSwHardeningNeeded);
    let message = appraisal.facts.to_message();
    assert_eq!(message.str_tcb_status, "ConfigurationAndSWHardeningNeeded");
    assert_eq!(message.str_advisory_ids, "INTEL-SA-00289,INTEL-SA-00615");
    assert_eq!(message.str_tcb_date, "2024-03-13T00:00:00Z");
    assert_eq!(message.bool_debug_disabled, "true");
    assert_eq!(rfc3339(appraisal.checks.window().0), "2025-06-19T10:56:11Z");
    // The QE identity is the first to expire.
    assert_eq!(rfc3339(appraisal.checks.window().1), "2025-07-19T10:01:18Z");
}

#[test]
fn a_genuine_quote_is_refused_outside_its_time() {
    let Some(genuine) = Genuine::load() else { return };
    let early = from_unix_seconds(1_577_836_800);
    let error = genuine.appraise(early).err().unwrap();
    assert!(matches!(error, Error::NotYetValid { .. }), "{error:?}");
    let late = from_unix_seconds(1_893_456_000);
    let error = genuine.appraise(late).err().unwrap();
    assert!(matches!(error, Error::Expired { .. }), "{error:?}");

    let until = genuine.appraise(then()).unwrap().checks.window().1;
    assert!(genuine.appraise(until).is_ok());
    let error = genuine.appraise(until + Duration::from_secs(1)).err().unwrap();
    assert!(matches!(error, Error::Expired { at, .. } if at == until), "{error:?}");
}

#[test]
fn a_quote_without_collateral_is_refused() {
    for name in ["sgx/quote.bin", "sgx/occlum-quote.bin"] {
        let Some(quote) = vectors::read(name) else { return };
        let error = appraise(&quote, "", then()).err().unwrap();
        assert!(matches!(error, Error::NoCollateral), "{name}: {error:?}");
    }
}

#[test]
fn another_platforms_collateral_is_refused() {
    let Some(genuine) = Genuine::load() else { return };
    let Some(quote) = vectors::read("sgx/occlum-quote.bin") else { return };
    let other = Genuine { quote, ..genuine };
    assert!(other.appraise(then()).is_err());
}

#[test]
fn a_quote_of_another_platform_is_refused() {
    let Some(genuine) = Genuine::load() else { return };
    for name in ["tdx/quote.bin", "tdx/quote-v5.bin"] {
        let Some(quote) = vectors::read(name) else { return };
        assert!(Genuine { quote, ..genuine.clone() }.appraise(then()).is_err(), "{name}");
    }
}

#[test]
fn every_signed_byte_of_the_quote_counts() {
    let Some(genuine) = Genuine::load() else { return };
    // Up to the certificates, which are in PEM and looked at by themselves.
    for at in (0..436 + 64 + 64 + 384 + 64 + 2 + 32 + 6).step_by(5) {
        let mut changed = genuine.clone();
        changed.quote[at] ^= 0x10;
        assert!(changed.appraise(then()).is_err(), "byte {at}");
    }
}

#[test]
fn every_byte_of_the_certificates_counts() {
    let Some(genuine) = Genuine::load() else { return };
    let (fixed, chain) = genuine.quote.split_at(436 + 64 + 64 + 384 + 64 + 2 + 32 + 6);
    let blocks = pem::parse_many(chain).unwrap();
    for (i, block) in blocks.iter().enumerate() {
        for at in (0..block.contents().len()).step_by(41) {
            let mut der = block.contents().to_vec();
            der[at] ^= 0x01;
            let mut blocks = blocks.clone();
            blocks[i] = pem::Pem::new("CERTIFICATE", der);
            let chain: String = blocks.iter().map(pem::encode).collect();
            let changed = Genuine { quote: quote_with_chain(fixed, &chain), ..genuine.clone() };
            assert!(changed.appraise(then()).is_err(), "certificate {i}, byte {at}");
        }
    }
}

/// Puts another chain behind the fixed part, with the lengths to go with it.
fn quote_with_chain(fixed: &[u8], chain: &str) -> Vec<u8> {
    let mut quote = fixed.to_vec();
    let chain_len = u32::try_from(chain.len()).unwrap();
    let signature_len = u32::try_from(fixed.len() - 436).unwrap() + chain_len;
    quote[432..436].copy_from_slice(&signature_len.to_le_bytes());
    let at = quote.len() - 4;
    quote[at..].copy_from_slice(&chain_len.to_le_bytes());
    quote.extend(chain.as_bytes());
    quote
}

#[test]
fn every_part_of_the_collateral_counts() {
    let Some(genuine) = Genuine::load() else { return };
    type Field = fn(&mut SgxQlQveCollateral) -> &mut String;
    let fields: [(&str, Field); 7] = [
        ("pck_crl_issuer_chain", |c| &mut c.pck_crl_issuer_chain),
        ("root_ca_crl", |c| &mut c.root_ca_crl),
        ("pck_crl", |c| &mut c.pck_crl),
        ("tcb_info_issuer_chain", |c| &mut c.tcb_info_issuer_chain),
        ("tcb_info", |c| &mut c.tcb_info),
        ("qe_identity_issuer_chain", |c| &mut c.qe_identity_issuer_chain),
        ("qe_identity", |c| &mut c.qe_identity),
    ];
    for (name, field) in fields {
        let text = field(&mut genuine.collateral.clone()).clone();
        for at in (0..text.len()).step_by(83) {
            let mut bytes = text.clone().into_bytes();
            // Another digit or letter, so that the text stays what it is in form.
            bytes[at] = match bytes[at] {
                byte @ (b'0'..=b'8' | b'a'..=b'e' | b'A'..=b'E' | b'g'..=b'y' | b'G'..=b'Y') => {
                    byte + 1
                }
                _ => continue,
            };
            let mut changed = genuine.clone();
            *field(&mut changed.collateral) = String::from_utf8(bytes).unwrap();
            assert!(changed.appraise(then()).is_err(), "{name}, byte {at}");
        }
        let mut missing = genuine.clone();
        field(&mut missing.collateral).clear();
        assert!(missing.appraise(then()).is_err(), "{name} missing");
    }
}

#[test]
fn revocation_lists_may_be_pem() {
    let Some(mut genuine) = Genuine::load() else { return };
    for crl in [&mut genuine.collateral.root_ca_crl, &mut genuine.collateral.pck_crl] {
        let der = hex::decode(crl.as_bytes()).unwrap();
        *crl = pem::encode(&pem::Pem::new("X509 CRL", der));
    }
    assert!(genuine.appraise(then()).is_ok());
}
