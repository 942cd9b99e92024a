//! Revocation lists (Intel, "SGX PCK Certificate and CRL Profile Specification", section 1.4).

use std::time::{Duration, SystemTime};

use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
use x509_parser::asn1_rs::Oid;
use x509_parser::oid_registry::{
    OID_SIG_ECDSA_WITH_SHA256, OID_X509_EXT_AUTHORITY_KEY_IDENTIFIER, OID_X509_EXT_CRL_NUMBER,
    OID_X509_EXT_DELTA_CRL_INDICATOR, OID_X509_EXT_ISSUER_DISTRIBUTION_POINT,
};
use x509_parser::prelude::FromDer as _;
use x509_parser::revocation_list::CertificateRevocationList;
use x509_parser::x509::{AlgorithmIdentifier, X509Version};

use super::certificate::{Certificate, time};
use crate::checks::Checks;
use crate::error::{Check, Endorsement, Error, Result, Source, limit};
use crate::limits;

/// Whose list it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Of {
    RootCa,
    PckCa,
}

impl Of {
    const fn check(self) -> Check {
        match self {
            Self::RootCa => Check::ROOT_CA_CRL,
            Self::PckCa => Check::PCK_CRL,
        }
    }

    const fn endorsement(self) -> Endorsement {
        match self {
            Self::RootCa => Endorsement::ROOT_CA_CRL,
            Self::PckCa => Endorsement::PCK_CRL,
        }
    }
}

/// A revocation list that was read.
pub(super) struct RevocationList<'a> {
    of: Of,
    parsed: CertificateRevocationList<'a>,
}

impl<'a> RevocationList<'a> {
    pub(super) fn read(of: Of, der: &'a [u8]) -> Result<Self> {
        let check = of.check();
        limit(check.name(), der, limits::CRL)?;
        // Two readings: the second one gives everything that is in it, the first one knows only
        // DER and what RFC 5280 asks of every list.
        webpki::BorrowedCertRevocationList::from_der(der)
            .map_err(|error| Error::untrusted(check, error))?;
        let (rest, parsed) = CertificateRevocationList::from_der(der)
            .map_err(|error| Error::untrusted(check, error))?;
        if !rest.is_empty() {
            return Err(Error::malformed(check.name(), "bytes behind it"));
        }
        Ok(Self { of, parsed })
    }

    /// Whether the list is its issuer's whole and current one.
    pub(super) fn check(
        &self,
        issuer: &Certificate<'_>,
        now: SystemTime,
        checks: &mut Checks,
    ) -> Result<()> {
        let check = self.of.check();
        let refused = |reason: Source| Error::untrusted(check, reason);
        let list = &self.parsed.tbs_cert_list;
        let until = list.next_update.ok_or_else(|| refused("no time of the next list".into()))?;
        // The next list is due then, so that is not within its validity.
        let until = time(until).checked_sub(Duration::from_secs(1)).ok_or(Error::Clock)?;
        let (what, issued) = (self.of.endorsement(), time(list.this_update));
        match self.of {
            // A yearly list.
            Of::RootCa => {
                checks.valid(what, issued, until, now)?;
                checks.dated(issued);
            }
            Of::PckCa => checks.renewed(what, issued, until, now)?,
        }

        if list.version != Some(X509Version::V2) {
            return Err(refused("not of version 2".into()));
        }
        self.check_extensions().map_err(refused)?;
        if list.issuer.as_raw() != issuer.subject() {
            return Err(Error::Mismatch {
                check,
                expected: issuer.name().to_owned(),
                actual: list.issuer.to_string(),
            });
        }
        for algorithm in [&list.signature, &self.parsed.signature_algorithm] {
            check_algorithm(algorithm).map_err(refused)?;
        }
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, issuer.public_key())
            .verify(list.as_ref(), &self.parsed.signature_value.data)
            .map_err(|_| refused("the signature does not hold".into()))?;
        let number = self.parsed.crl_number().map(ToString::to_string).unwrap_or_default();
        checks.passed(check, format!("number {number}"));
        Ok(())
    }

    /// Refuses a certificate of the list's issuer that is on the list.
    pub(super) fn refuse(&self, what: Endorsement, certificate: &Certificate<'_>) -> Result<()> {
        let serial = certificate.serial();
        let mut revoked = self.parsed.iter_revoked_certificates();
        if revoked.any(|entry| number(entry.raw_serial()) == number(serial)) {
            return Err(Error::Revoked { what, serial: hex::encode_upper(serial) });
        }
        Ok(())
    }

    /// A list that says which one it is and whose, and that is neither a part nor an addition.
    fn check_extensions(&self) -> Result<(), Source> {
        let extensions = self.parsed.tbs_cert_list.extensions();
        let count =
            |oid: &Oid<'_>| extensions.iter().filter(|extension| extension.oid == *oid).count();
        for required in [OID_X509_EXT_CRL_NUMBER, OID_X509_EXT_AUTHORITY_KEY_IDENTIFIER] {
            if count(&required) != 1 {
                return Err(format!("not one extension {required}").into());
            }
        }
        for partial in [OID_X509_EXT_DELTA_CRL_INDICATOR, OID_X509_EXT_ISSUER_DISTRIBUTION_POINT] {
            if count(&partial) != 0 {
                return Err(format!("a partial list, by its extension {partial}").into());
            }
        }
        let entries = self.parsed.iter_revoked_certificates();
        let of_entries = entries.flat_map(|entry| entry.extensions());
        match extensions.iter().chain(of_entries).find(|extension| extension.critical) {
            Some(unknown) => Err(format!("an unknown critical extension {}", unknown.oid).into()),
            None => Ok(()),
        }
    }
}

/// ECDSA with SHA-256, which has no parameters.
fn check_algorithm(algorithm: &AlgorithmIdentifier<'_>) -> Result<(), Source> {
    if algorithm.algorithm == OID_SIG_ECDSA_WITH_SHA256 && algorithm.parameters.is_none() {
        Ok(())
    } else {
        Err(format!("signed with {}", algorithm.algorithm).into())
    }
}

/// A serial number without the zeros in front that keep it from being negative.
fn number(serial: &[u8]) -> &[u8] {
    let zeros = serial.iter().take_while(|byte| **byte == 0).count();
    serial.get(zeros..).unwrap_or_default()
}
