//! Everything that can be wrong between the processor's report and the key, each refused by its
//! own check. What can be wrong with the processor's report itself is tested with its platform.

use std::time::SystemTime;

use aecs_attest::{Check, Endorsement, Error, Platform, SnpProduct, Verifier};
use aecs_proto::AzureVtpmReport;
use aecs_sim::{SimulatedAzure, SimulatedSnp, TpmBinding};

use crate::azure::support::{AMD, REPORT_DATA, appraise, change, envelope, machine, verifier};
use crate::support::refusal::{Refusal, refusal, refused};

/// Offsets in an HCL report.
const SNP: usize = 32;
const REQUEST_DATA: usize = SNP + 1184;
const CLAIMS: usize = REQUEST_DATA + 20;

const HCL: Refusal = Refusal::Malformed("HCL report");
const TPM: Refusal = Refusal::Malformed("TPM quote");
const SIGNATURE: Refusal = Refusal::Untrusted(Check::AZURE_TPM_SIGNATURE);
const PCRS: Refusal = Refusal::Mismatch(Check::AZURE_PCRS);

fn hcl(report: &mut AzureVtpmReport, at: usize) {
    change(&mut report.b64_hcl_report, |bytes| bytes[at] ^= 0x10);
}

/// Changes a word of the claims into another of the same length.
fn claim(report: &mut AzureVtpmReport, from: &str, to: &str) {
    change(&mut report.b64_hcl_report, |bytes| {
        let at = bytes.windows(from.len()).position(|part| part == from.as_bytes()).unwrap();
        bytes[at..at + from.len()].copy_from_slice(to.as_bytes());
    });
}

/// A name, what is done to genuine evidence, and the check that refuses it.
type Damage = (&'static str, fn(&mut AzureVtpmReport), Refusal);

const DAMAGES: &[Damage] = &[
    ("magic of the HCL report", |r| hcl(r, 0), HCL),
    ("version of the HCL report", |r| hcl(r, 4), Refusal::Unsupported("version 18 of HCL reports")),
    ("size in the HCL report", |r| hcl(r, 8), HCL),
    ("kind of request", |r| hcl(r, 12), HCL),
    ("status", |r| hcl(r, 16), HCL),
    ("size of the request data", |r| hcl(r, REQUEST_DATA), HCL),
    (
        "version of the claims",
        |r| hcl(r, REQUEST_DATA + 4),
        Refusal::Unsupported("version 17 of runtime claims"),
    ),
    (
        "kind of the processor's report",
        |r| hcl(r, REQUEST_DATA + 8),
        Refusal::Unsupported("processor's report of kind 18 in an HCL report"),
    ),
    ("a TDX report", |r| change(&mut r.b64_hcl_report, |bytes| bytes[REQUEST_DATA + 8] = 4), HCL),
    (
        "hash of the claims",
        |r| hcl(r, REQUEST_DATA + 12),
        Refusal::Unsupported("hash 17 of runtime claims"),
    ),
    (
        "another hash of the claims",
        |r| change(&mut r.b64_hcl_report, |bytes| bytes[REQUEST_DATA + 12] = 2),
        Refusal::Mismatch(Check::AZURE_RUNTIME_CLAIMS),
    ),
    ("size of the claims", |r| hcl(r, REQUEST_DATA + 16), HCL),
    ("bytes behind the claims", |r| change(&mut r.b64_hcl_report, |bytes| bytes.push(1)), HCL),
    (
        "an HCL report cut off",
        |r| change(&mut r.b64_hcl_report, |bytes| bytes.truncate(CLAIMS + 10)),
        HCL,
    ),
    ("claims that are not JSON", |r| hcl(r, CLAIMS), Refusal::Malformed("runtime claims")),
    (
        "the user data in the claims",
        |r| claim(r, "5A5A5A", "5A5A5B"),
        Refusal::Mismatch(Check::AZURE_RUNTIME_CLAIMS),
    ),
    (
        "a configuration in the claims",
        |r| claim(r, "\"secure-boot\":true", "\"secure-b00t\":true"),
        Refusal::Mismatch(Check::AZURE_RUNTIME_CLAIMS),
    ),
    ("the processor's report", |r| hcl(r, SNP + 0x90), Refusal::Untrusted(Check::SNP_SIGNATURE)),
    (
        "what the processor's report binds",
        |r| hcl(r, SNP + 0x50),
        Refusal::Untrusted(Check::SNP_SIGNATURE),
    ),
    ("magic of the quote", |r| change(&mut r.b64_tpm_message, |bytes| bytes[0] = 0), TPM),
    ("another kind of attestation", |r| change(&mut r.b64_tpm_message, |b| b[5] = 0x17), TPM),
    ("a quote cut off", |r| change(&mut r.b64_tpm_message, |bytes| bytes.truncate(100)), TPM),
    ("bytes behind the quote", |r| change(&mut r.b64_tpm_message, |bytes| bytes.push(0)), TPM),
    ("signer of the quote", |r| change(&mut r.b64_tpm_message, |b| b[20] ^= 1), SIGNATURE),
    ("extra data of the quote", |r| change(&mut r.b64_tpm_message, |b| b[50] ^= 1), SIGNATURE),
    ("clock of the quote", |r| change(&mut r.b64_tpm_message, |b| b[95] ^= 1), SIGNATURE),
    (
        "digest of the quote",
        |r| change(&mut r.b64_tpm_message, |b| *b.last_mut().unwrap() ^= 1),
        SIGNATURE,
    ),
    ("the signature", |r| change(&mut r.b64_tpm_signature, |b| b[0] ^= 1), SIGNATURE),
    ("a longer signature", |r| change(&mut r.b64_tpm_signature, |b| b.push(0)), SIGNATURE),
    ("no signature", |r| r.b64_tpm_signature.clear(), SIGNATURE),
    ("a register", |r| r.hex_pcrs[7] = "00".repeat(32), PCRS),
    ("registers in another order", |r| r.hex_pcrs.swap(0, 1), PCRS),
    ("a register less", |r| drop(r.hex_pcrs.pop()), PCRS),
    ("a register more", |r| r.hex_pcrs.push("00".repeat(32)), PCRS),
    ("no register", |r| r.hex_pcrs.clear(), Refusal::Malformed("PCRs")),
    ("a short register", |r| r.hex_pcrs[0] = "00".repeat(31), Refusal::Malformed("PCRs")),
    (
        "more registers than there are",
        |r| r.hex_pcrs.resize(33, "00".repeat(32)),
        Refusal::Malformed("PCRs"),
    ),
    ("a TD quote", |r| r.b64_td_quote = "AAAA".into(), Refusal::Malformed("Azure report")),
    ("no endorsements", |r| r.json_endorsements.clear(), Refusal::NoCollateral),
    (
        "another machine's quote",
        |r| {
            let other = machine().evidence(&REPORT_DATA).unwrap();
            r.b64_tpm_message = other.b64_tpm_message;
            r.b64_tpm_signature = other.b64_tpm_signature;
        },
        SIGNATURE,
    ),
    (
        "another machine's claims",
        |r| {
            let other = machine().evidence(&REPORT_DATA).unwrap();
            r.b64_hcl_report = other.b64_hcl_report;
        },
        Refusal::Untrusted(Check::SNP_SIGNATURE),
    ),
    (
        "another machine's key",
        |r| {
            // The whole request data of another machine behind the genuine processor's report.
            let mut other = machine().evidence(&REPORT_DATA).unwrap();
            let mut genuine = Vec::new();
            change(&mut r.b64_hcl_report, |bytes| genuine.clone_from(bytes));
            change(&mut other.b64_hcl_report, |bytes| {
                bytes[SNP..REQUEST_DATA].copy_from_slice(&genuine[SNP..REQUEST_DATA]);
            });
            r.b64_hcl_report = other.b64_hcl_report;
            r.b64_tpm_message = other.b64_tpm_message;
            r.b64_tpm_signature = other.b64_tpm_signature;
        },
        Refusal::Mismatch(Check::AZURE_RUNTIME_CLAIMS),
    ),
];

#[test]
fn every_damage_is_refused_by_its_own_check() {
    let verifier = verifier();
    let genuine = machine().evidence(&REPORT_DATA).unwrap();
    appraise(&verifier, &genuine, SystemTime::now()).unwrap();
    for (name, damage, expected) in DAMAGES {
        let mut report = genuine.clone();
        damage(&mut report);
        refused(name, appraise(&verifier, &report, SystemTime::now()), expected);
    }
}

#[test]
fn reports_that_the_guest_made_itself_are_refused() {
    for vmpl in 1..4 {
        let mut guest = SimulatedSnp::new(&AMD, SnpProduct::Genoa).unwrap();
        guest.report.vmpl = vmpl;
        let machine = SimulatedAzure::on_snp(guest).unwrap();
        let evidence = machine.evidence(&REPORT_DATA).unwrap();
        let error = appraise(&verifier(), &evidence, SystemTime::now()).unwrap_err();
        assert_eq!(refusal(&error), Refusal::Mismatch(Check::AZURE_PARAVISOR), "VMPL {vmpl}");
    }
}

#[test]
fn the_claim_and_the_quote_bind_the_same() {
    // A quote over the hash of other report data than is claimed answers somebody's nonce.
    let one = machine().evidence(&REPORT_DATA).unwrap();
    let mut machine = machine();
    machine.binding = TpmBinding::Nonce(vec![0x77; 48]);
    let other = machine.evidence(&REPORT_DATA).unwrap();
    let appraised = appraise(&verifier(), &other, SystemTime::now()).unwrap();
    assert!(appraised.report_data().is_none());
    let appraised = appraise(&verifier(), &one, SystemTime::now()).unwrap();
    assert!(appraised.report_data().is_some());
}

#[test]
fn roots_are_those_of_the_platform() {
    let evidence = machine().evidence(&REPORT_DATA).unwrap();
    let root = AMD.root_der(SnpProduct::Genoa);
    for builder in [
        Verifier::builder(),
        Verifier::builder().vendor_roots(),
        Verifier::builder().simulated_platform_root(Platform::SevSnp, root),
    ] {
        let verifier = builder.build().unwrap();
        let error = appraise(&verifier, &evidence, SystemTime::now()).unwrap_err();
        let chain = Endorsement::SNP_CHAIN;
        assert!(
            matches!(error, Error::UnknownRoot { chain: found, .. } if found == chain),
            "{error:?}"
        );
    }
}

#[test]
fn snp_is_not_taken_for_tdx() {
    let evidence = machine().evidence(&REPORT_DATA).unwrap();
    let report = envelope(Platform::AzureTdx, "Passport", &evidence);
    let error = verifier().appraise(&report, SystemTime::now()).unwrap_err();
    assert_eq!(refusal(&error), HCL);
}
