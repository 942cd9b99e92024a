//! The cryptography that `dcap-qvl` verifies with: aws-lc-rs, as everywhere else.

use aecs_crypto::sha256;
use dcap_qvl::config::{Config, CryptoProvider};
use dcap_qvl::signature::DerSigEncoder;
use dcap_qvl::x509::X509CertBackend;
use rustls_pki_types::SignatureVerificationAlgorithm;

/// The library's certificate parser and signature encoder, on aws-lc-rs.
pub(crate) struct AwsLcConfig;

impl Config for AwsLcConfig {
    type X509 = X509CertBackend;
    type SigEncoder = DerSigEncoder;
    type Crypto = AwsLc;
}

pub(crate) struct AwsLc;

impl CryptoProvider for AwsLc {
    fn sig_algo() -> &'static dyn SignatureVerificationAlgorithm {
        webpki::aws_lc_rs::ECDSA_P256_SHA256
    }

    fn sha256(data: &[u8]) -> [u8; 32] {
        sha256(data)
    }

    fn sha384(data: &[u8]) -> [u8; 48] {
        let mut output = [0; 48];
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA384, data);
        output.copy_from_slice(digest.as_ref());
        output
    }
}
