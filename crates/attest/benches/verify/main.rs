//! What a verification costs, and what it is made of.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a panic is how a benchmark fails, and its functions are made by macros"
)]

mod library;

use std::hint::black_box;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aecs_attest::{Acceptance, Attester, Policy, ReportRequest, ReportType, UserData, Verifier};
use aecs_crypto::{KeyPair, Suite};
use aecs_proto::{UnifiedAttestationAttributes, UnifiedAttestationPolicy};
use aecs_sim::{CpuOptions, EnclaveIdentity, SimulatedCpu, TdIdentity};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _,
    UnparsedPublicKey,
};
use criterion::{Criterion, criterion_group, criterion_main};
use library::Library;

/// Both kinds of Intel's quotes, beside the library that verifies them: within 1.3 times of it.
fn reports(c: &mut Criterion) {
    let dir = tempfile::tempdir().expect("a directory");
    let cpu = SimulatedCpu::create(dir.path(), CpuOptions::default()).expect("a CPU");
    let key = KeyPair::generate(Suite::Modern).expect("a key");
    let passport = ReportRequest::passport(UserData::default(), key.public());
    let attesters: [(&str, &dyn Attester); 2] = [
        ("SGX_DCAP", &cpu.enclave(EnclaveIdentity::default())),
        ("TDX", &cpu.trust_domain(TdIdentity::default())),
    ];
    let now = SystemTime::now();
    let seconds = now.duration_since(UNIX_EPOCH).expect("a time after 1970").as_secs();
    let builder = || Verifier::builder().simulated_root(cpu.root_der());
    let next = builder().cache(0, Duration::ZERO);
    let cold = next.clone().signature_memory(0).build().expect("a verifier");
    let next = next.build().expect("a verifier");
    let cached = builder().build().expect("a verifier");

    for (name, attester) in attesters {
        let report = attester.attest(&passport).expect("a report");
        let mut group = c.benchmark_group(name);
        cold.verify(&report, now).expect("a genuine report");
        group.bench_function("cold", |b| b.iter(|| cold.verify(black_box(&report), now)));
        let library = Library::new(cpu.root_der(), &report);
        assert!(library.verify(seconds), "the library has to do the same work");
        group.bench_function("library alone", |b| b.iter(|| library.verify(black_box(seconds))));
        next.verify(&report, now).expect("a genuine report");
        group.bench_function("next of its kind", |b| {
            b.iter(|| next.verify(black_box(&report), now));
        });
        cached.verify(&report, now).expect("a genuine report");
        group.bench_function("cached", |b| b.iter(|| cached.verify(black_box(&report), now)));
        group.finish();
    }
}

fn policies_and_attesters(c: &mut Criterion) {
    let dir = tempfile::tempdir().expect("a directory");
    let cpu = SimulatedCpu::create(dir.path(), CpuOptions::default()).expect("a CPU");
    let key = KeyPair::generate(Suite::Modern).expect("a key");
    let enclave = cpu.enclave(EnclaveIdentity::default());
    let passport = ReportRequest::passport(UserData::default(), key.public());
    let report = enclave.attest(&passport).expect("a report");
    let verifier = Verifier::builder().simulated_root(cpu.root_der()).build().expect("a verifier");
    let verified = verifier.verify(&report, SystemTime::now()).expect("a genuine report");

    let entry = UnifiedAttestationAttributes {
        hex_signer: verified.signer().into(),
        hex_prod_id: verified.product().into(),
        str_min_isvsvn: "1".into(),
        ..Default::default()
    };
    let other = UnifiedAttestationAttributes { hex_signer: "00".repeat(32), ..entry.clone() };
    let policy = |entries: &[&UnifiedAttestationAttributes]| UnifiedAttestationPolicy {
        main_attributes: entries.iter().map(|entry| (*entry).clone()).collect(),
        ..Default::default()
    };
    let (admits, denies) = (policy(&[&other, &other, &entry]), policy(&[&other, &other, &other]));
    let [admitting, denying] =
        [&admits, &denies].map(|policy| Policy::parse(policy).expect("a policy"));
    let acceptance = Acceptance::default();
    assert!(admitting.admit(&verified, &acceptance).is_ok());
    assert!(denying.admit(&verified, &acceptance).is_err());
    let mut group = c.benchmark_group("policy");
    group.bench_function("parse", |b| b.iter(|| Policy::parse(black_box(&admits))));
    group
        .bench_function("admit", |b| b.iter(|| admitting.admit(black_box(&verified), &acceptance)));
    group.bench_function("deny", |b| b.iter(|| denying.admit(black_box(&verified), &acceptance)));
    group.bench_function("explain", |b| {
        b.iter(|| denying.explain(black_box(verified.get()), &acceptance));
    });
    group.bench_function("parse and admit", |b| {
        b.iter(|| {
            let policy = Policy::parse(black_box(&admits)).expect("a policy");
            policy.admit(&verified, &acceptance).is_ok()
        });
    });
    group.finish();

    c.bench_function("attest/passport", |b| b.iter(|| enclave.attest(&passport)));
    let background_check = ReportRequest { report_type: ReportType::BackgroundCheck, ..passport };
    c.bench_function("attest/quote", |b| b.iter(|| enclave.attest(&background_check)));
}

/// The unit of everything above.
fn signatures(c: &mut Criterion) {
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key");
    let message = [7; 432];
    let signature = pair.sign(&SystemRandom::new(), &message).expect("a signature");
    let public = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, pair.public_key());
    c.bench_function("primitive/P-256 verify", |b| {
        b.iter(|| public.verify(black_box(&message), signature.as_ref()));
    });
}

criterion_group!(benches, reports, policies_and_attesters, signatures);
criterion_main!(benches);
