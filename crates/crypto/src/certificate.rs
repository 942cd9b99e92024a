//! Self-signed X.509 v3 certificates, and the check that a certificate and a key belong together.

use std::net::IpAddr;
use std::str::FromStr;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, ECDSA_P521_SHA512_ASN1_SIGNING,
    EcdsaKeyPair, EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair as _,
};
use rcgen::string::{Ia5String, PrintableString};
use rcgen::{
    BasicConstraints, DistinguishedName, DnType, DnValue, ExtendedKeyUsagePurpose, IsCa,
    KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, PKCS_RSA_SHA256, PublicKeyData, SanType, SerialNumber,
    SignatureAlgorithm, SigningKey,
};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use time::{Duration, OffsetDateTime};
use zeroize::Zeroizing;

use crate::error::{Error, Result};
use crate::generate::RsaBits;
use crate::hash::random;
use crate::key::rsa;
use crate::pem;
use crate::secret::SecretString;

/// Longest validity of a generated certificate, in days: a hundred years.
const MAX_DAYS: u32 = 36_525;

/// The key of a generated certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CertificateKey {
    /// RSA, signed with PKCS#1 v1.5 and SHA-256.
    Rsa(RsaBits),
    /// ECDSA on P-256 with SHA-256.
    EcP256,
}

/// The subject of a generated certificate, which is its issuer too. Fields that are `None` are left
/// out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// CN, at most 64 characters.
    pub common_name: Option<String>,
    /// O, at most 64 characters.
    pub organization: Option<String>,
    /// OU, at most 64 characters.
    pub organizational_unit: Option<String>,
    /// L, at most 128 characters.
    pub locality: Option<String>,
    /// ST, at most 128 characters.
    pub state: Option<String>,
    /// C, two letters.
    pub country: Option<String>,
}

impl Default for Subject {
    /// The subject that AECS 2.0 gives every certificate.
    fn default() -> Self {
        Self {
            common_name: Some("aecs.trusted.com".to_owned()),
            organization: Some("TEE".to_owned()),
            organizational_unit: Some("AECS".to_owned()),
            locality: Some("HZ".to_owned()),
            state: Some("ZJ".to_owned()),
            country: Some("CN".to_owned()),
        }
    }
}

/// What the key of a certificate may be used for (RFC 5280, section 4.2.1.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyUsage(KeyUsagePurpose);

impl FromStr for KeyUsage {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        Ok(Self(match name {
            "digital_signature" => KeyUsagePurpose::DigitalSignature,
            "content_commitment" => KeyUsagePurpose::ContentCommitment,
            "key_encipherment" => KeyUsagePurpose::KeyEncipherment,
            "data_encipherment" => KeyUsagePurpose::DataEncipherment,
            "key_agreement" => KeyUsagePurpose::KeyAgreement,
            "key_cert_sign" => KeyUsagePurpose::KeyCertSign,
            "crl_sign" => KeyUsagePurpose::CrlSign,
            _ => {
                return Err(Error::UnknownName {
                    what: "key usage",
                    accepted: "digital_signature, content_commitment, key_encipherment, \
                               data_encipherment, key_agreement, key_cert_sign, crl_sign",
                });
            }
        }))
    }
}

/// What a certificate may be used for (RFC 5280, section 4.2.1.12).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExtendedKeyUsage(ExtendedKeyUsagePurpose);

impl FromStr for ExtendedKeyUsage {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        Ok(Self(match name {
            "server_auth" => ExtendedKeyUsagePurpose::ServerAuth,
            "client_auth" => ExtendedKeyUsagePurpose::ClientAuth,
            "code_signing" => ExtendedKeyUsagePurpose::CodeSigning,
            "email_protection" => ExtendedKeyUsagePurpose::EmailProtection,
            "time_stamping" => ExtendedKeyUsagePurpose::TimeStamping,
            "ocsp_signing" => ExtendedKeyUsagePurpose::OcspSigning,
            _ => {
                return Err(Error::UnknownName {
                    what: "extended key usage",
                    accepted: "server_auth, client_auth, code_signing, email_protection, \
                               time_stamping, ocsp_signing",
                });
            }
        }))
    }
}

/// What a generated certificate should be. The default is that of AECS 2.0, but no CA: RSA with 2048
/// bits, 3650 days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateParams {
    /// Algorithm and size of the key.
    pub key: CertificateKey,
    /// Validity in days, from now on: 1 to 36525.
    pub days: u32,
    /// Subject and issuer.
    pub subject: Subject,
    /// Subject alternative names: IP addresses, e-mail addresses (with `@`), URIs (with `://`),
    /// and DNS names.
    pub sans: Vec<String>,
    /// Whether it is a CA, which may issue certificates.
    pub is_ca: bool,
    /// What its key may be used for; by default what the key can do: digital signatures and for RSA
    /// the encipherment of keys, and for a CA certificates and revocation lists.
    pub key_usages: Vec<KeyUsage>,
    /// What it may be used for; by default anything.
    pub extended_key_usages: Vec<ExtendedKeyUsage>,
}

impl Default for CertificateParams {
    fn default() -> Self {
        Self {
            key: CertificateKey::Rsa(RsaBits::Bits2048),
            days: 3650,
            subject: Subject::default(),
            sans: Vec::new(),
            is_ca: false,
            key_usages: Vec::new(),
            extended_key_usages: Vec::new(),
        }
    }
}

/// A certificate and its private key as PEM.
pub struct CertificatePems {
    /// The certificate, with those that follow it in its chain: `CERTIFICATE`.
    pub certificate: String,
    /// The private key; that of a generated certificate is PKCS#8 (`PRIVATE KEY`).
    pub private_key: SecretString,
    /// The root that was given with the certificate; empty for none.
    pub root: String,
}

/// Makes a key and a self-signed X.509 v3 certificate for it, with basic constraints, key usage, a
/// subject key identifier and a random serial number.
///
/// Takes tens to hundreds of milliseconds with an RSA key: not for an async runtime's threads.
///
/// # Errors
///
/// [`Error::CertificateParameter`] for a parameter out of its range, and [`Error::Library`].
pub fn certificate(params: &CertificateParams) -> Result<CertificatePems> {
    let request = request(params)?;
    let (signed, pkcs8) = match params.key {
        CertificateKey::Rsa(bits) => {
            let key = rsa::Private::generate(bits.key_size())?;
            (request.self_signed(&RsaSigner(&key)), key.pkcs8_der()?)
        }
        CertificateKey::EcP256 => {
            let failed = |_| Error::Library("EC key generation");
            let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).map_err(failed)?;
            let pkcs8 = key.to_pkcs8v1().map_err(failed)?;
            (request.self_signed(&EcSigner(&key)), Zeroizing::new(pkcs8.as_ref().to_vec()))
        }
    };
    let signed = signed.map_err(|_| Error::Library("certificate signature"))?;
    Ok(CertificatePems {
        certificate: pem::encode(pem::CERTIFICATE, signed.der())?,
        private_key: SecretString::from(pem::encode(pem::PRIVATE_KEY, &pkcs8)?),
        root: String::new(),
    })
}

/// Checks that a private key belongs to the first certificate of a chain.
///
/// Accepted are RSA, ECDSA on P-256, P-384 and P-521, and Ed25519 keys, as PKCS#8, PKCS#1 or SEC 1.
/// Every certificate of the chain has to be well formed; nothing else is said about it.
///
/// # Errors
///
/// [`Error::KeyMismatch`] if the key belongs to something else, or an [`Error`] that says which
/// half cannot be read.
pub fn check_certificate(chain: &str, private_key: &str) -> Result<()> {
    let mut leaf_key = None;
    for der in CertificateDer::pem_slice_iter(chain.as_bytes()) {
        let der = der.map_err(|_| Error::MalformedCertificate("not a PEM text"))?;
        let (rest, parsed) = x509_parser::parse_x509_certificate(&der)
            .map_err(|_| Error::MalformedCertificate("not an X.509 certificate"))?;
        if !rest.is_empty() {
            return Err(Error::MalformedCertificate("there is data behind the certificate"));
        }
        leaf_key.get_or_insert_with(|| parsed.public_key().subject_public_key.data.to_vec());
    }
    let leaf_key = leaf_key.ok_or(Error::MalformedCertificate("there is none"))?;
    if public_bits(private_key)? == leaf_key {
        Ok(())
    } else {
        Err(Error::KeyMismatch("certificate"))
    }
}

/// Checks by their names that every certificate after the first may have issued another one of the chain. One
/// that has not was put there by mistake. Certificates that cannot be read are not judged.
///
/// # Errors
///
/// [`Error::MalformedCertificate`].
pub fn check_chain(chain: &str) -> Result<()> {
    let ders: Vec<_> = CertificateDer::pem_slice_iter(chain.as_bytes())
        .filter_map(std::result::Result::ok)
        .collect();
    let read = |der| x509_parser::parse_x509_certificate(der).ok().map(|(_, parsed)| parsed);
    let parsed: Vec<_> = ders.iter().filter_map(|der| read(der)).collect();
    let issued_one = |place: usize, subject| {
        parsed.iter().enumerate().any(|(at, other)| at != place && other.issuer() == subject)
    };
    match (1..).zip(parsed.iter().skip(1)).all(|(at, it)| issued_one(at, it.subject())) {
        true => Ok(()),
        false => Err(Error::MalformedCertificate(
            "a certificate after the first has issued no other certificate of the chain: leave it out",
        )),
    }
}

/// The public key that belongs to a private key, as the bits of its SPKI.
fn public_bits(private_key: &str) -> Result<Vec<u8>> {
    const EC_ALGORITHMS: [&EcdsaSigningAlgorithm; 3] = [
        &ECDSA_P256_SHA256_ASN1_SIGNING,
        &ECDSA_P384_SHA384_ASN1_SIGNING,
        &ECDSA_P521_SHA512_ASN1_SIGNING,
    ];
    let blocks = pem::parse_private(private_key)?;
    let unaccepted = |found: &str| Error::UnacceptedKey {
        wanted: "the private key of a certificate",
        found: found.to_owned(),
        accepted: "one RSA, ECDSA (P-256, P-384, P-521) or Ed25519 key",
    };
    let [block] = blocks.as_slice() else {
        return Err(unaccepted("a text of several keys"));
    };
    let der = block.der.as_slice();
    let ec = |read: fn(&'static EcdsaSigningAlgorithm, &[u8]) -> Option<EcdsaKeyPair>| {
        EC_ALGORITHMS
            .into_iter()
            .find_map(|algorithm| read(algorithm, der))
            .map(|key| key.public_key().as_ref().to_vec())
    };
    let bits = match block.label {
        pem::RSA_PRIVATE_KEY => Some(rsa::Private::from_pkcs1(der)?.public_pkcs1_der().to_vec()),
        pem::EC_PRIVATE_KEY => {
            ec(|algorithm, der| EcdsaKeyPair::from_private_key_der(algorithm, der).ok())
        }
        pem::PRIVATE_KEY => ec(|algorithm, der| EcdsaKeyPair::from_pkcs8(algorithm, der).ok())
            .or_else(|| {
                Ed25519KeyPair::from_pkcs8(der).ok().map(|key| key.public_key().as_ref().to_vec())
            })
            .map_or_else(
                || rsa::Private::from_pkcs8(der).map(|key| Some(key.public_pkcs1_der().to_vec())),
                |bits| Ok(Some(bits)),
            )?,
        _ => None,
    };
    bits.ok_or_else(|| unaccepted("another key"))
}

fn request(params: &CertificateParams) -> Result<rcgen::CertificateParams> {
    if !(1..=MAX_DAYS).contains(&params.days) {
        return Err(invalid("days", "must be 1 to 36525"));
    }
    let now = OffsetDateTime::now_utc();
    let mut request = rcgen::CertificateParams::default();
    request.not_before = now;
    request.not_after = now + Duration::days(params.days.into());
    request.serial_number = Some(serial_number()?);
    request.subject_alt_names =
        params.sans.iter().map(|san| alternative_name(san)).collect::<Result<_>>()?;
    request.distinguished_name = distinguished_name(&params.subject)?;
    request.is_ca = match params.is_ca {
        true => IsCa::Ca(BasicConstraints::Unconstrained),
        false => IsCa::ExplicitNoCa,
    };
    request.key_usages = key_usages(params)?;
    request.extended_key_usages =
        params.extended_key_usages.iter().map(|usage| usage.0.clone()).collect();
    Ok(request)
}

/// The usages that are asked for, or what the key can do.
fn key_usages(params: &CertificateParams) -> Result<Vec<KeyUsagePurpose>> {
    let asked: Vec<_> = params.key_usages.iter().map(|usage| usage.0).collect();
    if params.is_ca != asked.contains(&KeyUsagePurpose::KeyCertSign) && !asked.is_empty() {
        // RFC 5280, section 4.2.1.9.
        return Err(invalid("key usage", "a CA, and nothing else, has key_cert_sign"));
    }
    if !asked.is_empty() {
        return Ok(asked);
    }
    let mut usages = vec![KeyUsagePurpose::DigitalSignature];
    if matches!(params.key, CertificateKey::Rsa(_)) {
        usages.push(KeyUsagePurpose::KeyEncipherment);
    }
    if params.is_ca {
        usages.extend([KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign]);
    }
    Ok(usages)
}

/// 16 random bytes that are a positive integer of that length (RFC 5280, section 4.1.2.2).
fn serial_number() -> Result<SerialNumber> {
    let mut serial = random::<16>()?;
    if let Some(first) = serial.first_mut() {
        *first = *first & 0x3f | 0x40;
    }
    Ok(SerialNumber::from_slice(&serial))
}

fn distinguished_name(subject: &Subject) -> Result<DistinguishedName> {
    // Upper bounds of RFC 5280, appendix A.1.
    let texts = [
        ("state", &subject.state, DnType::StateOrProvinceName, 128),
        ("locality", &subject.locality, DnType::LocalityName, 128),
        ("organization", &subject.organization, DnType::OrganizationName, 64),
        ("organizational unit", &subject.organizational_unit, DnType::OrganizationalUnitName, 64),
        ("common name", &subject.common_name, DnType::CommonName, 64),
    ];
    let mut name = DistinguishedName::new();
    if let Some(country) = &subject.country {
        let letters = country.len() == 2 && country.bytes().all(|b| b.is_ascii_alphabetic());
        let value = PrintableString::try_from(country.as_str())
            .ok()
            .filter(|_| letters)
            .ok_or(invalid("country", "must be two letters"))?;
        name.push(DnType::CountryName, DnValue::PrintableString(value));
    }
    for (field, value, kind, longest) in texts {
        if let Some(value) = value {
            if value.is_empty() || value.chars().count() > longest {
                return Err(invalid(field, "is empty or too long"));
            }
            name.push(kind, value.as_str());
        }
    }
    Ok(name)
}

fn alternative_name(san: &str) -> Result<SanType> {
    if let Ok(address) = san.parse::<IpAddr>() {
        return Ok(SanType::IpAddress(address));
    }
    let printable = !san.is_empty() && san.bytes().all(|byte| byte.is_ascii_graphic());
    let text = Ia5String::try_from(san)
        .ok()
        .filter(|_| printable)
        .ok_or(invalid("subject alternative name", "must be printable ASCII without spaces"))?;
    Ok(if san.contains("://") {
        SanType::URI(text)
    } else if san.contains('@') {
        SanType::Rfc822Name(text)
    } else {
        SanType::DnsName(text)
    })
}

fn invalid(name: &'static str, reason: &'static str) -> Error {
    Error::CertificateParameter { name, reason }
}

/// Signs with a key that is wiped; the generator's own key type keeps unwiped copies.
struct RsaSigner<'a>(&'a rsa::Private);

impl PublicKeyData for RsaSigner<'_> {
    fn der_bytes(&self) -> &[u8] {
        self.0.public_pkcs1_der()
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &PKCS_RSA_SHA256
    }
}

impl SigningKey for RsaSigner<'_> {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        self.0.sign(message).map_err(|_| rcgen::Error::RemoteKeyError)
    }
}

struct EcSigner<'a>(&'a EcdsaKeyPair);

impl PublicKeyData for EcSigner<'_> {
    fn der_bytes(&self) -> &[u8] {
        self.0.public_key().as_ref()
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &PKCS_ECDSA_P256_SHA256
    }
}

impl SigningKey for EcSigner<'_> {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        self.0
            .sign(&SystemRandom::new(), message)
            .map(|signature| signature.as_ref().to_vec())
            .map_err(|_| rcgen::Error::RemoteKeyError)
    }
}

#[cfg(test)]
mod tests;
