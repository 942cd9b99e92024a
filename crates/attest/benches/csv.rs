//! What the verification of CSV, EPID, HyperEnclave and Kunpeng costs, and what it is made of.

#![allow(
    clippy::expect_used,
    missing_docs,
    reason = "a panic is how a benchmark fails, and its functions are made by macros"
)]

use std::hint::black_box;
use std::time::{Duration, SystemTime};

use aecs_attest::{Attester as _, Platform, ReportRequest, UserData, Verifier};
use aecs_crypto::sm::{DEFAULT_ID, Sm2Signer, Sm2Verifier, hmac_sm3};
use aecs_crypto::{KeyPair, Suite};
use aecs_proto::UnifiedAttestationAuthReport;
use aecs_sim::{
    CsvGuest, CsvLayout, CsvOptions, EnclaveIdentity, HyperEnclaveOptions, IasAnswer, IasOptions,
    KunpengApplication, KunpengOptions, KunpengScenario, SimulatedCsv, SimulatedHyperEnclave,
    SimulatedIas, SimulatedKunpeng,
};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    KeyPair as _, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair, UnparsedPublicKey,
};
use criterion::{Criterion, criterion_group, criterion_main};

/// A report verified with nothing remembered, and once more.
fn bench(
    c: &mut Criterion,
    name: &str,
    platform: Platform,
    root: &[u8],
    report: &UnifiedAttestationAuthReport,
) {
    let now = SystemTime::now();
    let builder = || Verifier::builder().simulated_platform_root(platform, root);
    let cold = builder().cache(0, Duration::ZERO).signature_memory(0).build().expect("a verifier");
    cold.verify(report, now).expect("a genuine report");
    c.bench_function(&format!("{name}/cold"), |b| {
        b.iter(|| cold.verify(black_box(report), now));
    });
    let cached = builder().build().expect("a verifier");
    cached.verify(report, now).expect("a genuine report");
    c.bench_function(&format!("{name}/cached"), |b| {
        b.iter(|| cached.verify(black_box(report), now));
    });
}

fn reports(c: &mut Criterion) {
    let key = KeyPair::generate(Suite::Modern).expect("a key");
    let request = ReportRequest::passport(UserData::default(), key.public());
    let identity = EnclaveIdentity::default();

    let chip = SimulatedCsv::new(&CsvOptions::default()).expect("a chip");
    for (name, layout) in [("csv", CsvLayout::Legacy), ("csv extended", CsvLayout::Extended)] {
        let guest = CsvGuest { layout, ..CsvGuest::default() };
        let report = chip.guest(guest).attest(&request).expect("a report");
        bench(c, name, Platform::Csv, chip.root(), &report);
    }

    let ias = SimulatedIas::new(IasOptions::default()).expect("a service");
    let report = ias.passport(&IasAnswer::default(), &identity, &request).expect("a report");
    bench(c, "epid", Platform::SgxEpid, ias.root_der(), &report);

    let machine = SimulatedHyperEnclave::new(HyperEnclaveOptions::default()).expect("a machine");
    let report = machine.attest_enclave(&identity, &request).expect("a report");
    bench(c, "hyperenclave", Platform::HyperEnclave, machine.root_der(), &report);

    let machine = SimulatedKunpeng::new(&KunpengOptions::default()).expect("a machine");
    let application = KunpengApplication::default();
    let report = machine.attest(KunpengScenario::Device, &application, &request).expect("a report");
    bench(c, "kunpeng", Platform::Kunpeng, machine.root_der(), &report);
}

/// The units of everything above: CSV has four SM2 signatures and an HMAC, HyperEnclave three SM2
/// signatures, EPID two RSA signatures, Kunpeng three.
fn primitives(c: &mut Criterion) {
    let signer = Sm2Signer::generate().expect("a key");
    let message = [7; 1044];
    let signature = signer.sign(DEFAULT_ID, &message).expect("a signature");
    let point = signer.point();
    let verifier = Sm2Verifier::from_point(&point).expect("a point");
    c.bench_function("primitive/SM2 verify", |b| {
        b.iter(|| verifier.verify(DEFAULT_ID, black_box(&message), &signature));
    });
    c.bench_function("primitive/SM2 key", |b| {
        b.iter(|| Sm2Verifier::from_point(black_box(&point)).is_ok());
    });
    c.bench_function("primitive/HMAC-SM3 of 2 KiB", |b| {
        b.iter(|| hmac_sm3(&[1; 16], &[black_box(&[7; 2180])]).is_ok());
    });

    let pair = RsaKeyPair::generate(KeySize::Rsa2048).expect("a key");
    let mut signature = vec![0; pair.public_modulus_len()];
    let random = SystemRandom::new();
    pair.sign(&RSA_PKCS1_SHA256, &random, &message, &mut signature).expect("a signature");
    let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, pair.public_key());
    c.bench_function("primitive/RSA-2048 verify", |b| {
        b.iter(|| public.verify(black_box(&message), &signature));
    });
}

criterion_group!(benches, reports, primitives);
criterion_main!(benches);
