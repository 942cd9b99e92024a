//! What it costs to verify a Nitro document, a CCA token and a GPU report, beside the signature
//! that they are made of: four certificates and a document, two tokens, four certificates and a
//! report.

#![allow(
    clippy::expect_used,
    missing_docs,
    reason = "a panic is how a benchmark fails, and its functions are made by macros"
)]

use std::hint::black_box;
use std::time::{Duration, SystemTime};

use aecs_attest::{Attester, Fingerprint, Platform, ReportData, ReportRequest, UserData, Verifier};
use aecs_crypto::{KeyPair, Suite};
use aecs_proto::UnifiedAttestationReport;
use aecs_sim::{
    CcaToken, GpuModel, GpuReport, NitroDocument, SimulatedCca, SimulatedGpu, SimulatedNitro,
};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P384_SHA384_FIXED, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _,
    UnparsedPublicKey,
};
use criterion::{Criterion, criterion_group, criterion_main};

const REPORT_DATA: ReportData =
    ReportData { user_data: UserData([0; 32]), key_hash: Fingerprint([0; 32]) };

fn evidence(c: &mut Criterion) {
    let nitro = SimulatedNitro::new().expect("a host");
    let document = nitro.document(&NitroDocument::new(REPORT_DATA)).expect("a document");
    let cca = SimulatedCca::new().expect("a platform");
    let token = cca.token(&CcaToken::new(REPORT_DATA)).expect("a token");
    let gpu = SimulatedGpu::new(GpuModel::Hopper).expect("a GPU");
    let report = gpu.report(&GpuReport::new([0; 32])).expect("a report");
    let verifier = Verifier::builder()
        .simulated_platform_root(Platform::AwsNitro, nitro.root_der())
        .simulated_platform_root(Platform::ArmCca, cca.cpak_der())
        .simulated_platform_root(Platform::NvidiaGpu, gpu.root_der())
        .build()
        .expect("a verifier");
    let now = SystemTime::now();
    let reports: [(&str, UnifiedAttestationReport); 3] = [
        ("appraise/nitro", SimulatedNitro::report(&document)),
        ("appraise/cca", SimulatedCca::report(&token)),
        ("appraise/nvidia", SimulatedGpu::evidence(&report, &gpu.chain_pem())),
    ];
    for (name, report) in &reports {
        verifier.appraise(report, now).expect("genuine evidence");
        c.bench_function(name, |b| b.iter(|| verifier.appraise(black_box(report), now)));
    }

    let key = KeyPair::generate(Suite::Modern).expect("a key");
    let request = ReportRequest::passport(UserData::default(), key.public());
    let attesters: [(&str, &dyn Attester, Vec<u8>); 2] =
        [("nitro", &nitro, nitro.root_der().to_vec()), ("cca", &cca, cca.cpak_der())];
    for (name, attester, root) in attesters {
        let report = attester.attest(&request).expect("a report");
        let builder =
            || Verifier::builder().simulated_platform_root(attester.platform(), root.clone());
        let cold =
            builder().cache(0, Duration::ZERO).signature_memory(0).build().expect("a verifier");
        c.bench_function(&format!("verify/{name}/cold"), |b| {
            b.iter(|| cold.verify(black_box(&report), now));
        });
        let cached = builder().build().expect("a verifier");
        cached.verify(&report, now).expect("a genuine report");
        c.bench_function(&format!("verify/{name}/cached"), |b| {
            b.iter(|| cached.verify(black_box(&report), now));
        });
    }
}

/// The unit of everything above.
fn signature(c: &mut Criterion) {
    let pair = EcdsaKeyPair::generate(&ECDSA_P384_SHA384_FIXED_SIGNING).expect("a key");
    let message = [7; 4096];
    let signature = pair.sign(&SystemRandom::new(), &message).expect("a signature");
    let public = UnparsedPublicKey::new(&ECDSA_P384_SHA384_FIXED, pair.public_key());
    c.bench_function("primitive/P-384 verify", |b| {
        b.iter(|| public.verify(black_box(&message), signature.as_ref()));
    });
}

criterion_group!(benches, evidence, signature);
criterion_main!(benches);
