//! What HPKE costs as AECS composes it and in the crate `hpke`: a seal and an open, each with an
//! exported secret.

#![allow(
    clippy::unwrap_used,
    missing_docs,
    reason = "a benchmark that fails may as well panic; the macros generate items without docs"
)]

use std::hint::black_box;

use aecs_crypto::random;
use criterion::{Criterion, criterion_group, criterion_main};

use self::hpke::{PrivateKey, PublicKey, Sealed};

// The modules are no part of the crate's interface.
#[path = "../src/key/modern/hpke.rs"]
#[expect(dead_code, reason = "sessions use it, and are not compared here")]
mod hpke;
#[path = "../src/key/modern/tests/oracle.rs"]
mod oracle;

/// About the size of an administrator's request.
const PLAIN: [u8; 1024] = [0x5a; 1024];
const AAD: &[u8] = b"service1";
const INFO: &[u8] = b"\x11AECS-2.1 envelope\0\0\0\0\0\0\0\x0fservice request";
const EXPORTER_CONTEXT: &[u8] = b"AECS-2.1 binding";

fn compare(criterion: &mut Criterion) {
    let seed: [u8; 32] = random().unwrap();
    let private = PrivateKey::from_bytes(&seed).unwrap();
    let public = PublicKey::from_bytes(private.public()).unwrap();

    let mut group = criterion.benchmark_group("HPKE of 1 KiB");
    let seal = || public.seal(INFO, EXPORTER_CONTEXT, AAD, black_box(&PLAIN)).unwrap();
    group.bench_function("seal, ours", |b| b.iter(seal));
    group.bench_function("seal, crate hpke", |b| {
        b.iter(|| {
            let plain = black_box(&PLAIN);
            oracle::seal(private.public(), INFO, EXPORTER_CONTEXT, AAD, plain).unwrap()
        });
    });

    let sealed = seal();
    let (_, exported) = oracle::open(&seed, INFO, EXPORTER_CONTEXT, AAD, &sealed).unwrap();
    assert_eq!(exported, sealed.exported);
    let open = |Sealed { encapsulated, cipher, tag, .. }: &Sealed| {
        private.open(INFO, EXPORTER_CONTEXT, encapsulated, AAD, cipher, tag).unwrap()
    };
    group.bench_function("open, ours", |b| b.iter(|| open(black_box(&sealed))));
    group.bench_function("open, crate hpke", |b| {
        b.iter(|| oracle::open(&seed, INFO, EXPORTER_CONTEXT, AAD, black_box(&sealed)).unwrap());
    });
    group.finish();
}

criterion_group!(benches, compare);
criterion_main!(benches);
