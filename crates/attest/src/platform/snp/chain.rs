//! The way from a VCEK or VLEK certificate to a trusted root.

use std::borrow::Cow;
use std::fmt::Display;

use super::endorsements::Endorsements;
use super::roots::{ARKS, AUTHORITIES};
use super::vek::{Vek, root_name, root_of, subject_of};
use crate::anchor::Backing;
use crate::appraisal::Context;
use crate::checks::Checks;
use crate::clock::rfc3339;
use crate::collateral::{SnpProduct, SnpSigner};
use crate::error::{Check, Endorsement, Error, PresentedRoot, Result};
use crate::platform::Platform;
use crate::revocation::Revocation;
use crate::signature::memory::SignatureMemory;
use crate::trust::Trust;
use crate::x509::rules::AMD;
use crate::x509::{Authority, Certificate};

const ASK: &str = "ASK or ASVK certificate";
const ARK: &str = "ARK certificate";

/// The roots that reports are trusted under.
#[derive(Debug)]
pub(super) struct Roots(Vec<Root>);

/// An ARK.
#[derive(Debug)]
struct Root {
    authority: Authority,
    product: SnpProduct,
    backing: Backing,
    /// Those of the built in authorities that this root has signed, which was verified.
    issuers: Vec<Authority>,
}

impl Roots {
    /// The roots for that platform: AMD's, if the vendors' count, and the configured ones.
    pub(super) fn of(platform: Platform, trust: &Trust) -> Result<Self> {
        let anchors = trust.anchors(platform, &ARKS);
        if anchors.is_empty() {
            return Ok(Self(Vec::new()));
        }
        let known = AUTHORITIES
            .iter()
            .map(|der| Certificate::parse(ASK, der))
            .collect::<Result<Vec<_>>>()?;
        let roots = anchors.iter().map(|anchor| Root::new(&anchor.der, anchor.backing, &known));
        roots.collect::<Result<_>>().map(Self)
    }

    /// Whether an authority of that name (in DER) is built in, under a trusted root.
    pub(super) fn know(&self, name: &[u8]) -> bool {
        self.0.iter().flat_map(|root| &root.issuers).any(|issuer| issuer.subject == name)
    }

    /// Verifies everything about the certificate but what it says about its platform.
    pub(super) fn verify(
        &self,
        vek: &Vek<'_>,
        endorsements: &Endorsements,
        without_list: bool,
        context: &Context<'_>,
        checks: &mut Checks,
    ) -> Result<(Backing, Revocation)> {
        let Context { now, signatures, .. } = *context;
        let (root, issuer) = self.issuer(vek, endorsements, signatures)?;
        let certificate = &vek.certificate;
        certificate
            .check_signer(&AMD)
            .map_err(|fault| certificate.fault(fault))
            .and_then(|()| issuer.issued(certificate, 0, &AMD, signatures))
            .map_err(|error| Error::untrusted(AMD.check, error))?;
        let signer = subject_of(vek.signer);
        let names = [&signer, &issuer.name, &root.authority.name].map(String::as_str);
        checks.passed(Check::CERTIFICATE_CHAIN, names.join(", "));

        let (from, until) = certificate.period();
        checks.valid(Endorsement::SNP_VEK, from, until, now)?;
        let (from, until) = issuer.period;
        checks.valid(Endorsement::SNP_ASK, from, until, now)?;
        let (from, until) = root.authority.period;
        checks.valid(Endorsement::SNP_ARK, from, until, now)?;

        let Some(list) = endorsements.newest_list(&root.authority, context, checks)? else {
            if !without_list {
                return Err(Error::NoRevocationList);
            }
            let why = "no revocation list came with the report or from the verifier's collateral";
            return Ok((root.backing, Revocation::NotChecked(why)));
        };
        list.refuse(Endorsement::SNP_ASK, &issuer.serial)?;
        // The serial numbers of chips' keys are all 0, which is nobody's: AMD does not list them. A
        // chip that leaked its key is denied by its id.
        let serial = certificate.x509.raw_serial();
        if vek.signer == SnpSigner::Vlek || serial.iter().any(|byte| *byte != 0) {
            list.refuse(Endorsement::SNP_VEK, serial)?;
        }
        let by = format!("{} of {}", Endorsement::SNP_CRL, rfc3339(list.issued));
        checks.passed(Check::REVOCATION, by.clone());
        Ok((root.backing, Revocation::Checked(by.into())))
    }

    /// The authority that the certificate names as its issuer, and the root that has signed it.
    fn issuer(
        &self,
        vek: &Vek<'_>,
        endorsements: &Endorsements,
        signatures: &SignatureMemory,
    ) -> Result<(&Root, Cow<'_, Authority>)> {
        let name = vek.certificate.x509.issuer().as_raw();
        let of_product = || self.0.iter().filter(|root| root.product == vek.product);
        if of_product().next().is_none() {
            return Err(self.unknown(root_name(vek.product)));
        }
        if endorsements.authorities.is_empty() {
            return of_product()
                .find_map(|root| {
                    let issuer = root.issuers.iter().find(|issuer| issuer.subject == name)?;
                    Some((root, Cow::Borrowed(issuer)))
                })
                .ok_or(Error::NoCollateral);
        }
        for der in &endorsements.authorities {
            let verified = of_product().find_map(|root| {
                let issuer = root.issuers.iter().find(|issuer| issuer.der == *der)?;
                (issuer.subject == name).then_some((root, Cow::Borrowed(issuer)))
            });
            if let Some(found) = verified {
                return Ok(found);
            }
            let certificate = Certificate::parse(ASK, der)?;
            let issuer = authority(ASK, &certificate)?;
            if issuer.subject == name {
                let root = self.root_of(&certificate, vek.product, signatures)?;
                return Ok((root, Cow::Owned(issuer)));
            }
        }
        Err(Error::untrusted(Check::CERTIFICATE_CHAIN, "its issuer's certificate is missing"))
    }

    /// The root that has signed the authority.
    fn root_of(
        &self,
        issuer: &Certificate<'_>,
        product: SnpProduct,
        signatures: &SignatureMemory,
    ) -> Result<&Root> {
        let mut failure = self.unknown(issuer.issuer_name());
        for root in self.0.iter().filter(|root| root.product == product) {
            if root.authority.subject != issuer.x509.issuer().as_raw() {
                continue;
            }
            match root.authority.issued(issuer, 1, &AMD, signatures) {
                Ok(()) => return Ok(root),
                Err(error) => failure = Error::untrusted(Check::CERTIFICATE_CHAIN, error),
            }
        }
        Err(failure)
    }

    /// Refuses a chain that ends in a root of this name.
    fn unknown(&self, root: impl Display) -> Error {
        let trusted = self.0.iter().map(|root| root.authority.der.as_slice());
        Error::unknown_root(Endorsement::SNP_CHAIN, trusted, PresentedRoot::named(root))
    }
}

impl Root {
    fn new(der: &[u8], backing: Backing, known: &[Certificate<'_>]) -> Result<Self> {
        let authority = self::authority(ARK, &Certificate::parse(ARK, der)?)?;
        let product = root_of(&authority.name).ok_or_else(|| {
            let name = &authority.name;
            Error::malformed(ARK, format!("{name:?} is not ARK-Milan, ARK-Genoa or ARK-Turin"))
        })?;
        let signatures = SignatureMemory::new(0);
        let issuers = known
            .iter()
            .filter(|issuer| authority.issued(issuer, 1, &AMD, &signatures).is_ok())
            .map(|issuer| self::authority(ASK, issuer))
            .collect::<Result<_>>()?;
        Ok(Self { authority, product, backing, issuers })
    }
}

/// Takes a certificate for an authority's. Nothing has been verified.
fn authority(what: &'static str, certificate: &Certificate<'_>) -> Result<Authority> {
    certificate.authority(&AMD).map_err(|fault| Error::malformed(what, fault))
}
