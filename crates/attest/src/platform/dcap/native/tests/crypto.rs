//! The cryptography that `dcap-qvl` verifies with: aws-lc-rs, as everywhere else.
//!
//! Some genuine evidence says its facts in a form that the library does not take: TCB info of
//! version 2, authentication data of other lengths, and attributes of trust domains about which a
//! policy decides here, not the library. For these the library is shown another form, and whenever
//! it verifies a signature or computes a hash over what it was shown, that is done over what came.
//! So nothing passes that is not signed to the byte, and every other check is the library's.

use std::cell::RefCell;

use aecs_crypto::sha256;
use dcap_qvl::config::{Config, CryptoProvider};
use dcap_qvl::signature::DerSigEncoder;
use dcap_qvl::x509::X509CertBackend;
use rustls_pki_types::{AlgorithmIdentifier, InvalidSignature, SignatureVerificationAlgorithm};

use webpki::aws_lc_rs::ECDSA_P256_SHA256;

/// The library's certificate parser and signature encoder, on aws-lc-rs.
pub(super) struct AwsLcConfig;

impl Config for AwsLcConfig {
    type X509 = X509CertBackend;
    type SigEncoder = DerSigEncoder;
    type Crypto = AwsLc;
}

pub(super) struct AwsLc;

impl CryptoProvider for AwsLc {
    fn sig_algo() -> &'static dyn SignatureVerificationAlgorithm {
        &OverWhatCame
    }

    fn sha256(data: &[u8]) -> [u8; 32] {
        over_what_came(data, sha256)
    }

    fn sha384(data: &[u8]) -> [u8; 48] {
        crate::quote::td_report::sha384(data)
    }
}

/// What the library is shown, in place of what came and is signed or hashed.
#[derive(Debug, Clone)]
pub(super) struct Shown {
    pub(super) shown: Vec<u8>,
    pub(super) came: Vec<u8>,
}

thread_local! {
    /// The library takes no state, only types.
    static SHOWN: RefCell<Vec<Shown>> = const { RefCell::new(Vec::new()) };
}

/// Calls the library on this thread while it is shown these.
pub(super) fn showing<T>(shown: Vec<Shown>, verify: impl FnOnce() -> T) -> T {
    /// Also when the library panics.
    struct Forget;
    impl Drop for Forget {
        fn drop(&mut self) {
            SHOWN.with_borrow_mut(Vec::clear);
        }
    }
    let _forget = Forget;
    SHOWN.with_borrow_mut(|current| *current = shown);
    verify()
}

#[derive(Debug)]
struct OverWhatCame;

impl SignatureVerificationAlgorithm for OverWhatCame {
    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        ECDSA_P256_SHA256.public_key_alg_id()
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        ECDSA_P256_SHA256.signature_alg_id()
    }

    fn verify_signature(
        &self,
        public_key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        over_what_came(message, |message| {
            ECDSA_P256_SHA256.verify_signature(public_key, message, signature)
        })
    }
}

fn over_what_came<T>(data: &[u8], compute: impl FnOnce(&[u8]) -> T) -> T {
    SHOWN.with_borrow(|shown| {
        let pair = shown.iter().find(|pair| pair.shown == data);
        compute(pair.map_or(data, |pair| pair.came.as_slice()))
    })
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::rand::SystemRandom;
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};

    use super::*;

    #[test]
    fn a_signature_holds_over_what_came_and_nothing_else() {
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
        let signature = key.sign(&SystemRandom::new(), b"came").unwrap();
        let verify = |message: &[u8]| {
            let public = key.public_key().as_ref();
            AwsLc::sig_algo().verify_signature(public, message, signature.as_ref()).is_ok()
        };
        let pair = Shown { shown: b"shown".to_vec(), came: b"came".to_vec() };
        assert!(verify(b"came") && !verify(b"shown"));
        showing(vec![pair.clone()], || {
            assert!(verify(b"shown") && verify(b"came") && !verify(b"other"));
            assert_eq!(AwsLc::sha256(b"shown"), sha256(b"came"));
        });
        assert!(!verify(b"shown"));
        let other = Shown { came: b"other".to_vec(), ..pair };
        showing(vec![other], || assert!(!verify(b"shown")));
    }
}
