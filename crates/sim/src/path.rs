//! Certification paths of simulated devices and clouds.

use std::ops::Range;
use std::time::SystemTime;

use aecs_attest::Result;

use crate::keys::{Curve, EcKey};
use crate::x509::{
    Certificate, Signer as _, Usage, basic_constraints, extension, key_usage, usual_window,
};

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
        Self {
            subject: subject.into(),
            ca: true,
            path_len: None,
            digital_signature: false,
            cert_sign: true,
            validity: usual_window(),
            extensions: Vec::new(),
        }
    }

    /// A signer's, valid as long.
    #[must_use]
    pub fn signer(subject: impl Into<String>) -> Self {
        Self { ca: false, digital_signature: true, cert_sign: false, ..Self::authority(subject) }
    }

    /// The certificate of a key, at a place of the path.
    pub(crate) fn signed(
        &self,
        serial: u64,
        issuer: &str,
        key: &EcKey,
        signer: &EcKey,
    ) -> Result<Vec<u8>> {
        let mut extensions = vec![basic_constraints(self.ca, self.path_len)];
        let usages =
            [(self.digital_signature, Usage::DigitalSignature), (self.cert_sign, Usage::CertSign)];
        let usages: Vec<_> =
            usages.into_iter().filter(|(used, _)| *used).map(|(_, usage)| usage).collect();
        if !usages.is_empty() {
            extensions.push(key_usage(&usages));
        }
        let others = self.extensions.iter();
        extensions.extend(others.map(|(id, critical, value)| extension(id, *critical, value)));
        let (subject, validity) = (self.subject.as_str(), &self.validity);
        Certificate { serial, issuer, subject, validity, extensions }.signed(&key.spki(), signer)
    }
}

/// A path that was made, with the keys of its certificates.
#[derive(Debug)]
pub(crate) struct SimulatedPath {
    /// In DER, from the root's to the signer's.
    pub(crate) certificates: Vec<Vec<u8>>,
    /// Names and keys of those above the signer, from the root's on.
    pub(crate) authorities: Vec<(String, EcKey)>,
    pub(crate) key: EcKey,
}

impl SimulatedPath {
    /// Makes certificates from the root's to the signer's, each issued by the one before it.
    pub(crate) fn issue(root: &CertificateSpec, below: &[CertificateSpec]) -> Result<Self> {
        let mut signer = EcKey::generate(Curve::P384)?;
        let mut issuer = root;
        let mut certificates = vec![root.signed(1, &root.subject, &signer, &signer)?];
        let mut authorities = Vec::new();
        for spec in below {
            // Random, since a device is known by the serial number of its certificate; of a fixed
            // length in DER.
            let serial = (u64::from_be_bytes(aecs_crypto::random()?) >> 2) | (1 << 62);
            let key = EcKey::generate(Curve::P384)?;
            certificates.push(spec.signed(serial, &issuer.subject, &key, &signer)?);
            authorities.push((issuer.subject.clone(), std::mem::replace(&mut signer, key)));
            issuer = spec;
        }
        Ok(Self { certificates, authorities, key: signer })
    }

    pub(crate) fn root_der(&self) -> &[u8] {
        self.certificates.first().map_or(&[], Vec::as_slice)
    }
}
