//! What a get is made of, alone and in this process.

use std::{
    hint::black_box,
    time::{Duration, Instant, SystemTime},
};

use aecs_attest::Verifier;
use aecs_crypto::sha256;
use anyhow::Result;
use aws_lc_rs::{
    agreement::{PrivateKey, UnparsedPublicKey, X25519, agree},
    rand::SystemRandom,
    signature::{
        ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, ED25519, EcdsaKeyPair,
        Ed25519KeyPair, KeyPair as _, ParsedPublicKey, UnparsedPublicKey as SignerKey,
    },
};

use crate::target::Target;

/// How long each is measured.
const TIME: Duration = Duration::from_millis(200);

/// A primitive, what it takes, and how many of them a get with a known report has.
pub(crate) struct Primitive {
    pub(crate) name: &'static str,
    pub(crate) time: Duration,
    pub(crate) in_a_get: u32,
}

/// Measures all of them.
pub(crate) fn measure(target: &Target) -> Result<Vec<Primitive>> {
    let mut all = of_a_get()?;
    all.extend(of_evidence(target)?);
    Ok(all)
}

fn of_a_get() -> Result<Vec<Primitive>> {
    let message = [7; 512];
    let key = Ed25519KeyPair::generate()?;
    let public = ParsedPublicKey::new(&ED25519, key.public_key())?;
    let signature = key.sign(&message);
    let peer = PrivateKey::generate(&X25519)?.compute_public_key()?;

    let verify = time(|| Ok(public.verify_sig(black_box(&message), signature.as_ref())?))?;
    let sign = time(|| {
        black_box(key.sign(black_box(&message)));
        Ok(())
    })?;
    let exchange = time(|| {
        let own = PrivateKey::generate(&X25519)?;
        own.compute_public_key()?;
        let peer = UnparsedPublicKey::new(&X25519, peer.as_ref());
        agree(&own, peer, anyhow::anyhow!("no agreement"), |shared| {
            black_box(sha256(shared));
            Ok(())
        })
    })?;
    Ok(vec![
        Primitive { name: "Ed25519 verify", time: verify, in_a_get: 1 },
        Primitive { name: "Ed25519 sign", time: sign, in_a_get: 2 },
        Primitive { name: "X25519 key exchange", time: exchange, in_a_get: 1 },
    ])
}

fn of_evidence(target: &Target) -> Result<Vec<Primitive>> {
    let message = [7; 512];
    let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)?;
    let signature = key.sign(&SystemRandom::new(), &message)?;
    let public = SignerKey::new(&ECDSA_P256_SHA256_FIXED, key.public_key());
    let report = target.application()?.report;
    let text = report.report.as_ref().map(|report| report.json_report.clone()).unwrap_or_default();
    let builder = || target.verifier();
    let [first, next, seen] = [
        builder().cache(0, Duration::ZERO).signature_memory(0).build()?,
        builder().cache(0, Duration::ZERO).build()?,
        builder().build()?,
    ];
    let now = SystemTime::now();

    let verified = |by: &Verifier| time(|| by.verify(&report, now).map(drop).map_err(Into::into));
    let hash = time(|| {
        black_box(sha256(text.as_bytes()));
        Ok(())
    })?;
    let ecdsa = time(|| Ok(public.verify(black_box(&message), signature.as_ref())?))?;
    Ok(vec![
        Primitive { name: "SHA-256 of a report", time: hash, in_a_get: 1 },
        Primitive { name: "ECDSA P-256 verify", time: ecdsa, in_a_get: 0 },
        Primitive { name: "report, first of its kind", time: verified(&first)?, in_a_get: 0 },
        Primitive { name: "report, next of its kind", time: verified(&next)?, in_a_get: 0 },
        Primitive { name: "report, seen before", time: verified(&seen)?, in_a_get: 0 },
    ])
}

/// What one run takes, on average.
fn time(mut work: impl FnMut() -> Result<()>) -> Result<Duration> {
    work()?;
    let (start, mut runs) = (Instant::now(), 0);
    while start.elapsed() < TIME {
        work()?;
        runs += 1;
    }
    Ok(start.elapsed() / runs)
}
