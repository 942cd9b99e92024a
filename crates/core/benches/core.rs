//! What a call costs from the message to the answer, beside the primitives that it is made of.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    missing_docs,
    reason = "a benchmark that fails may as well panic; the macros generate items without docs"
)]

#[allow(dead_code, unused_imports, reason = "a benchmark needs little of what tests need")]
#[path = "../tests/behaviour/support/mod.rs"]
mod support;

use std::{
    cell::Cell,
    hint::black_box,
    sync::Arc,
    time::{Duration, SystemTime},
};

use aecs_crypto::{KeyPair, Protocol, Purpose, RecordKey, Suite, envelope};
use aecs_proto::{
    CreateEnclaveSecretRequest, EnclaveKvPair, EnclaveSecret,
    EnclaveSecretType::{
        SecretTypeAes256Key, SecretTypeCertificate, SecretTypeConfigurations, SecretTypeRsaKeyPair,
        SecretTypeSm2KeyPair,
    },
    TaGetSecretRequest, json,
};
use aecs_store::{EmbeddedStore, MemoryStore, pages::PageStore};
use criterion::{
    BatchSize, BenchmarkGroup, Criterion, criterion_group, criterion_main, measurement::WallTime,
};
use support::{SERVICE, World, enclave, imported, pinned, secret};
use tokio::runtime::Runtime;

fn group<'a>(criterion: &'a mut Criterion, name: &str) -> BenchmarkGroup<'a, WallTime> {
    let mut group = criterion.benchmark_group(name);
    group.sample_size(20);
    group.warm_up_time(Duration::from_millis(200));
    group.measurement_time(Duration::from_millis(800));
    group
}

/// One secret of every type, for measurement 1.
fn every_type() -> Vec<(&'static str, EnclaveSecret)> {
    let mut configurations = secret("configurations", SecretTypeConfigurations, pinned(1));
    configurations.spec.as_mut().unwrap().params =
        vec![EnclaveKvPair { key: "id".into(), value: "12345678".into() }];
    vec![
        ("aes256", secret("aes256", SecretTypeAes256Key, pinned(1))),
        ("rsa", secret("rsa", SecretTypeRsaKeyPair, pinned(1))),
        ("sm2", secret("sm2", SecretTypeSm2KeyPair, pinned(1))),
        ("certificate", secret("certificate", SecretTypeCertificate, pinned(1))),
        ("configurations", configurations),
        ("import of 1 KiB", imported("import", &"x".repeat(1024), pinned(1))),
        ("import of 64 KiB", imported("import64", &"x".repeat(65_536), pinned(1))),
    ]
}

/// An application in the modern suite gets a secret; its evidence was seen before.
fn gets(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let world = runtime.block_on(World::working());
    let ta = world.ta(enclave(1));
    let mut group = group(criterion, "get");
    for (label, secret) in every_type() {
        let secret_name = secret.spec.as_ref().unwrap().secret_name.clone();
        runtime.block_on(world.create(secret)).unwrap();
        let request = TaGetSecretRequest {
            service_name: SERVICE.into(),
            secret_name,
            nonce: "0123456789abcdef".into(),
            ..Default::default()
        };
        group.bench_function(label, |bencher| {
            bencher.iter_batched(
                || runtime.block_on(ta.request("TaGetSecret", &request)),
                |request| runtime.block_on(world.core.ta_remote_call(request)).unwrap(),
                BatchSize::SmallInput,
            );
        });
    }
    group.bench_function("aes256, new evidence", |bencher| {
        let request = TaGetSecretRequest {
            service_name: SERVICE.into(),
            secret_name: "aes256".into(),
            nonce: String::new(),
            ..Default::default()
        };
        bencher.iter_batched(
            || runtime.block_on(world.ta(enclave(1)).request("TaGetSecret", &request)),
            |request| runtime.block_on(world.core.ta_remote_call(request)).unwrap(),
            BatchSize::SmallInput,
        );
    });
    group.finish();
}

/// The owner of a service creates an AES key; durable when it is acknowledged.
fn creates(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store");
    let stores: [(&str, Arc<dyn PageStore>); 2] = [
        ("aes256 in memory", Arc::new(MemoryStore::new())),
        ("aes256 on disk", Arc::new(EmbeddedStore::open_pages(path, 16 << 20).unwrap())),
    ];
    let mut group = group(criterion, "create");
    for (label, store) in stores {
        let world = runtime
            .block_on(async { World::on(store, Suite::Modern, |_| ()).await.provisioned().await });
        let request = CreateEnclaveSecretRequest {
            secret: Some(secret("key", SecretTypeAes256Key, pinned(1))),
            is_update: false,
            if_epoch: 0,
            upload: None,
        };
        let exists = Cell::new(false);
        group.bench_function(label, |bencher| {
            bencher.iter_batched(
                || {
                    if exists.replace(true) {
                        runtime.block_on(world.destroy("key")).unwrap();
                    }
                    runtime.block_on(world.owner().request("CreateSecret", &request))
                },
                |request| runtime.block_on(world.core.service_admin_remote_call(request)).unwrap(),
                BatchSize::PerIteration,
            );
        });
    }
    group.finish();
}

/// What a get is made of.
fn primitives(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let world = runtime.block_on(World::working());
    let ta = world.ta(enclave(1));
    let server = KeyPair::generate(Suite::Modern).unwrap();
    let key = RecordKey::generate().unwrap();
    let plain = json::to_string(&secret("aes256", SecretTypeAes256Key, pinned(1)));
    let plain = plain.as_bytes();
    let record = key.seal(b"aecs/service1/secrets/aes256", plain).unwrap();
    let message = [0x5a; 1024];
    let signature = ta.key.sign(Purpose::TA_REQUEST, &message).unwrap();

    let mut group = group(criterion, "primitive");
    group.bench_function("envelope seal", |bencher| {
        bencher.iter(|| {
            envelope::seal(
                Protocol::Aecs21,
                Purpose::TA_SECRET,
                ta.key.public(),
                &server,
                b"0123456789abcdef",
                black_box(plain),
            )
            .unwrap()
        });
    });
    group.bench_function("Ed25519 sign", |bencher| {
        bencher.iter(|| server.sign(Purpose::TA_RESPONSE, black_box(&message)).unwrap());
    });
    group.bench_function("Ed25519 verify", |bencher| {
        let key = ta.key.public();
        bencher.iter(|| key.verify(Purpose::TA_REQUEST, black_box(&message), &signature).unwrap());
    });
    group.bench_function("record open", |bencher| {
        bencher.iter(|| key.open(b"aecs/service1/secrets/aes256", black_box(&record)).unwrap());
    });
    group.bench_function("report verification, cached", |bencher| {
        bencher.iter(|| world.verifier.verify(&ta.report, SystemTime::now()).unwrap());
    });
    group.finish();
}

criterion_group!(benches, gets, creates, primitives);
criterion_main!(benches);
