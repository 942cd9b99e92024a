//! Recorded evidence, as far as it can be judged without what Intel publishes.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a panic is how a test fails, and a skipped one has to say so"
)]

use std::time::SystemTime;

use aecs_sim::vectors::{self, azure::Recording};

use super::*;
use crate::anchor::Backing;
use crate::attributes::facts::Facts;
use crate::revocation::Revocation;
use crate::signature::memory::SignatureMemory;
use crate::tcb::TcbStatus;

/// As if the processor's report had been verified.
fn appraisal() -> Appraisal {
    Appraisal {
        facts: Facts::default(),
        backing: Backing::Hardware,
        tcb_status: TcbStatus::UpToDate,
        revocation: Revocation::NotChecked("this is a test"),
        binding: Binding::Nonce(Vec::new()),
        checks: Checks::new(),
    }
}

#[test]
fn a_recorded_td_quote_binds_what_is_behind_it() {
    let Some(json) = vectors::read("azure/tdx-evidence-v1.json") else { return };
    let report = Recording::parse(&json).report;
    let bytes = base64_within("quote", &report.b64_td_quote, limits::QUOTE).unwrap();
    let quote = Quote::parse(IntelTee::Tdx, &bytes).unwrap();
    let crate::platform::dcap::Body::TrustDomain(body) = quote.body() else {
        panic!("no TD quote")
    };
    let report_data = body.report_data.to_bytes();

    let vtpm = Vtpm::parse(&report, Tee::Tdx).unwrap();
    let completed = vtpm.complete(&report_data, appraisal()).unwrap();
    assert_eq!(completed.binding, Binding::Nonce(b"challenge".to_vec()));
    let completed = completed.facts.to_message();
    assert!(completed.str_pcrs.starts_with("0=782B20B10F55CC46"));
    assert_eq!(completed.str_pcrs.split(',').count(), 24);

    for at in [0, 31, 32, 63] {
        let mut other = report_data;
        other[at] ^= 1;
        let Err(error) = vtpm.complete(&other, appraisal()) else { panic!("byte {at}: accepted") };
        let check = Check::AZURE_RUNTIME_CLAIMS;
        assert!(matches!(error, Error::Mismatch { check: found, .. } if found == check), "{at}");
    }
}

#[test]
fn a_td_quote_without_collateral_is_refused() {
    let Some(json) = vectors::read("azure/tdx-evidence-v1.json") else { return };
    let report = Recording::parse(&json).report;
    let trust = Trust { vendor_roots: true, ..Default::default() };
    let verifier = AzureTdx::new(Platform::AzureTdx, &trust).unwrap();
    let context =
        Context { now: SystemTime::now(), collateral: None, signatures: &SignatureMemory::new(0) };
    for report_type in [crate::ReportType::Passport, crate::ReportType::BackgroundCheck] {
        let json_report = aecs_proto::json::to_string(&report);
        let evidence = Evidence { report_type, json_report: &json_report };
        let Err(error) = verifier.appraise(&evidence, &context) else { panic!("accepted") };
        assert!(matches!(error, Error::NoCollateral), "{error:?}");
    }
}
