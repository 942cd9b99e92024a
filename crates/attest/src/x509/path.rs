//! The way from a signer's certificate to a trusted root.

use std::fmt;
use std::time::Duration;

use rustls_pki_types::{
    AlgorithmIdentifier, CertificateDer, InvalidSignature, SignatureVerificationAlgorithm,
    UnixTime, alg_id,
};
use webpki::{EndEntityCert, KeyUsage};

use super::certificate::{Authority, Certificate};
use super::rules::Rules;
use crate::anchor::{Anchor, Backing};
use crate::appraisal::Context;
use crate::checks::Checks;
use crate::clock::unix_seconds;
use crate::error::{Check, Endorsement, Error, PresentedRoot, Result, Source};
use crate::fingerprint::Fingerprint;
use crate::signature::memory::SignatureMemory;
use crate::signature::scheme::ECDSA_P256_SHA256_ASN1;

/// A root that is trusted.
#[derive(Debug)]
pub(crate) struct Root {
    pub(crate) authority: Authority,
    pub(crate) backing: Backing,
}

impl Rules {
    /// Takes roots of this vendor; refuses what could never be the end of a path.
    pub(crate) fn roots(&self, anchors: Vec<Anchor>) -> Result<Vec<Root>> {
        const WHAT: &str = "root certificate";
        let root = |Anchor { der, backing }: Anchor| {
            let authority = Certificate::parse(WHAT, &der)?.authority(self);
            let authority = authority.map_err(|fault| Error::malformed(WHAT, fault))?;
            Ok(Root { authority, backing })
        };
        anchors.into_iter().map(root).collect()
    }

    /// Follows a chain, signer first, to one of the roots, with which it may end. The signer is
    /// never a root itself: **who presents a root proves nothing**.
    pub(crate) fn verify(
        &self,
        what: Endorsement,
        chain: &[Certificate<'_>],
        roots: &[Root],
        context: &Context<'_>,
        checks: &mut Checks,
    ) -> Result<Backing> {
        let untrusted = |error: Source| Error::untrusted(self.check, error);
        if chain.len() > self.max_len {
            return Err(Error::malformed(what.name(), "it has too many certificates"));
        }
        let Some((top, below)) = chain.split_last() else {
            return Err(untrusted("the certificate is missing".into()));
        };
        let presented = roots.iter().find(|root| root.authority.der == top.der);
        let path = if presented.is_some() { below } else { chain };
        let (Some(signer), Some(highest)) = (path.first(), path.last()) else {
            return Err(untrusted("there is nothing below the root".into()));
        };
        let issuer = highest.x509.issuer().as_raw();
        let candidates: Vec<&Root> = match presented {
            Some(root) => vec![root],
            None if self.brings_root || top.is_self_issued() => Vec::new(),
            None => roots.iter().filter(|root| root.authority.subject == issuer).collect(),
        };
        if candidates.is_empty() {
            return Err(self.unknown(what, top, roots));
        }

        signer.check_signer(self).map_err(|fault| untrusted(signer.fault(fault)))?;
        for (below, pair) in path.windows(2).enumerate() {
            let [certificate, issuer] = pair else { continue };
            issuer
                .authority(self)
                .map_err(|fault| issuer.fault(fault))
                .and_then(|authority| {
                    authority.issued(certificate, below, self, context.signatures)
                })
                .map_err(untrusted)?;
        }
        let mut failure = None;
        let root = candidates.into_iter().find(|root| {
            let outcome = root.authority.issued(highest, path.len() - 1, self, context.signatures);
            outcome.map_err(|error| failure = Some(error)).is_ok()
        });
        let root = root.ok_or_else(|| untrusted(failure.unwrap_or_else(|| "no root".into())))?;

        let fingerprint = Fingerprint::of(&root.authority.der);
        let detail = format!("{what}: {} certificates, root {fingerprint}", path.len() + 1);
        checks.passed(self.check, detail);
        let periods = path.iter().map(Certificate::period).chain([root.authority.period]);
        checks.all_valid(what, periods, context.now)?;
        Ok(root.backing)
    }

    fn unknown(&self, what: Endorsement, top: &Certificate<'_>, roots: &[Root]) -> Error {
        let presented = if top.is_self_issued() {
            PresentedRoot::certificate(top.der)
        } else if self.brings_root {
            // The fingerprint of a certificate that is not a root helps nobody to find a trusted
            // one.
            return Error::malformed(what.name(), top.fault("it stands last, and is no root's"));
        } else {
            PresentedRoot::named(top.x509.issuer())
        };
        Error::unknown_root(what, roots.iter().map(|root| root.authority.der.as_slice()), presented)
    }
}

/// Follows a path of Intel's to its root by the rules of TLS: signatures, validity, constraints,
/// extensions. Gives how many authorities are between them.
pub(crate) fn follow<'a>(
    leaf: &[u8],
    authorities: impl IntoIterator<Item = &'a [u8]>,
    root: &[u8],
    context: &Context<'_>,
) -> Result<usize> {
    let now = UnixTime::since_unix_epoch(Duration::from_secs(unix_seconds(context.now)?));
    let (leaf, root) = (CertificateDer::from(leaf), CertificateDer::from(root));
    let authorities: Vec<_> = authorities.into_iter().map(CertificateDer::from).collect();
    let count = || {
        let (leaf, roots) =
            (EndEntityCert::try_from(&leaf)?, [webpki::anchor_from_trusted_cert(&root)?]);
        let path = leaf.verify_for_usage(
            &[&Remembered(context.signatures)],
            &roots,
            &authorities,
            now,
            // Intel's have no extended usages; with any other one than this they are refused.
            KeyUsage::server_auth(),
            None,
            None,
        )?;
        Ok(path.intermediate_certificates().count())
    };
    count().map_err(|error: webpki::Error| Error::untrusted(Check::CERTIFICATE_CHAIN, error))
}

/// ECDSA on P-256 with SHA-256, for `webpki`, by way of the memory.
struct Remembered<'a>(&'a SignatureMemory);

impl SignatureVerificationAlgorithm for Remembered<'_> {
    fn verify_signature(
        &self,
        public_key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> std::result::Result<(), InvalidSignature> {
        self.0
            .verify(&ECDSA_P256_SHA256_ASN1, public_key, message, signature)
            .map_err(|_| InvalidSignature)
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        alg_id::ECDSA_P256
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        alg_id::ECDSA_SHA256
    }
}

impl fmt::Debug for Remembered<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ECDSA_P256_SHA256")
    }
}

#[cfg(test)]
mod tests;
