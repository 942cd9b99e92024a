//! What an operation with a key in place costs beside the primitive that it is made of.

#![allow(
    clippy::unwrap_used,
    missing_docs,
    reason = "a benchmark that fails may as well panic; the macros generate items without docs"
)]

use std::hint::black_box;

use aecs_crypto::generate::{self, Algorithm};
use aecs_crypto::transit::{Key, Place};
use aecs_crypto::{Material, random};
use aecs_proto::KeySignature;
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{
    KeySize, OAEP_SHA256_MGF1SHA256, OaepPrivateDecryptingKey, OaepPublicEncryptingKey,
    PrivateDecryptingKey, PublicEncryptingKey,
};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, RSA_PSS_SHA256, RsaKeyPair,
};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

const PLAIN: [u8; 1024] = [0x5a; 1024];
const AAD: &[u8] = b"customer 7";
const PLACE: Place<'static> =
    Place { deployment: &[7; 32], service: "shop", secret: "cards", version: 3 };

fn encrypt(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("encrypt 1 KiB");
    group.throughput(Throughput::Elements(1));
    let bare = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &[1; 32]).unwrap());
    group.bench_function("AES-256-GCM, random nonce", |b| {
        b.iter(|| {
            let mut buffer = black_box(&PLAIN).to_vec();
            let nonce = Nonce::assume_unique_for_key(random().unwrap());
            bare.seal_in_place_append_tag(nonce, Aad::from(AAD), &mut buffer).unwrap();
            buffer
        });
    });
    for (name, material) in [
        ("transit, AES-256-GCM", Material::AesKey(generate::aes256().unwrap())),
        ("transit, SM4-GCM", Material::Sm4Key(generate::sm4().unwrap())),
    ] {
        let key = Key::new(PLACE, &material).unwrap();
        group.bench_function(name, |b| b.iter(|| key.encrypt(black_box(&PLAIN), AAD).unwrap()));
    }
    group.finish();

    let key = Material::AesKey(generate::aes256().unwrap());
    let key = Key::new(PLACE, &key).unwrap();
    let sealed = key.encrypt(&PLAIN, AAD).unwrap();
    let mut group = criterion.benchmark_group("decrypt 1 KiB");
    group.throughput(Throughput::Elements(1));
    group.bench_function("transit, AES-256-GCM", |b| {
        b.iter(|| key.decrypt(black_box(&sealed.bytes), AAD).unwrap());
    });
    group.finish();
}

fn sign(criterion: &mut Criterion) {
    let random = SystemRandom::new();
    let mut group = criterion.benchmark_group("sign 1 KiB");
    group.throughput(Throughput::Elements(1));
    let ed25519 = Ed25519KeyPair::generate().unwrap();
    group.bench_function("Ed25519", |b| b.iter(|| ed25519.sign(black_box(&PLAIN))));
    let ecdsa = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
    group.bench_function("ECDSA P-256", |b| {
        b.iter(|| ecdsa.sign(&random, black_box(&PLAIN)).unwrap());
    });
    let rsa = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
    let mut signature = vec![0; rsa.public_modulus_len()];
    group.bench_function("RSA-PSS 2048", |b| {
        b.iter(|| rsa.sign(&RSA_PSS_SHA256, &random, black_box(&PLAIN), &mut signature).unwrap());
    });
    for algorithm in [Algorithm::Ed25519, Algorithm::EcP256, Algorithm::Rsa, Algorithm::Sm2] {
        let material = Material::KeyPair(generate::key_pair(algorithm).unwrap());
        let key = Key::new(PLACE, &material).unwrap();
        group.bench_function(format!("transit, {algorithm}"), |b| {
            b.iter(|| key.sign(KeySignature::Default, black_box(&PLAIN)).unwrap());
        });
        // Each request reads the key.
        group.bench_function(format!("transit, {algorithm}, and reading the key"), |b| {
            b.iter(|| {
                let key = Key::new(PLACE, &material).unwrap();
                key.sign(KeySignature::Default, black_box(&PLAIN)).unwrap()
            });
        });
    }
    group.finish();
}

/// RSA-OAEP, beside AES.
fn unwrap(criterion: &mut Criterion) {
    const DATA_KEY: [u8; 32] = [0x77; 32];
    let mut group = criterion.benchmark_group("unwrap a data key");
    group.throughput(Throughput::Elements(1));
    let bare = PrivateDecryptingKey::generate(KeySize::Rsa2048).unwrap();
    let public = PublicEncryptingKey::from_der(bare.public_key().as_der().unwrap().as_ref());
    let public = OaepPublicEncryptingKey::new(public.unwrap()).unwrap();
    let mut wrapped = vec![0; public.ciphertext_size()];
    public.encrypt(&OAEP_SHA256_MGF1SHA256, &DATA_KEY, &mut wrapped, Some(AAD)).unwrap();
    let bare = OaepPrivateDecryptingKey::new(bare).unwrap();
    let mut plain = vec![0; bare.min_output_size()];
    group.bench_function("RSA-OAEP 2048", |b| {
        b.iter(|| {
            let key = bare.decrypt(&OAEP_SHA256_MGF1SHA256, &wrapped, &mut plain, Some(AAD));
            key.unwrap().len()
        });
    });
    for (name, material) in [
        ("rsa", Material::KeyPair(generate::key_pair(Algorithm::Rsa).unwrap())),
        ("AES-256-GCM", Material::AesKey(generate::aes256().unwrap())),
    ] {
        let key = Key::new(PLACE, &material).unwrap();
        let wrapped = key.wrap(&DATA_KEY, AAD).unwrap();
        group.bench_function(format!("transit, {name}"), |b| {
            b.iter(|| key.unwrap(black_box(&wrapped.bytes), AAD).unwrap());
        });
        group.bench_function(format!("transit, {name}, and reading the key"), |b| {
            b.iter(|| {
                let key = Key::new(PLACE, &material).unwrap();
                key.unwrap(black_box(&wrapped.bytes), AAD).unwrap()
            });
        });
    }
    group.finish();
}

criterion_group!(benches, encrypt, sign, unwrap);
criterion_main!(benches);
