//! Calls over gRPC on loopback, client and server in one process, beside what they are made of.
//!
//! `cargo bench -p aecs-server --bench rpc`

#![allow(clippy::unwrap_used, reason = "a benchmark that fails has nothing to measure")]

#[path = "../tests/end_to_end/world.rs"]
#[allow(dead_code, reason = "shared with the tests, which use all of it")]
mod world;

use std::{sync::Arc, time::Duration};

use aecs_client::NewSecret;
use aecs_crypto::{KeyPair, Protocol, Purpose, SecretString, Suite, envelope};
use aecs_proto::{EnclaveSecretPolicy, EnclaveSecretType};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use tokio::{runtime::Runtime, task::JoinSet};

use world::{SERVICE, World, pinned};

/// Calls in flight at once, for the throughput.
const IN_FLIGHT: u64 = 32;

const SECRETS: [(&str, EnclaveSecretType); 6] = [
    ("password", EnclaveSecretType::SecretTypeImportData),
    ("aes256", EnclaveSecretType::SecretTypeAes256Key),
    ("rsa", EnclaveSecretType::SecretTypeRsaKeyPair),
    ("sm2", EnclaveSecretType::SecretTypeSm2KeyPair),
    ("certificate", EnclaveSecretType::SecretTypeCertificate),
    ("configurations", EnclaveSecretType::SecretTypeConfigurations),
];

fn secret(name: &str, kind: EnclaveSecretType) -> NewSecret {
    let mut secret = NewSecret::new(name, kind);
    secret.spec.service_name = SERVICE.to_owned();
    secret.spec.policy =
        Some(EnclaveSecretPolicy { policy: Some(pinned(1)), ..Default::default() });
    match kind {
        EnclaveSecretType::SecretTypeImportData => {
            secret.data = Some(SecretString::from("hunter2".to_owned()).into());
        }
        EnclaveSecretType::SecretTypeConfigurations => {
            secret.params = vec![("key".into(), SecretString::from("value".to_owned()))];
        }
        _ => {}
    }
    secret
}

fn calls(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let (world, ta, admin) = runtime.block_on(async {
        let world = World::working(Suite::Modern, |_| ()).await;
        let owner = world.owner().await;
        for (name, kind) in SECRETS {
            owner.create(&secret(name, kind)).await.unwrap();
        }
        let (ta, admin) = (world.ta(1).await, world.admin().await);
        (world, Arc::new(ta), admin)
    });

    let mut group = criterion.benchmark_group("rpc");
    group.measurement_time(Duration::from_secs(3)).warm_up_time(Duration::from_secs(1));
    group.bench_function("status", |bencher| {
        bencher.to_async(&runtime).iter(|| admin.status());
    });
    for (name, _) in SECRETS {
        group.bench_function(format!("get {name}"), |bencher| {
            bencher.to_async(&runtime).iter(|| async { ta.get(SERVICE, name).await.unwrap() });
        });
    }
    group.throughput(Throughput::Elements(IN_FLIGHT));
    group.bench_function(format!("get aes256, {IN_FLIGHT} in flight"), |bencher| {
        bencher.to_async(&runtime).iter(|| async {
            let mut calls = JoinSet::new();
            for _ in 0..IN_FLIGHT {
                let ta = ta.clone();
                calls.spawn(async move { ta.get(SERVICE, "aes256").await.unwrap() });
            }
            calls.join_all().await
        });
    });
    group.finish();
    runtime.block_on(world.stop());
}

/// A get is, in cryptography: one signature and one envelope opened by the client, one signature
/// verified, one envelope sealed and one signature made by the server.
fn primitives(criterion: &mut Criterion) {
    let (client, server) =
        (KeyPair::generate(Suite::Modern).unwrap(), KeyPair::generate(Suite::Modern).unwrap());
    let seal = || {
        let (to, plain) = (client.public(), b"0123456789abcdef0123456789abcdef");
        envelope::seal(Protocol::Aecs21, Purpose::TA_SECRET, to, &server, b"nonce", plain).unwrap()
    };
    let sealed = seal();
    let signature = client.sign(Purpose::TA_REQUEST, b"request").unwrap();

    let mut group = criterion.benchmark_group("primitives");
    group.measurement_time(Duration::from_secs(2)).warm_up_time(Duration::from_secs(1));
    group.bench_function("sign", |bencher| {
        bencher.iter(|| client.sign(Purpose::TA_REQUEST, b"request"));
    });
    group.bench_function("verify", |bencher| {
        bencher.iter(|| client.public().verify(Purpose::TA_REQUEST, b"request", &signature));
    });
    group.bench_function("seal", |bencher| bencher.iter(seal));
    group.bench_function("open and verify", |bencher| {
        bencher.iter(|| {
            let opened = envelope::open(Purpose::TA_SECRET, &client, &sealed).unwrap();
            opened.verify(server.public())
        });
    });
    group.finish();
}

criterion_group!(benches, calls, primitives);
criterion_main!(benches);
