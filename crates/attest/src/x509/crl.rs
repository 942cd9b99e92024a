//! Revocation lists.

use std::time::SystemTime;

use x509_parser::asn1_rs::Oid;
use x509_parser::oid_registry as ids;
use x509_parser::prelude::FromDer as _;
use x509_parser::revocation_list::CertificateRevocationList;
use x509_parser::x509::X509Name;

use super::certificate::Authority;
use super::rules::Rules;
use super::signature::Signed;
use crate::clock::from_asn1;
use crate::error::{Endorsement, Error, Result, Source};
use crate::signature::memory::SignatureMemory;

/// A revocation list, read and not yet trusted.
pub(crate) struct RevocationList<'a> {
    parsed: CertificateRevocationList<'a>,
    signed: Signed<'a>,
    /// When it was issued, and when the next one will be.
    pub(crate) issued: SystemTime,
    pub(crate) next: SystemTime,
}

impl<'a> RevocationList<'a> {
    /// Reads a list with nothing behind it that says when the next one comes: one that never ends
    /// would hide every later revocation.
    pub(crate) fn read(der: &'a [u8]) -> Result<Self, Source> {
        let (rest, parsed) = CertificateRevocationList::from_der(der)?;
        if !rest.is_empty() {
            return Err("bytes follow it".into());
        }
        let issued = from_asn1(parsed.last_update());
        let next = parsed.next_update().ok_or("it does not say when the next one comes")?;
        Ok(Self { signed: Signed::cut(der)?, issued, next: from_asn1(next), parsed })
    }

    pub(crate) fn issuer(&self) -> &X509Name<'_> {
        self.parsed.issuer()
    }

    /// Its number in the order of its issuer's; empty without one.
    pub(crate) fn number(&self) -> String {
        self.parsed.crl_number().map(ToString::to_string).unwrap_or_default()
    }

    /// Whether it is signed by its issuer, and is all of the issuer's list: neither a part nor an
    /// addition.
    pub(crate) fn check_issuer(
        &self,
        issuer: &Authority,
        rules: &Rules,
        signatures: &SignatureMemory,
    ) -> Result<(), Source> {
        if self.issuer().as_raw() != issuer.subject {
            return Err(format!("it is not {}'s", issuer.name).into());
        }
        issuer.signed(&self.signed, rules, signatures)?;
        for partial in
            [ids::OID_X509_EXT_DELTA_CRL_INDICATOR, ids::OID_X509_EXT_ISSUER_DISTRIBUTION_POINT]
        {
            if self.count(&partial) != 0 {
                return Err(format!("a partial list, by its extension {partial}").into());
            }
        }
        let entries = self.parsed.iter_revoked_certificates();
        let of_entries = entries.flat_map(|entry| entry.extensions());
        match self.parsed.extensions().iter().chain(of_entries).find(|found| found.critical) {
            Some(unknown) => Err(format!("an unknown critical extension {}", unknown.oid).into()),
            None => Ok(()),
        }
    }

    /// Whether it says which one it is and whose, once each (RFC 5280, section 5.2).
    pub(crate) fn check_identified(&self) -> Result<(), Source> {
        for required in [ids::OID_X509_EXT_CRL_NUMBER, ids::OID_X509_EXT_AUTHORITY_KEY_IDENTIFIER] {
            if self.count(&required) != 1 {
                return Err(format!("not one extension {required}").into());
            }
        }
        Ok(())
    }

    /// Refuses a certificate of the list's issuer, by its serial number, that is on the list.
    pub(crate) fn refuse(&self, what: Endorsement, serial: &[u8]) -> Result<()> {
        let mut revoked = self.parsed.iter_revoked_certificates();
        if revoked.any(|entry| number(entry.raw_serial()) == number(serial)) {
            return Err(Error::Revoked { what, serial: hex::encode_upper(serial) });
        }
        Ok(())
    }

    fn count(&self, id: &Oid<'_>) -> usize {
        self.parsed.extensions().iter().filter(|extension| extension.oid == *id).count()
    }
}

/// A serial number without the zeros in front that keep it from being negative.
fn number(serial: &[u8]) -> &[u8] {
    let zeros = serial.iter().take_while(|byte| **byte == 0).count();
    serial.get(zeros..).unwrap_or_default()
}
