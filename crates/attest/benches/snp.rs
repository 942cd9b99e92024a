//! What a verification of SEV-SNP evidence costs, beside the signatures that it is made of.

#![allow(
    clippy::expect_used,
    missing_docs,
    reason = "a panic is how a benchmark fails, and its functions are made by macros"
)]

use std::hint::black_box;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aecs_attest::{Attester, Platform, ReportRequest, SnpProduct, UserData, Verifier};
use aecs_crypto::{KeyPair, Suite};
use aecs_proto::{SevSnpEndorsements, SevSnpReport, UnifiedAttestationReport, json};
use aecs_sim::{SimulatedAmd, SimulatedAzure, SimulatedSnp, vectors};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P384_SHA384_FIXED, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _,
    RSA_PSS_2048_8192_SHA384, RSA_PSS_SHA384, RsaKeyPair, UnparsedPublicKey,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use criterion::{Criterion, criterion_group, criterion_main};

/// Simulated machines: keys of RSA with 3072 bits, and an authority that comes with the report.
fn simulated(c: &mut Criterion) {
    let amd = SimulatedAmd::generate().expect("keys");
    let guest = SimulatedSnp::new(&amd, SnpProduct::Milan).expect("a guest");
    let azure = SimulatedAzure::on_snp(guest.clone()).expect("a machine");
    let machines: [(&str, Platform, &dyn Attester); 2] =
        [("snp", Platform::SevSnp, &guest), ("azure", Platform::AzureSnp, &azure)];
    let key = KeyPair::generate(Suite::Modern).expect("a key");
    let request = ReportRequest::passport(UserData::default(), key.public());
    let now = SystemTime::now();
    for (name, platform, machine) in machines {
        let report = machine.attest(&request).expect("a report");
        let builder = || {
            Verifier::builder().simulated_platform_root(platform, amd.root_der(SnpProduct::Milan))
        };
        let next = || builder().cache(0, Duration::ZERO);
        for (what, verifier) in [
            ("cold", next().signature_memory(0)),
            ("next of its kind", next()),
            ("cached", builder()),
        ] {
            let verifier = verifier.build().expect("a verifier");
            verifier.verify(&report, now).expect("a genuine report");
            c.bench_function(&format!("{name}/{what}"), |b| {
                b.iter(|| verifier.verify(black_box(&report), now));
            });
        }
    }
}

/// A recorded report: AMD's keys of RSA with 4096 bits, and an authority that is built in.
fn recorded(c: &mut Criterion) {
    let (report, vcek) = (vectors::read("snp/report.bin"), vectors::read("snp/vcek.der"));
    let (Some(report), Some(vcek)) = (report, vcek) else { return };
    let endorsements =
        SevSnpEndorsements { b64_vek_cert: STANDARD.encode(vcek), ..Default::default() };
    let report = SevSnpReport {
        b64_report: STANDARD.encode(report),
        json_endorsements: json::to_string(&endorsements),
    };
    let report = UnifiedAttestationReport {
        str_report_version: "1.0".into(),
        str_report_type: "Passport".into(),
        str_tee_platform: Platform::SevSnp.as_str().into(),
        json_report: json::to_string(&report),
        json_nested_reports: String::new(),
    };
    let cold = Verifier::builder().vendor_roots().insecure_no_revocation_list();
    let cold = cold.cache(0, Duration::ZERO).signature_memory(0).build().expect("a verifier");
    // 2025-06-20.
    let now = UNIX_EPOCH + Duration::from_secs(1_750_377_600);
    cold.appraise(&report, now).expect("a genuine report");
    c.bench_function("snp/recorded", |b| b.iter(|| cold.appraise(black_box(&report), now)));
}

/// The units of everything above.
fn signatures(c: &mut Criterion) {
    let random = SystemRandom::new();
    let message = [7; 0x2A0];
    let pair = EcdsaKeyPair::generate(&ECDSA_P384_SHA384_FIXED_SIGNING).expect("a key");
    let signature = pair.sign(&random, &message).expect("a signature");
    let public = UnparsedPublicKey::new(&ECDSA_P384_SHA384_FIXED, pair.public_key());
    c.bench_function("primitive/P-384 verify", |b| {
        b.iter(|| public.verify(black_box(&message), signature.as_ref()));
    });
    for (bits, size) in [(3072, KeySize::Rsa3072), (4096, KeySize::Rsa4096)] {
        let pair = RsaKeyPair::generate(size).expect("a key");
        let mut signature = vec![0; pair.public_modulus_len()];
        pair.sign(&RSA_PSS_SHA384, &random, &message, &mut signature).expect("a signature");
        let public = UnparsedPublicKey::new(&RSA_PSS_2048_8192_SHA384, pair.public_key());
        c.bench_function(&format!("primitive/RSA-PSS {bits} verify"), |b| {
            b.iter(|| public.verify(black_box(&message), &signature));
        });
    }
}

criterion_group!(benches, simulated, recorded, signatures);
criterion_main!(benches);
