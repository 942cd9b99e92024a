//! Which root a chain ends in. A root is its name and its key (RFC 5280, section 6.1.1 (d)): Intel
//! has made two certificates of its SGX root CA, until 2033 and until 2049, and its quote
//! verification enclave compares the key. The certificates of one verification all end in the same
//! one, as in Intel's library.

use crate::anchor::Anchor;
use crate::error::{Check, Endorsement, Error, PresentedRoot, Result};
use crate::fingerprint::Fingerprint;
use crate::x509::Certificate;
use crate::x509::rules::INTEL;

/// Refuses what could be no root of Intel's kind, before anything is judged with it.
pub(super) fn check(anchors: &[Anchor]) -> Result<()> {
    INTEL.roots(anchors.to_vec())?;
    for anchor in anchors {
        webpki::anchor_from_trusted_cert(&anchor.der.as_slice().into()).map_err(|_| {
            Error::malformed("root certificate", "not a certificate that can be a root")
        })?;
    }
    Ok(())
}

/// The anchor whose certificate this is, or another one of the same authority.
pub(super) fn find<'t>(anchors: &'t [Anchor], root: &[u8]) -> Option<&'t Anchor> {
    // Nothing is parsed for the certificate of an anchor itself, whichever it is.
    let itself = anchors.iter().find(|anchor| anchor.der == root);
    itself.or_else(|| anchors.iter().find(|anchor| is_of(anchor, root)))
}

/// Whether a certificate is the anchor's, or another one that the same authority signed for itself.
/// Its dates and its place are still to be checked.
pub(super) fn is_of(anchor: &Anchor, root: &[u8]) -> bool {
    root == anchor.der || reissued(&anchor.der, root).unwrap_or(false)
}

/// Refuses a chain that does not end in the certificate of the root in which the PCK's ends.
pub(super) fn same_root(
    of: Endorsement,
    root: &[u8],
    pck_root: &[u8],
    anchor: &Anchor,
) -> Result<()> {
    if root == pck_root {
        return Ok(());
    }
    if !is_of(anchor, root) {
        return Err(unknown_root(of, root, std::slice::from_ref(anchor)));
    }
    Err(Error::Mismatch {
        check: Check::CERTIFICATE_CHAIN,
        expected: format!("{of}: the root certificate of the PCK, {}", Fingerprint::of(pck_root)),
        actual: format!("another one of the same authority, {}", Fingerprint::of(root)),
    })
}

pub(super) fn unknown_root(chain: Endorsement, root: &[u8], trusted: &[Anchor]) -> Error {
    let trusted = trusted.iter().map(|anchor| anchor.der.as_slice());
    Error::unknown_root(chain, trusted, PresentedRoot::certificate(root))
}

fn reissued(trusted: &[u8], root: &[u8]) -> Option<bool> {
    let trusted = Certificate::read(trusted).ok()?;
    let root = Certificate::read(root).ok()?;
    let same = root.x509.subject().as_raw() == trusted.x509.subject().as_raw()
        && root.x509.public_key().raw == trusted.x509.public_key().raw;
    Some(same && root.is_self_issued() && root.is_self_signed(INTEL.algorithms))
}
