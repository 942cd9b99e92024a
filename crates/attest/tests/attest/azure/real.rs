//! Evidence that machines on Azure have made.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aecs_attest::{Backing, Check, Endorsement, Error, Platform, TcbStatus, Verifier};
use aecs_proto::{AzureVtpmReport, SevSnpEndorsements, json};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::azure::support::{appraise, change, envelope};
use aecs_sim::vectors::{self, azure::Recording};

/// 2025-06-20.
fn valid() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_750_377_600)
}

/// AMD's lists do not come with this evidence.
fn verifier() -> Verifier {
    Verifier::builder().vendor_roots().insecure_no_revocation_list().build().unwrap()
}

fn report(name: &str) -> Option<AzureVtpmReport> {
    let Recording { mut report, vcek } = Recording::parse(&vectors::read(name)?);
    report.json_endorsements = json::to_string(&SevSnpEndorsements {
        b64_vek_cert: STANDARD.encode(vcek),
        ..Default::default()
    });
    Some(report)
}

#[test]
fn recorded_machines_on_snp_are_genuine() {
    let recordings = [
        ("azure/snp-evidence-v2.json", "Milan", "bootloader=4,microcode=219,snp=24,tee=0"),
        ("azure/snp-evidence-genoa.json", "Genoa", "bootloader=10,microcode=84,snp=23,tee=0"),
    ];
    for (name, product, tcb) in recordings {
        let Some(report) = report(name) else { return };
        let appraised = appraise(&verifier(), &report, valid()).unwrap();
        assert_eq!(appraised.platform(), Platform::AzureSnp);
        assert_eq!(appraised.backing(), Backing::Hardware);
        // Recorded before AMD's bulletins of 2025 and 2026.
        assert_eq!(appraised.tcb_status(), TcbStatus::Unrated);
        let attributes = appraised.attributes();
        assert_eq!(attributes.str_tee_platform, "AZURE_SNP_VTPM");
        assert_eq!(attributes.str_product, product);
        assert_eq!(attributes.str_min_tcb, tcb);
        assert_eq!(attributes.bool_debug_disabled, "true");
        assert_eq!(attributes.str_vmpl, "0");
        assert_eq!(attributes.str_pcrs.split(',').count(), 24);
        // They answer somebody's nonce, and so bind nobody's key.
        assert!(appraised.report_data().is_none());
        assert_eq!(appraised.nonce().unwrap().len(), 48);
        assert_eq!(attributes.hex_hash_or_pem_pubkey, "");
    }
}

#[test]
fn recorded_machines_have_their_dates() {
    let Some(report) = report("azure/snp-evidence-v2.json") else { return };
    let year = Duration::from_secs(365 * 24 * 3600);
    let error = appraise(&verifier(), &report, valid() - 5 * year).unwrap_err();
    assert!(matches!(error, Error::NotYetValid { what: Endorsement::SNP_VEK, .. }), "{error:?}");
    let error = appraise(&verifier(), &report, valid() + 9 * year).unwrap_err();
    assert!(matches!(error, Error::Expired { what: Endorsement::SNP_VEK, .. }), "{error:?}");
}

#[test]
fn recorded_machines_are_not_mixed() {
    let Some(milan) = report("azure/snp-evidence-v2.json") else { return };
    let Some(genoa) = report("azure/snp-evidence-genoa.json") else { return };
    let error_of = |report: &AzureVtpmReport| appraise(&verifier(), report, valid()).unwrap_err();

    let mut mixed = milan.clone();
    mixed.json_endorsements = genoa.json_endorsements.clone();
    let check = Check::SNP_SIGNATURE;
    assert!(matches!(error_of(&mixed), Error::Untrusted { check: found, .. } if found == check));

    let mut mixed = milan.clone();
    mixed.b64_tpm_message = genoa.b64_tpm_message.clone();
    mixed.b64_tpm_signature = genoa.b64_tpm_signature.clone();
    mixed.hex_pcrs = genoa.hex_pcrs.clone();
    let check = Check::AZURE_TPM_SIGNATURE;
    assert!(matches!(error_of(&mixed), Error::Untrusted { check: found, .. } if found == check));

    let mut mixed = milan;
    mixed.hex_pcrs = genoa.hex_pcrs;
    let check = Check::AZURE_PCRS;
    assert!(matches!(error_of(&mixed), Error::Mismatch { check: found, .. } if found == check));
}

#[test]
fn every_signed_byte_of_a_recording_counts() {
    let Some(genuine) = report("azure/snp-evidence-genoa.json") else { return };
    let verifier = verifier();
    let refused = |report: &AzureVtpmReport| appraise(&verifier, report, valid()).is_err();
    // The processor's report and the claims; the header in front of them is not protected.
    for at in (0..32 + 1184 + 20 + 1200).filter(|at| !(20..32).contains(at)) {
        let mut report = genuine.clone();
        // Version 3 is as unknown as version 10.
        change(&mut report.b64_hcl_report, |bytes| bytes[at] ^= 0x08);
        assert!(refused(&report), "HCL report, byte {at}");
    }
    for at in 0..161 {
        let mut report = genuine.clone();
        change(&mut report.b64_tpm_message, |bytes| bytes[at] ^= 0x08);
        assert!(refused(&report), "TPM quote, byte {at}");
    }
    for at in 0..256 {
        let mut report = genuine.clone();
        change(&mut report.b64_tpm_signature, |bytes| bytes[at] ^= 0x08);
        assert!(refused(&report), "signature, byte {at}");
    }
}

#[test]
fn a_recorded_machine_on_tdx_lacks_collateral() {
    let Some(json) = vectors::read("azure/tdx-evidence-v1.json") else { return };
    let report = Recording::parse(&json).report;
    for report_type in ["Passport", "BackgroundCheck"] {
        let evidence = envelope(Platform::AzureTdx, report_type, &report);
        let error = verifier().appraise(&evidence, valid()).unwrap_err();
        assert!(matches!(error, Error::NoCollateral), "{error:?}");
    }
    // It is not taken for SEV-SNP either.
    let evidence = envelope(Platform::AzureSnp, "Passport", &report);
    assert!(verifier().appraise(&evidence, valid()).is_err());
}
