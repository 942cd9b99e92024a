//! What an envelope costs in each suite, beside the primitives that it is made of.

#![allow(
    clippy::unwrap_used,
    missing_docs,
    reason = "a benchmark that fails may as well panic; the macros generate items without docs"
)]

use std::hint::black_box;
use std::time::Duration;

use aecs_crypto::{KeyPair, Protocol, Purpose, RecordKey, Suite, envelope, sha256};
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::agreement::{PrivateKey, UnparsedPublicKey, X25519, agree};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{
    KeySize, OAEP_SHA1_MGF1SHA1, OaepPrivateDecryptingKey, OaepPublicEncryptingKey,
    PrivateDecryptingKey,
};
use aws_lc_rs::signature::{
    ED25519, Ed25519KeyPair, KeyPair as _, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256,
    RSA_PKCS1_SHA256, RsaKeyPair,
};
use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, criterion_group, criterion_main};
use sm2::dsa::signature::{Signer, Verifier};
use sm2::dsa::{Signature, SigningKey};
use sm2::elliptic_curve::Generate;
use sm2::elliptic_curve::common::getrandom::SysRng;
use sm2::pke::DecryptingKey;

/// About the size of an administrator's request.
const PLAIN: [u8; 1024] = [0x5a; 1024];
const AAD: &[u8] = b"service1";
const PURPOSE: Purpose = Purpose::SERVICE_REQUEST;

/// The ways to seal, by name.
const FORMS: [(&str, Suite, Protocol); 4] = [
    ("rsa", Suite::Rsa, Protocol::Aecs21),
    ("sm2 (SM4-CBC)", Suite::Sm, Protocol::Aecs20),
    ("sm2 (SM4-GCM)", Suite::Sm, Protocol::Aecs21),
    ("x25519", Suite::Modern, Protocol::Aecs21),
];

fn group<'a>(criterion: &'a mut Criterion, name: &str) -> BenchmarkGroup<'a, WallTime> {
    let mut group = criterion.benchmark_group(name);
    group.sample_size(20);
    group.warm_up_time(Duration::from_millis(200));
    group.measurement_time(Duration::from_millis(800));
    group
}

fn envelopes(criterion: &mut Criterion) {
    let mut group = group(criterion, "envelope of 1 KiB");
    for (name, suite, protocol) in FORMS {
        let sender = KeyPair::generate(suite).unwrap();
        let receiver = KeyPair::generate(suite).unwrap();
        let seal =
            || envelope::seal(protocol, PURPOSE, receiver.public(), &sender, AAD, &PLAIN).unwrap();
        let sealed = seal();
        group.bench_function(format!("seal {name}"), |b| b.iter(seal));
        group.bench_function(format!("open {name}"), |b| {
            b.iter(|| {
                envelope::open(PURPOSE, &receiver, &sealed)
                    .unwrap()
                    .verify(sender.public())
                    .unwrap()
            });
        });
    }
    group.finish();
}

fn rsa(criterion: &mut Criterion) {
    let mut group = group(criterion, "primitives of rsa");
    let random = SystemRandom::new();
    let key = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
    let mut signature = vec![0; key.public_modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &random, &PLAIN, &mut signature).unwrap();
    let public = ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key.public_key()).unwrap();
    group.bench_function("RSA-2048 sign", |b| {
        let mut out = signature.clone();
        b.iter(|| key.sign(&RSA_PKCS1_SHA256, &random, black_box(&PLAIN), &mut out).unwrap());
    });
    group.bench_function("RSA-2048 verify", |b| {
        b.iter(|| public.verify_sig(black_box(&PLAIN), &signature).unwrap());
    });

    let private = PrivateDecryptingKey::generate(KeySize::Rsa2048).unwrap();
    let encrypting = OaepPublicEncryptingKey::new(private.public_key()).unwrap();
    let decrypting = OaepPrivateDecryptingKey::new(private).unwrap();
    let mut cipher = vec![0; encrypting.ciphertext_size()];
    encrypting.encrypt(&OAEP_SHA1_MGF1SHA1, &[7; 32], &mut cipher, None).unwrap();
    group.bench_function("RSA-2048 OAEP encrypt", |b| {
        let mut out = cipher.clone();
        b.iter(|| {
            encrypting.encrypt(&OAEP_SHA1_MGF1SHA1, &[7; 32], &mut out, None).unwrap();
        });
    });
    group.bench_function("RSA-2048 OAEP decrypt", |b| {
        let mut out = vec![0; decrypting.min_output_size()];
        b.iter(|| {
            decrypting.decrypt(&OAEP_SHA1_MGF1SHA1, black_box(&cipher), &mut out, None).unwrap();
        });
    });
    group.finish();
}

fn sm(criterion: &mut Criterion) {
    let mut group = group(criterion, "primitives of sm2");
    let secret = sm2::SecretKey::generate();
    let signing = SigningKey::new("1234567812345678", &secret).unwrap();
    let decrypting = DecryptingKey::new(secret);
    let signature: Signature = signing.sign(&PLAIN);
    let cipher = decrypting.encrypting_key().encrypt_der(&mut SysRng, &[7; 16]).unwrap();
    group.bench_function("SM2 sign", |b| {
        b.iter(|| -> Signature { signing.sign(black_box(&PLAIN)) });
    });
    group.bench_function("SM2 verify", |b| {
        b.iter(|| signing.verifying_key().verify(black_box(&PLAIN), &signature).unwrap());
    });
    group.bench_function("SM2 encrypt", |b| {
        b.iter(|| decrypting.encrypting_key().encrypt_der(&mut SysRng, &[7; 16]).unwrap());
    });
    group.bench_function("SM2 decrypt", |b| {
        b.iter(|| decrypting.decrypt_der(black_box(&cipher)).unwrap());
    });
    group.finish();
}

fn modern(criterion: &mut Criterion) {
    let mut group = group(criterion, "primitives of x25519");
    let key = Ed25519KeyPair::generate().unwrap();
    let signature = key.sign(&PLAIN);
    let public = ParsedPublicKey::new(&ED25519, key.public_key()).unwrap();
    group.bench_function("Ed25519 sign", |b| b.iter(|| key.sign(black_box(&PLAIN))));
    group.bench_function("Ed25519 verify", |b| {
        b.iter(|| public.verify_sig(black_box(&PLAIN), signature.as_ref()).unwrap());
    });

    let private = PrivateKey::generate(&X25519).unwrap();
    let peer = PrivateKey::generate(&X25519).unwrap().compute_public_key().unwrap();
    group.bench_function("X25519", |b| {
        b.iter(|| {
            let peer = UnparsedPublicKey::new(&X25519, peer.as_ref());
            agree(&private, peer, (), |shared| Ok(sha256(shared))).unwrap()
        });
    });
    group.finish();
}

fn symmetric(criterion: &mut Criterion) {
    let mut group = group(criterion, "symmetric, 1 KiB");
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &[7; 32]).unwrap());
    group.bench_function("AES-256-GCM seal", |b| {
        let mut buffer = PLAIN;
        b.iter(|| {
            let nonce = Nonce::assume_unique_for_key([0; NONCE_LEN]);
            key.seal_in_place_separate_tag(nonce, Aad::from(AAD), &mut buffer).unwrap()
        });
    });
    let record = RecordKey::generate().unwrap();
    let sealed = record.seal(AAD, &PLAIN).unwrap();
    group.bench_function("record seal", |b| b.iter(|| record.seal(AAD, &PLAIN).unwrap()));
    group.bench_function("record open", |b| b.iter(|| record.open(AAD, &sealed).unwrap()));
    group.bench_function("SHA-256", |b| b.iter(|| sha256(black_box(&PLAIN))));
    group.finish();
}

criterion_group!(benches, envelopes, rsa, sm, modern, symmetric);
criterion_main!(benches);
