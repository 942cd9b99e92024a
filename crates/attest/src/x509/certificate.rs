//! Certificates, as what they are used for: a signer's, or an authority's.

use std::time::SystemTime;

use aecs_crypto::sm::Sm2Verifier;
use x509_parser::asn1_rs::Oid;
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::{FromDer as _, ParsedExtension, X509Extension};
use x509_parser::x509::{X509Name, X509Version};

use super::rules::{Place, Rules};
use super::signature::{Algorithm, Key, KeyKind, Signed, sm2_key};
use crate::clock::from_asn1;
use crate::error::{Error, Result, Source, limit};
use crate::signature::memory::SignatureMemory;

/// A certificate, in bytes: vendors' have 0.5 to 1.7 KiB.
pub(crate) const MAX_SIZE: usize = 8 * 1024;

/// A certificate, read and not yet trusted.
pub(crate) struct Certificate<'a> {
    pub(crate) der: &'a [u8],
    pub(crate) x509: X509Certificate<'a>,
    signed: Signed<'a>,
}

impl<'a> Certificate<'a> {
    /// Reads one certificate with nothing behind it.
    pub(crate) fn read(der: &'a [u8]) -> Result<Self, Source> {
        let (rest, x509) =
            X509Certificate::from_der(der).map_err(|_| "not an X.509 certificate in DER")?;
        if !rest.is_empty() {
            return Err("bytes follow it".into());
        }
        Ok(Self { der, x509, signed: Signed::cut(der)? })
    }

    /// The same for evidence, of a limited size: [`Error::Malformed`].
    pub(crate) fn parse(what: &'static str, der: &'a [u8]) -> Result<Self> {
        limit(what, der, MAX_SIZE)?;
        Self::read(der).map_err(|error| Error::malformed(what, error))
    }

    /// The same for each of a chain, whose errors say which.
    pub(crate) fn chain(
        what: &'static str,
        ders: impl IntoIterator<Item = &'a [u8]>,
    ) -> Result<Vec<Self>> {
        let read = |(at, der)| {
            limit(what, der, MAX_SIZE)?;
            let number = |error| format!("certificate {} of the chain: {error}", at + 1);
            Self::read(der).map_err(|error| Error::malformed(what, number(error)))
        };
        ders.into_iter().enumerate().map(read).collect()
    }

    /// The subject's first common name; empty without one.
    pub(crate) fn name(&self) -> &str {
        common_name(self.x509.subject())
    }

    /// The issuer's first common name; empty without one.
    pub(crate) fn issuer_name(&self) -> &str {
        common_name(self.x509.issuer())
    }

    /// The extension with this identifier; it must not be there twice.
    pub(crate) fn extension(&self, id: &Oid<'_>) -> Option<&X509Extension<'a>> {
        self.x509.get_extension_unique(id).ok().flatten()
    }

    /// The subject's public key, as its algorithm encodes it.
    pub(crate) fn public_key(&self) -> &[u8] {
        &self.x509.public_key().subject_public_key.data
    }

    /// The same, with which kind of key it is.
    pub(super) fn key(&self) -> Key {
        Key::of(self.x509.public_key())
    }

    /// The subject's public key, if it is one of SM2.
    pub(crate) fn sm2_key(&self) -> Result<Sm2Verifier, Source> {
        if KeyKind::of(self.x509.public_key()) != Some(KeyKind::Sm2) {
            return Err("the key is not on the SM2 curve".into());
        }
        sm2_key(self.public_key())
    }

    /// First and last second of its validity.
    pub(crate) fn period(&self) -> (SystemTime, SystemTime) {
        let validity = self.x509.validity();
        (from_asn1(validity.not_before), from_asn1(validity.not_after))
    }

    /// Whether it names itself as its issuer.
    pub(crate) fn is_self_issued(&self) -> bool {
        self.x509.issuer().as_raw() == self.x509.subject().as_raw()
    }

    /// Whether the holder of this certificate's key signed it.
    pub(crate) fn is_self_signed(&self, algorithms: &[Algorithm]) -> bool {
        let key = Key::of(self.x509.public_key());
        self.signed.verify(algorithms, &key, &SignatureMemory::new(0)).is_ok()
    }

    /// Whether its key may sign revocation lists.
    pub(crate) fn may_sign_lists(&self) -> bool {
        self.x509.key_usage().is_ok_and(|usage| usage.is_some_and(|usage| usage.value.crl_sign()))
    }

    /// What is wrong with it. Its name is evidence: control characters must not reach a terminal.
    pub(crate) fn fault(&self, text: impl std::fmt::Display) -> Source {
        let subject = self.x509.subject().to_string();
        format!("certificate of {}: {text}", subject.escape_debug()).into()
    }

    /// Takes it for the certificate of a key that signs evidence.
    pub(crate) fn check_signer(&self, rules: &Rules) -> Result<(), &'static str> {
        self.profile(rules, Place::Signer)?;
        if KeyKind::of(self.x509.public_key()) == Some(rules.signer_key) {
            Ok(())
        } else {
            Err("its key is not of the kind that its vendor uses")
        }
    }

    /// Takes it for an authority's.
    pub(crate) fn authority(&self, rules: &Rules) -> Result<Authority, &'static str> {
        Ok(Authority {
            path_len: self.profile(rules, Place::Authority)?,
            name: self.name().to_owned(),
            subject: self.x509.subject().as_raw().to_vec(),
            serial: self.x509.raw_serial().to_vec(),
            period: self.period(),
            key: Key::of(self.x509.public_key()),
            der: self.der.to_vec(),
        })
    }

    /// Whether it says itself that it is for its place (RFC 5280, sections 4.2.1.3 and 4.2.1.9),
    /// and nothing critical that nobody here reads. Gives its path length.
    fn profile(&self, rules: &Rules, place: Place) -> Result<Option<u32>, &'static str> {
        let x509 = &self.x509;
        if x509.version() != X509Version::V3 {
            return Err("it is not of version 3");
        }
        for extension in x509.extensions() {
            let read = (rules.reads)(extension.oid.as_bytes(), place);
            let malformed =
                matches!(extension.parsed_extension(), ParsedExtension::ParseError { .. });
            if malformed && (read || rules.demands_usage) {
                return Err("an extension is malformed");
            }
            if extension.critical && !read {
                return Err("a critical extension is unknown");
            }
        }
        let twice = |_| "an extension is there twice";
        let usage = x509.key_usage().map_err(twice)?.map(|usage| usage.value);
        let constraints = x509.basic_constraints().map_err(twice)?.map(|found| found.value);
        let is_ca = constraints.is_some_and(|constraints| constraints.ca);
        let path_len = constraints.and_then(|constraints| constraints.path_len_constraint);
        let demanded = rules.demands_usage;
        match place {
            _ if demanded && usage.is_none() => Err("it has no key usage"),
            Place::Signer if demanded && (is_ca || path_len.is_some()) => {
                Err("it is expected the signing certificate first, found a CA certificate")
            }
            Place::Signer if demanded && usage.is_some_and(|usage| !usage.digital_signature()) => {
                Err("its key may not sign")
            }
            Place::Authority if !is_ca => Err("it is not an authority's"),
            Place::Authority if usage.is_some_and(|usage| !usage.key_cert_sign()) => {
                Err("its key may not sign certificates")
            }
            _ => Ok(path_len),
        }
    }
}

/// A name's first common name; empty without one.
pub(crate) fn common_name<'a>(name: &'a X509Name<'_>) -> &'a str {
    name.iter_common_name().next().and_then(|name| name.as_str().ok()).unwrap_or_default()
}

/// Somebody whose certificate says that it signs certificates and revocation lists.
#[derive(Debug, Clone)]
pub(crate) struct Authority {
    pub(crate) der: Vec<u8>,
    /// The common name; empty without one.
    pub(crate) name: String,
    /// In DER: names are the same when their bytes are.
    pub(crate) subject: Vec<u8>,
    pub(crate) serial: Vec<u8>,
    /// First and last second of its validity.
    pub(crate) period: (SystemTime, SystemTime),
    /// How many authorities may be between it and a signer.
    pub(crate) path_len: Option<u32>,
    key: Key,
}

impl Authority {
    /// Whether it issued a certificate, which has `below` authorities' between itself and the
    /// signer.
    pub(crate) fn issued(
        &self,
        certificate: &Certificate<'_>,
        below: usize,
        rules: &Rules,
        signatures: &SignatureMemory,
    ) -> Result<(), Source> {
        if certificate.x509.issuer().as_raw() != self.subject {
            let name = self.name.escape_debug();
            return Err(certificate.fault(format_args!("it names another issuer than {name}")));
        }
        let beyond = |most: u32| usize::try_from(most).is_ok_and(|most| below > most);
        if self.path_len.is_some_and(beyond) {
            return Err(certificate.fault("the chain is longer than its issuer allows"));
        }
        self.signed(&certificate.signed, rules, signatures)
            .map_err(|error| certificate.fault(error))
    }

    /// Whether its key signed this.
    pub(super) fn signed(
        &self,
        signed: &Signed<'_>,
        rules: &Rules,
        signatures: &SignatureMemory,
    ) -> Result<(), Source> {
        signed.verify(rules.algorithms, &self.key, signatures)
    }
}
