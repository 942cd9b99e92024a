//! Revocation lists of the roots.

use std::time::SystemTime;

use x509_parser::oid_registry::Oid;
use x509_parser::prelude::FromDer;
use x509_parser::revocation_list::CertificateRevocationList;

use super::certificate::{Authority, repeats_algorithm, time};
use crate::checks::Checks;
use crate::error::{Check, Endorsement, Error, Result, limit};
use crate::limits;

const WHAT: &str = "revocation list of the ARK";

/// A revocation list that its root signed and that is current.
pub(super) struct RevocationList<'a>(CertificateRevocationList<'a>);

impl<'a> RevocationList<'a> {
    pub(super) fn verify(
        der: &'a [u8],
        root: &Authority,
        now: SystemTime,
        checks: &mut Checks,
    ) -> Result<Self> {
        limit(WHAT, der, limits::CRL)?;
        let (rest, list) = CertificateRevocationList::from_der(der)
            .map_err(|error| Error::malformed(WHAT, error))?;
        if !rest.is_empty() {
            return Err(Error::malformed(WHAT, "there are bytes behind it"));
        }
        let tbs = &list.tbs_cert_list;
        let verified = if !repeats_algorithm(der, tbs.as_ref()) {
            Err("it names two signature algorithms".into())
        } else if list.issuer().as_raw() != root.subject {
            Err(format!("it is not {}'s", root.common_name).into())
        } else {
            root.verify(&list.signature_algorithm, tbs.as_ref(), &list.signature_value)
        };
        checks.holds(Check::SNP_CRL, verified)?;
        // A list of this root's own certificates only, whole: no delta, no indirect list.
        let entries = tbs.revoked_certificates.iter().flat_map(|entry| entry.extensions());
        if let Some(critical) =
            tbs.extensions().iter().chain(entries).find(|extension| extension.critical)
        {
            return Err(Error::malformed(WHAT, unknown_critical(&critical.oid)));
        }
        let until = tbs
            .next_update
            .ok_or_else(|| Error::malformed(WHAT, "it does not say until when it holds"))?;
        checks.valid(Endorsement::SNP_CRL, time(tbs.this_update), time(until), now)?;
        checks.dated(time(tbs.this_update));
        Ok(Self(list))
    }

    /// When it was issued.
    pub(super) fn issued(&self) -> SystemTime {
        time(self.0.last_update())
    }

    /// Refuses a serial number that is on the list.
    pub(super) fn refuse(&self, what: Endorsement, serial: &[u8]) -> Result<()> {
        let listed = self.0.iter_revoked_certificates().any(|entry| entry.raw_serial() == serial);
        if listed {
            return Err(Error::Revoked { what, serial: hex::encode_upper(serial) });
        }
        Ok(())
    }
}

fn unknown_critical(oid: &Oid<'_>) -> String {
    format!("it has an unknown critical extension {oid}")
}
