//! Certification paths of simulated devices and clouds.

use std::ops::Range;
use std::time::{Duration, SystemTime};

use aecs_attest::Result;
use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DistinguishedName, DnType, IsCa, Issuer,
    KeyUsagePurpose,
};

use crate::ecdsa::{Curve, SigningKey};
use crate::failure::internal;
use crate::model::MARKER;

const BACKDATED: Duration = Duration::from_secs(24 * 3600);
const LIFETIME: Duration = Duration::from_secs(25 * 365 * 24 * 3600);

/// A certificate to make.
#[derive(Debug, Clone)]
pub struct CertificateSpec {
    /// Common name of the subject.
    pub subject: String,
    /// Whether it is an authority's.
    pub ca: bool,
    /// Authorities that may be below it.
    pub path_len: Option<u8>,
    /// Whether its key may sign data.
    pub digital_signature: bool,
    /// Whether its key may sign certificates.
    pub cert_sign: bool,
    /// When it is valid; whole seconds.
    pub validity: Range<SystemTime>,
    /// More extensions: identifier, criticality, content.
    pub extensions: Vec<(Vec<u64>, bool, Vec<u8>)>,
}

impl CertificateSpec {
    /// An authority's, valid from a day ago and for longer than any simulation.
    #[must_use]
    pub fn authority(subject: impl Into<String>) -> Self {
        let now = SystemTime::now();
        Self {
            subject: subject.into(),
            ca: true,
            path_len: None,
            digital_signature: false,
            cert_sign: true,
            validity: now - BACKDATED..now + LIFETIME,
            extensions: Vec::new(),
        }
    }

    /// A signer's, valid as long.
    #[must_use]
    pub fn signer(subject: impl Into<String>) -> Self {
        Self { ca: false, digital_signature: true, cert_sign: false, ..Self::authority(subject) }
    }

    fn params(&self) -> CertificateParams {
        let mut params = CertificateParams::default();
        let mut name = DistinguishedName::new();
        name.push(DnType::CommonName, self.subject.as_str());
        name.push(DnType::OrganizationName, MARKER);
        params.distinguished_name = name;
        params.not_before = self.validity.start.into();
        params.not_after = self.validity.end.into();
        params.use_authority_key_identifier_extension = true;
        params.is_ca = match (self.ca, self.path_len) {
            (true, Some(len)) => IsCa::Ca(BasicConstraints::Constrained(len)),
            (true, None) => IsCa::Ca(BasicConstraints::Unconstrained),
            (false, _) => IsCa::ExplicitNoCa,
        };
        let usages = [
            (self.digital_signature, KeyUsagePurpose::DigitalSignature),
            (self.cert_sign, KeyUsagePurpose::KeyCertSign),
        ];
        params.key_usages =
            usages.into_iter().filter(|(used, _)| *used).map(|(_, usage)| usage).collect();
        params.custom_extensions = self
            .extensions
            .iter()
            .map(|(oid, critical, content)| {
                let mut extension = CustomExtension::from_oid_content(oid, content.clone());
                extension.set_criticality(*critical);
                extension
            })
            .collect();
        params
    }
}

/// A path that was made, with the key of its last certificate.
#[derive(Debug)]
pub(crate) struct SimulatedPath {
    /// In DER, from the root's to the signer's.
    pub(crate) certificates: Vec<Vec<u8>>,
    pub(crate) key: SigningKey,
}

impl SimulatedPath {
    /// Makes certificates from the root's to the signer's, each issued by the one before it.
    pub(crate) fn issue(root: &CertificateSpec, below: &[CertificateSpec]) -> Result<Self> {
        let mut key = SigningKey::generate(Curve::P384)?;
        let mut params = root.params();
        let mut certificates =
            vec![params.self_signed(key.pair()).map_err(internal)?.der().to_vec()];
        for spec in below {
            let subject_key = SigningKey::generate(Curve::P384)?;
            let subject = spec.params();
            let issuer = Issuer::from_params(&params, key.pair());
            let certificate = subject.signed_by(subject_key.pair(), &issuer).map_err(internal)?;
            certificates.push(certificate.der().to_vec());
            (key, params) = (subject_key, subject);
        }
        Ok(Self { certificates, key })
    }

    pub(crate) fn root_der(&self) -> &[u8] {
        self.certificates.first().map_or(&[], Vec::as_slice)
    }
}
