//! Certificates of simulated vendors: with RSA keys by `rcgen`, with SM2 keys by hand.

use std::time::{Duration, SystemTime};

use aecs_attest::Result;
use aecs_crypto::sm::{DEFAULT_ID, Sm2Signer};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{RSA_PSS_SHA256, RsaKeyPair};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, PKCS_RSA_SHA256, PublicKeyData as _, RsaKeySize, SigningKey as _,
};
use time::OffsetDateTime;
use x509_parser::asn1_rs::Header;
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer;
use x509_parser::public_key::PublicKey;
use x509_parser::x509::SubjectPublicKeyInfo;

use crate::der::{
    self, BOOLEAN, EXPLICIT_0, EXPLICIT_3, OBJECT_IDENTIFIER, OCTET_STRING, SET, UTF8_STRING,
    bit_string, element, integer, sequence,
};
use crate::failure::internal;

/// When certificates are valid: both ends are inside.
pub(crate) type Window = std::ops::Range<SystemTime>;

/// From a day ago, for ten years.
pub(crate) fn default_window() -> Window {
    const DAY: Duration = Duration::from_secs(24 * 3600);
    let now = SystemTime::now();
    now - DAY..now + 3650 * DAY
}

/// An RSA key of 2048 bits.
pub(crate) struct RsaKey {
    pair: KeyPair,
    pss: RsaKeyPair,
}

impl RsaKey {
    pub(crate) fn generate() -> Result<Self> {
        let pair =
            KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).map_err(internal)?;
        let pss = RsaKeyPair::from_pkcs8(&pair.serialize_der()).map_err(internal)?;
        Ok(Self { pair, pss })
    }

    /// A signature of PKCS #1, version 1.5, with SHA-256.
    pub(crate) fn sign(&self, message: &[u8]) -> Result<Vec<u8>> {
        self.pair.sign(message).map_err(internal)
    }

    /// A signature of RSA-PSS with SHA-256.
    pub(crate) fn sign_pss(&self, message: &[u8]) -> Result<Vec<u8>> {
        let mut signature = vec![0; self.pss.public_modulus_len()];
        self.pss
            .sign(&RSA_PSS_SHA256, &SystemRandom::new(), message, &mut signature)
            .map_err(internal)?;
        Ok(signature)
    }

    /// The modulus, big endian.
    pub(crate) fn modulus(&self) -> Result<Vec<u8>> {
        let der = self.pair.subject_public_key_info();
        let (_, info) = SubjectPublicKeyInfo::from_der(&der).map_err(internal)?;
        match info.parsed().map_err(internal)? {
            PublicKey::RSA(key) => {
                Ok(key.modulus.iter().copied().skip_while(|byte| *byte == 0).collect())
            }
            _ => Err(internal("not an RSA key")),
        }
    }
}

/// RSASSA-PKCS1-v1_5 with SHA-256 (RFC 4055).
const RSA_WITH_SHA256: &[u8] =
    &[0x30, 0x0D, 0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x0B, 0x05, 0x00];

/// RSASSA-PSS with SHA-256, MGF1 with SHA-256 and a salt of 32 bytes (RFC 4055).
const PSS_SHA256: &[u8] = &[
    0x30, 0x41, 0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x0A, 0x30, 0x34, 0xA0,
    0x0F, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00,
    0xA1, 0x1C, 0x30, 0x1A, 0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x08, 0x30,
    0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0xA2, 0x03,
    0x02, 0x01, 0x20,
];

/// An authority with an RSA key.
pub(crate) struct RsaAuthority {
    key: RsaKey,
    subject: String,
    pub(crate) der: Vec<u8>,
}

impl RsaAuthority {
    pub(crate) fn new(subject: &str, window: &Window) -> Result<Self> {
        let key = RsaKey::generate()?;
        let params = Self::params(subject, window);
        let der = params.self_signed(&key.pair).map_err(internal)?.der().to_vec();
        Ok(Self { key, subject: subject.to_owned(), der })
    }

    /// The certificate of a key, in DER.
    pub(crate) fn issue(&self, subject: &str, key: &RsaKey, window: &Window) -> Result<Vec<u8>> {
        let mut params = dated(subject, window);
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        // Of the parameters only the subject and the usages matter to an issuer.
        let issuer = Issuer::new(Self::params(&self.subject, &default_window()), &self.key.pair);
        Ok(params.signed_by(&key.pair, &issuer).map_err(internal)?.der().to_vec())
    }

    /// The same, signed with RSA-PSS, as the attestation key service of kunpengsecl does it.
    pub(crate) fn issue_pss(
        &self,
        subject: &str,
        key: &RsaKey,
        window: &Window,
    ) -> Result<Vec<u8>> {
        let der = self.issue(subject, key, window)?;
        let (_, certificate) = X509Certificate::from_der(&der).map_err(internal)?;
        let (content, _) =
            Header::from_der(certificate.tbs_certificate.as_ref()).map_err(internal)?;
        let at = content
            .windows(RSA_WITH_SHA256.len())
            .position(|window| window == RSA_WITH_SHA256)
            .ok_or_else(|| internal("it names another algorithm"))?;
        let (before, from) = content.split_at(at);
        let behind = from.get(RSA_WITH_SHA256.len()..).unwrap_or_default();
        let tbs = sequence(&[before.to_vec(), PSS_SHA256.to_vec(), behind.to_vec()]);
        let signature = self.key.sign_pss(&tbs)?;
        Ok(sequence(&[tbs, PSS_SHA256.to_vec(), bit_string(&signature)]))
    }

    /// A certificate that the owner of a key signed alone, in somebody's name.
    pub(crate) fn issue_itself(subject: &str, key: &RsaKey, window: &Window) -> Result<Vec<u8>> {
        let params = Self::params(subject, window);
        Ok(params.self_signed(&key.pair).map_err(internal)?.der().to_vec())
    }

    fn params(subject: &str, window: &Window) -> CertificateParams {
        let mut params = dated(subject, window);
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        params
    }
}

fn dated(subject: &str, window: &Window) -> CertificateParams {
    let mut params = CertificateParams::default();
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, subject);
    params.distinguished_name = name;
    params.not_before = OffsetDateTime::from(window.start);
    params.not_after = OffsetDateTime::from(window.end);
    params
}

pub(crate) fn pem(der: &[u8]) -> String {
    pem::encode(&pem::Pem::new("CERTIFICATE", der))
}

/// A certificate with an SM2 key, signed with SM2.
pub(crate) struct Sm2Certificate<'a> {
    pub(crate) subject: &'a str,
    pub(crate) issuer: &'a str,
    pub(crate) key: &'a Sm2Signer,
    pub(crate) authority: bool,
    pub(crate) window: &'a Window,
    /// Identifier (its DER content) and value of one more extension.
    pub(crate) extension: Option<(&'a [u8], Vec<u8>)>,
}

const SM2_WITH_SM3: &[u8] = &[0x2A, 0x81, 0x1C, 0xCF, 0x55, 0x01, 0x83, 0x75];
const EC_PUBLIC_KEY: &[u8] = &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01];
const SM2_CURVE: &[u8] = &[0x2A, 0x81, 0x1C, 0xCF, 0x55, 0x01, 0x82, 0x2D];
const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
const BASIC_CONSTRAINTS: &[u8] = &[0x55, 0x1D, 0x13];

impl Sm2Certificate<'_> {
    /// The certificate in DER, signed by this key.
    pub(crate) fn signed_by(&self, signer: &Sm2Signer) -> Result<Vec<u8>> {
        let algorithm = sequence(&[element(OBJECT_IDENTIFIER, SM2_WITH_SM3)]);
        let mut point = vec![4];
        point.extend(self.key.point());
        let key = sequence(&[
            sequence(&[
                element(OBJECT_IDENTIFIER, EC_PUBLIC_KEY),
                element(OBJECT_IDENTIFIER, SM2_CURVE),
            ]),
            bit_string(&point),
        ]);
        let constraints =
            if self.authority { sequence(&[element(BOOLEAN, &[0xFF])]) } else { sequence(&[]) };
        let mut extensions = vec![sequence(&[
            element(OBJECT_IDENTIFIER, BASIC_CONSTRAINTS),
            element(BOOLEAN, &[0xFF]),
            element(OCTET_STRING, &constraints),
        ])];
        if let Some((id, value)) = &self.extension {
            let value = element(OCTET_STRING, value);
            extensions.push(sequence(&[element(OBJECT_IDENTIFIER, id), value]));
        }
        let tbs = sequence(&[
            element(EXPLICIT_0, &integer(2)),
            integer(1),
            algorithm.clone(),
            name(self.issuer),
            sequence(&[der::time(self.window.start), der::time(self.window.end)]),
            name(self.subject),
            key,
            element(EXPLICIT_3, &sequence(&extensions)),
        ]);
        let signature = signer.sign_der(DEFAULT_ID, &tbs)?;
        Ok(sequence(&[tbs, algorithm, bit_string(&signature)]))
    }
}

/// Text, in DER.
pub(crate) fn utf8(text: &str) -> Vec<u8> {
    element(UTF8_STRING, text.as_bytes())
}

fn name(common_name: &str) -> Vec<u8> {
    let attribute = sequence(&[element(OBJECT_IDENTIFIER, COMMON_NAME), utf8(common_name)]);
    sequence(&[element(SET, &attribute)])
}
