//! What a get is made of, alone and in this process.

use std::{
    hint::black_box,
    time::{Duration, Instant, SystemTime},
};

use aecs_attest::Verifier;
use aecs_crypto::sha256;
use anyhow::Result;
use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey},
    agreement::{PrivateKey, UnparsedPublicKey, X25519, agree},
    hkdf::{HKDF_SHA256, Prk},
    hmac::{self, HMAC_SHA256},
    rand::{self, SystemRandom},
    signature::{
        ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, ED25519, EcdsaKeyPair,
        Ed25519KeyPair, KeyPair as _, ParsedPublicKey, UnparsedPublicKey as SignerKey,
    },
};

use crate::target::Target;

/// How long each is measured.
const TIME: Duration = Duration::from_millis(200);

/// A primitive, what it takes, and how many of them a get with a known report and a get in a session
/// have.
pub(crate) struct Primitive {
    pub(crate) name: &'static str,
    pub(crate) time: Duration,
    pub(crate) in_a_get: u32,
    pub(crate) in_a_session: u32,
}

fn primitive(name: &'static str, time: Duration, in_a_get: u32) -> Primitive {
    Primitive { name, time, in_a_get, in_a_session: 0 }
}

/// Measures all of them.
pub(crate) fn measure(target: &Target) -> Result<Vec<Primitive>> {
    let mut all = of_a_get()?;
    all.extend(of_a_session()?);
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
        primitive("Ed25519 verify", verify, 1),
        primitive("Ed25519 sign", sign, 1),
        primitive("X25519 key exchange", exchange, 1),
    ])
}

/// What the server does in a session: it compares the code of a request, and encrypts an answer of
/// about 1 KiB under a key that it derives from random bytes.
fn of_a_session() -> Result<Vec<Primitive>> {
    let (message, aad) = ([7; 256], [8; 100]);
    let code = hmac::Key::new(HMAC_SHA256, &[1; 32]);
    let answers = Prk::new_less_safe(HKDF_SHA256, &[2; 32]);
    let hmac = time(|| {
        black_box(hmac::sign(&code, black_box(&message)));
        Ok(())
    })?;
    let mut plain = vec![9; 1024];
    let seal = time(|| {
        let mut random = [0; 32];
        rand::fill(&mut random)?;
        let info = [random.as_slice()];
        let key = answers.expand(&info, &AES_256_GCM)?;
        let (key, nonce) =
            (LessSafeKey::new(UnboundKey::from(key)), Nonce::assume_unique_for_key([0; 12]));
        let _tag = black_box(key.seal_in_place_separate_tag(nonce, Aad::from(&aad), &mut plain)?);
        Ok(())
    })?;
    let in_a_session = |name, time| Primitive { name, time, in_a_get: 0, in_a_session: 1 };
    Ok(vec![
        in_a_session("HMAC-SHA-256 of a request", hmac),
        in_a_session("derive a key, seal an answer", seal),
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
        primitive("SHA-256 of a report", hash, 1),
        primitive("ECDSA P-256 verify", ecdsa, 0),
        primitive("report, new machine type", verified(&first)?, 0),
        primitive("report, known machine type", verified(&next)?, 0),
        primitive("report, seen before", verified(&seen)?, 0),
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
