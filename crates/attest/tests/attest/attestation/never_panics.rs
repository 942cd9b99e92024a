//! Whatever comes in, the answer is a refusal and not a panic.

use std::sync::{Arc, LazyLock};
use std::time::SystemTime;

use crate::attestation::support::{Parts, Simulation, policy};
use aecs_attest::{Policy, Sealer as _, Verifier, compare};
use aecs_proto::{
    UnifiedAttestationAttributes, UnifiedAttestationAuthReport, UnifiedAttestationPolicy,
};
use aecs_sim::Aecs20Quotes;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;

struct Fixture {
    simulation: Simulation,
    verifier: Verifier,
    genuine: Parts,
}

static FIXTURE: LazyLock<Fixture> = LazyLock::new(|| {
    let simulation = Simulation::new();
    // The insecure switch opens one more parser.
    let verifier = Verifier::builder()
        .simulated_root(simulation.cpu.root_der())
        .insecure_aecs20_simulation(Arc::new(Aecs20Quotes))
        .build()
        .unwrap();
    let genuine = Parts::of(&simulation.passport());
    Fixture { simulation, verifier, genuine }
});

fn refused(report: &UnifiedAttestationAuthReport) -> bool {
    FIXTURE.verifier.verify(report, SystemTime::now()).is_err()
}

fn with_json_report(platform: &str, json_report: String) -> UnifiedAttestationAuthReport {
    let mut report = FIXTURE.genuine.report.clone();
    let inner = report.report.as_mut().unwrap();
    inner.str_tee_platform = platform.into();
    inner.json_report = json_report;
    report
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn arbitrary_quotes(
        quote in prop::collection::vec(any::<u8>(), 0..2000),
        platform in prop::sample::select(vec!["SGX_DCAP", "SGX_EPID"]),
    ) {
        let json = format!(r#"{{"b64_quote":"{}"}}"#, STANDARD.encode(quote));
        prop_assert!(refused(&with_json_report(platform, json)));
    }

    #[test]
    fn framed_quotes(body in prop::collection::vec(any::<u8>(), 432), signature in prop::collection::vec(any::<u8>(), 0..1200)) {
        let mut quote = body;
        quote.extend(u32::try_from(signature.len()).unwrap().to_le_bytes());
        quote.extend(signature);
        quote[0] = 3;
        quote[1] = 0;
        let parts = Parts { quote, ..FIXTURE.genuine.clone() };
        prop_assert!(refused(&parts.assemble()));
    }

    #[test]
    fn truncated_quotes(len in 0usize..6000) {
        let mut parts = FIXTURE.genuine.clone();
        prop_assume!(len < parts.quote.len());
        parts.quote.truncate(len);
        prop_assert!(refused(&parts.assemble()));
    }

    #[test]
    fn changed_quotes(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut parts = FIXTURE.genuine.clone();
        let at = at.index(parts.quote.len());
        parts.quote[at] = byte;
        // A change in the PEM of the certificates may be none.
        let _ = FIXTURE.verifier.verify(&parts.assemble(), SystemTime::now());
    }

    #[test]
    fn changed_reports(
        at in any::<prop::sample::Index>(),
        replacement in "[ -~]{0,3}",
        removed in 0usize..4,
    ) {
        let mut report = FIXTURE.genuine.assemble();
        let text = &mut report.report.as_mut().unwrap().json_report;
        let at = at.index(text.len());
        let end = (at + removed).min(text.len());
        text.replace_range(at..end, &replacement);
        let _ = FIXTURE.verifier.verify(&report, SystemTime::now());
    }

    #[test]
    fn arbitrary_reports(json_report in ".{0,200}", nested in ".{0,100}", pem in ".{0,100}") {
        let mut report = with_json_report("SGX_DCAP", json_report);
        report.report.as_mut().unwrap().json_nested_reports = nested;
        report.pem_public_key = pem;
        prop_assert!(refused(&report));
    }

    #[test]
    fn arbitrary_collateral(
        texts in prop::collection::vec(".{0,60}", 7),
        version in 2i64..6,
    ) {
        let mut parts = FIXTURE.genuine.clone();
        let collateral = &mut parts.collateral;
        let fields = [
            &mut collateral.pck_crl_issuer_chain,
            &mut collateral.root_ca_crl,
            &mut collateral.pck_crl,
            &mut collateral.tcb_info_issuer_chain,
            &mut collateral.tcb_info,
            &mut collateral.qe_identity_issuer_chain,
            &mut collateral.qe_identity,
        ];
        for (field, text) in fields.into_iter().zip(texts) {
            *field = text;
        }
        collateral.version = version;
        prop_assert!(refused(&parts.assemble()));
    }

    #[test]
    fn arbitrary_policies(a in ".{0,20}", b in "[0-9A-Fa-fx]{0,20}", key in ".{0,20}") {
        let entry = UnifiedAttestationAttributes {
            hex_signer: b.clone(),
            hex_user_data: b.clone(),
            str_min_isvsvn: a.clone(),
            bool_debug_disabled: a.clone(),
            hex_hash_or_pem_pubkey: a.clone(),
            str_tcb_status: a.clone(),
            str_tcb_date: a.clone(),
            str_advisory_ids: a,
            ..Default::default()
        };
        let policy = UnifiedAttestationPolicy { pem_public_key: key, ..policy(vec![entry]) };
        let _ = Policy::parse(&policy);
        let _ = compare(&policy, &policy);
    }

    #[test]
    fn arbitrary_sealed_data(sealed in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(FIXTURE.simulation.enclave().unseal(b"", &sealed).is_err());
    }
}

proptest! {
    /// What a policy means does not depend on how it is written: its canonical form compares as
    /// equal to it, both ways.
    #[test]
    fn a_policy_is_as_strict_as_itself(
        signer in "([0-9a-fA-F]{2}){1,32}",
        user_data in "[0-9a-fA-F]{0,64}",
        svn in any::<u32>(),
        debug in prop::sample::select(vec!["true", "false", "1", "0", ""]),
    ) {
        let entry = UnifiedAttestationAttributes {
            hex_signer: signer.clone(),
            hex_user_data: user_data.clone(),
            str_min_isvsvn: svn.to_string(),
            bool_debug_disabled: debug.into(),
            ..Default::default()
        };
        let shouted = UnifiedAttestationAttributes {
            hex_signer: signer.to_uppercase(),
            hex_user_data: user_data.to_uppercase(),
            ..entry.clone()
        };
        let (entry, shouted) = (policy(vec![entry]), policy(vec![shouted]));
        prop_assert!(compare(&entry, &shouted).is_ok());
        prop_assert!(compare(&shouted, &entry).is_ok());
    }
}
