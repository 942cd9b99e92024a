//! Revocation lists (Intel, "SGX PCK Certificate and CRL Profile Specification", section 1.4).

use std::time::Duration;

use super::certificate::Certificate;
use crate::appraisal::Context;
use crate::checks::Checks;
use crate::error::{Check, Endorsement, Error, Result, limit};
use crate::limits;
use crate::x509;
use crate::x509::rules::INTEL;

/// Whose list it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CrlIssuer {
    RootCa,
    PckCa,
}

impl CrlIssuer {
    const fn check(self) -> Check {
        match self {
            Self::RootCa => Check::ROOT_CA_CRL,
            Self::PckCa => Check::PCK_CRL,
        }
    }
}

/// A revocation list that was read.
pub(super) struct RevocationList<'a> {
    of: CrlIssuer,
    inner: x509::RevocationList<'a>,
}

impl<'a> RevocationList<'a> {
    pub(super) fn read(of: CrlIssuer, der: &'a [u8]) -> Result<Self> {
        let check = of.check();
        limit(check.name(), der, limits::CRL)?;
        // Two readings: the second one gives everything that is in it, the first one knows only DER
        // and what RFC 5280 asks of every list, such as version 2.
        webpki::BorrowedCertRevocationList::from_der(der)
            .map_err(|error| Error::untrusted(check, error))?;
        let inner = x509::RevocationList::read(der);
        Ok(Self { of, inner: inner.map_err(|error| Error::untrusted(check, error))? })
    }

    /// Whether the list is its issuer's whole and current one.
    pub(super) fn check(
        &self,
        issuer: &Certificate<'_>,
        context: &Context<'_>,
        checks: &mut Checks,
    ) -> Result<()> {
        let (check, list) = (self.of.check(), &self.inner);
        // The next list is due then, so that is not within its validity.
        let until = list.next.checked_sub(Duration::from_secs(1)).ok_or(Error::Clock)?;
        match self.of {
            // A yearly list.
            CrlIssuer::RootCa => {
                checks.valid(Endorsement::ROOT_CA_CRL, list.issued, until, context.now)?;
                checks.dated(list.issued);
            }
            CrlIssuer::PckCa => {
                checks.renewed(Endorsement::PCK_CRL, list.issued, until, context.now)?;
            }
        }

        let issuer = issuer.authority()?;
        if list.issuer().as_raw() != issuer.subject {
            let (expected, actual) = (issuer.name, list.issuer().to_string());
            return Err(Error::Mismatch { check, expected, actual });
        }
        list.check_identified()
            .and_then(|()| list.check_issuer(&issuer, &INTEL, context.signatures))
            .map_err(|error| Error::untrusted(check, error))?;
        checks.passed(check, format!("number {}", list.number()));
        Ok(())
    }

    /// Refuses a certificate of the list's issuer that is on the list.
    pub(super) fn refuse(&self, what: Endorsement, certificate: &Certificate<'_>) -> Result<()> {
        self.inner.refuse(what, certificate.inner.x509.raw_serial())
    }
}
