//! Certificates of Intel's SGX hierarchy (Intel, "SGX PCK Certificate and CRL Profile
//! Specification", section 1.3; for the TCB signer the provisioning certification service's API).
//!
//! Signatures, names, validity, path lengths and critical extensions are `webpki`'s to check. Here
//! is what it leaves open: who may stand where. The profile's key identifiers and distribution
//! points have to be there for Intel's library; nothing follows from them, and they are not asked
//! for.

use std::fmt::Display;
use std::time::SystemTime;

use x509_parser::asn1_rs::{Oid, oid};

use crate::appraisal::Context;
use crate::checks::Checks;
use crate::clock::rfc3339;
use crate::collateral::PckCa;
use crate::error::{Check, Endorsement, Error, Result, Source, limit};
use crate::x509::rules::INTEL;
use crate::x509::{self, Authority};

const SGX_EXTENSION: Oid<'static> = oid!(1.2.840.113741.1.13.1);

/// A certificate's place in the hierarchy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Role {
    Root,
    PckCa,
    Pck,
    TcbSigner,
}

impl Role {
    /// What Intel's library asks a certificate's common name to contain.
    const fn phrase(self) -> &'static str {
        match self {
            Self::Root => "SGX Root CA",
            Self::PckCa => "CA",
            Self::Pck => "SGX PCK Certificate",
            Self::TcbSigner => "SGX TCB Signing",
        }
    }
}

/// A certificate that was read, and is not yet believed.
pub(in super::super) struct Certificate<'a> {
    /// The chain that it is of.
    pub(super) of: Endorsement,
    role: Role,
    pub(super) inner: x509::Certificate<'a>,
}

impl<'a> Certificate<'a> {
    pub(in super::super) fn read(of: Endorsement, role: Role, der: &'a [u8]) -> Result<Self> {
        limit(of.name(), der, x509::MAX_SIZE)?;
        let inner = x509::Certificate::read(der).map_err(untrusted)?;
        Ok(Self { of, role, inner })
    }

    /// The common name.
    pub(super) fn name(&self) -> &str {
        match self.inner.name() {
            "" => "the certificate has no name",
            name => name,
        }
    }

    /// Name and end.
    pub(super) fn describe(&self) -> String {
        format!("{} until {}", self.name(), rfc3339(self.inner.period().1))
    }

    /// Which of the two authorities for PCK certificates this is.
    pub(super) fn pck_ca(&self) -> Result<PckCa> {
        pck_ca(self.name())
    }

    /// The same of its issuer's name.
    pub(in super::super) fn issuing_pck_ca(&self) -> Result<PckCa> {
        pck_ca(self.inner.issuer_name())
    }

    /// What Intel says about the processor, in DER.
    pub(in super::super) fn sgx_extension(&self) -> Result<&[u8]> {
        self.inner
            .extension(&SGX_EXTENSION)
            .map(|extension| extension.value)
            .ok_or_else(|| Error::untrusted(Check::PCK_EXTENSION, "expected exactly one"))
    }

    pub(super) fn check_dates(&self, now: SystemTime, checks: &mut Checks) -> Result<()> {
        let (from, until) = self.inner.period();
        checks.valid(self.of, from, until, now)
    }

    /// Takes it for an authority's.
    pub(super) fn authority(&self) -> Result<Authority> {
        self.inner.authority(&INTEL).map_err(|fault| self.refused(fault))
    }

    /// Whether the certificate says itself that it is for its place.
    pub(super) fn check_profile(&self) -> Result<()> {
        let phrase = self.role.phrase();
        let expected = format_args!("a name that contains \"{phrase}\"");
        self.requires(self.name().contains(phrase), expected, self.name())?;
        if matches!(self.role, Role::Pck | Role::TcbSigner) {
            return self.inner.check_signer(&INTEL).map_err(|fault| self.refused(fault));
        }
        let authority = self.authority()?;
        if !self.inner.may_sign_lists() {
            return Err(self.refused("its key may not sign revocation lists"));
        }
        // Of the others `webpki` makes sure, but it takes a root as it is.
        if self.role == Role::Root && authority.path_len == Some(0) {
            return Err(self.refused("its path length allows no CA certificate below it"));
        }
        Ok(())
    }

    /// Whether the root, by way of exactly these authorities, issued the certificate.
    pub(super) fn check_issuers(
        &self,
        authorities: &[&Certificate<'_>],
        root: &[u8],
        context: &Context<'_>,
    ) -> Result<()> {
        let above = authorities.iter().map(|authority| authority.inner.der);
        let used = x509::follow(self.inner.der, above, root, context)?;
        let number = authorities.len();
        self.requires(used == number, format_args!("{number} CA certificates below the root"), used)
    }

    /// Refuses with the certificate's chain in front; the list of checks gets the chain as one.
    fn requires(
        &self,
        condition: bool,
        expected: impl Display,
        actual: impl Display,
    ) -> Result<()> {
        if condition {
            return Ok(());
        }
        let (expected, actual) = (format!("{}: {expected}", self.of), actual.to_string());
        Err(Error::Mismatch { check: Check::CERTIFICATE_CHAIN, expected, actual })
    }

    fn refused(&self, fault: &str) -> Error {
        untrusted(self.inner.fault(fault))
    }
}

fn untrusted(error: Source) -> Error {
    Error::untrusted(Check::CERTIFICATE_CHAIN, error)
}

fn pck_ca(name: &str) -> Result<PckCa> {
    match (name.contains("Processor"), name.contains("Platform")) {
        (true, false) => Ok(PckCa::Processor),
        (false, true) => Ok(PckCa::Platform),
        _ => {
            let what = "a PCK certificate of neither the processor nor the platform CA".into();
            Err(Error::Unsupported { what })
        }
    }
}
