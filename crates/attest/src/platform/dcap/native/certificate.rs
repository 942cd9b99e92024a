//! Certificates of Intel's SGX hierarchy (Intel, "SGX PCK Certificate and CRL Profile
//! Specification", section 1.3; for the TCB signer the provisioning certification service's API).
//!
//! Signatures, validity, basic constraints, path lengths and critical extensions are `webpki`'s to
//! check. Here is what it leaves open: who may stand where. The profile's key identifiers and
//! distribution points have to be there for Intel's library; nothing follows from them, and they are
//! not asked for.

use std::time::{Duration, SystemTime};

use rustls_pki_types::{CertificateDer, TrustAnchor, UnixTime};
use webpki::{EndEntityCert, KeyUsage};
use x509_parser::asn1_rs::{Oid, oid};
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer as _;
use x509_parser::time::ASN1Time;
use x509_parser::x509::X509Version;

use crate::checks::Checks;
use crate::clock::{from_unix_seconds, rfc3339, unix_seconds};
use crate::collateral::PckCa;
use crate::error::{Check, Endorsement, Error, Result, limit};

/// A certificate, in bytes: Intel's have 600 to 1300.
const MAX_SIZE: usize = 8 * 1024;

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

    const fn is_authority(self) -> bool {
        matches!(self, Self::Root | Self::PckCa)
    }
}

/// A certificate that was read, and is not yet believed.
pub(in super::super) struct Certificate<'a> {
    /// The chain that it is of.
    pub(super) of: Endorsement,
    role: Role,
    der: &'a [u8],
    parsed: X509Certificate<'a>,
}

impl<'a> Certificate<'a> {
    pub(in super::super) fn read(of: Endorsement, role: Role, der: &'a [u8]) -> Result<Self> {
        limit(of.name(), der, MAX_SIZE)?;
        let (rest, parsed) = X509Certificate::from_der(der)
            .map_err(|error| Error::untrusted(Check::CERTIFICATE_CHAIN, error))?;
        if !rest.is_empty() {
            return Err(Error::malformed(of.name(), "bytes behind a certificate"));
        }
        Ok(Self { of, role, der, parsed })
    }

    /// The common name.
    pub(super) fn name(&self) -> &str {
        let mut names = self.parsed.subject().iter_common_name();
        names.next().and_then(|name| name.as_str().ok()).unwrap_or("a certificate without a name")
    }

    /// Name and end.
    pub(super) fn describe(&self) -> String {
        format!("{} until {}", self.name(), rfc3339(time(self.parsed.validity().not_after)))
    }

    pub(super) fn subject(&self) -> &[u8] {
        self.parsed.subject().as_raw()
    }

    pub(super) fn serial(&self) -> &[u8] {
        self.parsed.raw_serial()
    }

    /// The point, uncompressed; `webpki` and every use of it make sure that it is one.
    pub(super) fn public_key(&self) -> &[u8] {
        &self.parsed.public_key().subject_public_key.data
    }

    /// Which of the two authorities for PCK certificates this is.
    pub(super) fn pck_ca(&self) -> Result<PckCa> {
        pck_ca(self.name())
    }

    /// The same of its issuer's name.
    pub(in super::super) fn issuing_pck_ca(&self) -> Result<PckCa> {
        let mut names = self.parsed.issuer().iter_common_name();
        pck_ca(names.next().and_then(|name| name.as_str().ok()).unwrap_or_default())
    }

    /// What Intel says about the processor, in DER.
    pub(in super::super) fn sgx_extension(&self) -> Result<&[u8]> {
        let extension = self.parsed.get_extension_unique(&SGX_EXTENSION);
        let extension = extension.map_err(|error| Error::untrusted(Check::PCK_EXTENSION, error))?;
        extension
            .map(|extension| extension.value)
            .ok_or_else(|| Error::untrusted(Check::PCK_EXTENSION, "there is none"))
    }

    pub(super) fn check_dates(&self, now: SystemTime, checks: &mut Checks) -> Result<()> {
        let validity = self.parsed.validity();
        checks.valid(self.of, time(validity.not_before), time(validity.not_after), now)
    }

    /// Whether the certificate says itself that it is for its place.
    pub(super) fn check_profile(&self) -> Result<()> {
        let Self { role, parsed, .. } = self;
        let phrase = role.phrase();
        self.that(
            self.name().contains(phrase),
            || format!("a name with \"{phrase}\""),
            || self.name().to_owned(),
        )?;
        let version = parsed.version();
        self.that(version == X509Version::V3, || "version 3".into(), || version.to_string())?;

        let refused = |error| Error::untrusted(Check::CERTIFICATE_CHAIN, error);
        let constraints = parsed.basic_constraints().map_err(refused)?;
        let authority = constraints.as_ref().is_some_and(|constraints| constraints.value.ca);
        let text = |authority: bool| if authority { "an authority" } else { "no authority" };
        let expected = role.is_authority();
        self.that(authority == expected, || text(expected).into(), || text(authority).into())?;
        let path_len = constraints.and_then(|constraints| constraints.value.path_len_constraint);
        // Of the others `webpki` makes sure, but it takes a root as it is.
        let long_enough = *role != Role::Root || path_len.is_none_or(|len| len >= 1);
        let found = || path_len.map_or_else(|| "none".into(), |len| format!("one of {len}"));
        self.that(long_enough, || "a path length of at least 1".into(), found)?;

        let usage = parsed.key_usage().map_err(refused)?;
        let fits = usage.as_ref().is_some_and(|usage| match role.is_authority() {
            true => usage.value.key_cert_sign() && usage.value.crl_sign(),
            false => usage.value.digital_signature(),
        });
        let expected = if expected { "Key Cert Sign, CRL Sign" } else { "Digital Signature" };
        self.that(
            fits,
            || expected.into(),
            || usage.map_or_else(|| "no key usage".into(), |usage| usage.value.to_string()),
        )
    }

    /// Whether the root, by way of exactly these authorities, issued the certificate.
    pub(super) fn check_issuers(
        &self,
        authorities: &[&Certificate<'_>],
        root: &Certificate<'_>,
        trusted: &TrustAnchor<'_>,
        now: SystemTime,
    ) -> Result<()> {
        let refused = |error: webpki::Error| Error::untrusted(Check::CERTIFICATE_CHAIN, error);
        let mut issuer = root;
        for certificate in authorities.iter().rev().copied().chain([self]) {
            certificate.check_names(issuer)?;
            issuer = certificate;
        }
        let leaf = CertificateDer::from(self.der);
        let above: Vec<_> =
            authorities.iter().map(|authority| CertificateDer::from(authority.der)).collect();
        let now = UnixTime::since_unix_epoch(Duration::from_secs(unix_seconds(now)?));
        let leaf = EndEntityCert::try_from(&leaf).map_err(refused)?;
        let path = leaf
            .verify_for_usage(
                &[webpki::aws_lc_rs::ECDSA_P256_SHA256],
                std::slice::from_ref(trusted),
                &above,
                now,
                // Intel's have no extended usages; with any other one than this they are refused.
                KeyUsage::server_auth(),
                None,
                None,
            )
            .map_err(refused)?;
        let used = path.intermediate_certificates().count();
        self.that(
            used == authorities.len(),
            || format!("{} authorities below the root", authorities.len()),
            || used.to_string(),
        )
    }

    /// Names are the same when their bytes are.
    fn check_names(&self, issuer: &Certificate<'_>) -> Result<()> {
        let named = self.parsed.issuer();
        self.that(
            named.as_raw() == issuer.subject(),
            || format!("issued by {}", issuer.parsed.subject()),
            || named.to_string(),
        )
    }

    /// Refuses with the certificate's chain in front; the list of checks gets the chain as one.
    fn that(
        &self,
        condition: bool,
        expected: impl FnOnce() -> String,
        actual: impl FnOnce() -> String,
    ) -> Result<()> {
        if condition {
            return Ok(());
        }
        let expected = format!("{}: {}", self.of, expected());
        Err(Error::Mismatch { check: Check::CERTIFICATE_CHAIN, expected, actual: actual() })
    }
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

/// A time; one before 1970 counts as 1970.
pub(super) fn time(time: ASN1Time) -> SystemTime {
    from_unix_seconds(u64::try_from(time.timestamp()).unwrap_or_default())
}
