//! Whether NVIDIA has revoked one of a device's certificates: the answers of its OCSP responder, which
//! the verifier's source of collateral has or not.

use crate::appraisal::Context;
use crate::checks::Checks;
use crate::clock::rfc3339;
use crate::collateral::CollateralItem;
use crate::error::{Check, Endorsement, Error, Result, limit};
use crate::revocation::Revocation;
use crate::x509::Certificate;
use crate::x509::ocsp::{CertificateId, MAX_SIZE, Status, StatusAnswer};
use crate::x509::rules;

/// Looks for the status of each certificate of a chain that was verified, but for the first `skipped`
/// and the root. Refuses one that is revoked, also if it is on hold.
///
/// Nobody is asked for a certificate whose chain does not end in a root.
pub(super) fn check(
    of: Endorsement,
    chain: &[Certificate<'_>],
    skipped: usize,
    context: &Context<'_>,
    checks: &mut Checks,
) -> Result<Revocation> {
    let Some(source) = context.collateral else {
        return Ok(Revocation::NotChecked(
            "the verifier has no source of NVIDIA's answers (OCSP) about its certificates",
        ));
    };
    let (mut missing, mut oldest) = (None, None);
    for pair in chain.windows(2).skip(skipped) {
        let [certificate, issuer] = pair else { continue };
        let id = CertificateId::of(certificate, issuer);
        let item = CollateralItem::NvidiaStatus {
            issuer_name: id.issuer_name,
            issuer_key: id.issuer_key,
            serial: id.serial.clone(),
        };
        let Ok(answer) = source.get(&item, context.now) else {
            missing = Some(
                "there is no current answer (OCSP) about one of NVIDIA's certificates in the \
                 verifier's collateral",
            );
            continue;
        };
        match status(of, &id, &answer, (certificate, issuer), context, checks)? {
            None => {
                missing = Some("NVIDIA's responder (OCSP) does not know one of the certificates");
            }
            known => oldest = oldest.min(known).or(known),
        }
    }
    match (missing, oldest) {
        (None, Some(issued)) => {
            let by = format!("{} of {}", Endorsement::NVIDIA_STATUS, rfc3339(issued));
            checks.passed(Check::REVOCATION, by.clone());
            Ok(Revocation::Checked(by.into()))
        }
        (missing, _) => {
            let nothing = "the chain has no certificate that NVIDIA could revoke";
            Ok(Revocation::NotChecked(missing.unwrap_or(nothing)))
        }
    }
}

/// When a certificate was known to be good; none if the responder does not know it.
fn status(
    of: Endorsement,
    id: &CertificateId,
    answer: &[u8],
    (certificate, issuer): (&Certificate<'_>, &Certificate<'_>),
    context: &Context<'_>,
    checks: &mut Checks,
) -> Result<Option<std::time::SystemTime>> {
    let what = Endorsement::NVIDIA_STATUS;
    limit(what.name(), answer, MAX_SIZE)?;
    let answer =
        StatusAnswer::read(id, answer).map_err(|error| Error::malformed(what.name(), error))?;
    let untrusted = |error| Error::untrusted(Check::NVIDIA_STATUS, error);
    let authority =
        issuer.authority(&rules::NVIDIA).map_err(|fault| untrusted(issuer.fault(fault)))?;
    let responder = answer
        .check_issuer(&authority, &rules::NVIDIA_STATUS, context.signatures)
        .map_err(untrusted)?;
    checks.passed(Check::NVIDIA_STATUS, certificate.name().escape_debug().to_string());
    let periods = responder.into_iter().chain([answer.period]).map(StatusAnswer::lenient);
    checks.all_valid(what, periods, context.now)?;
    // The responder's clock may be ahead.
    checks.dated(answer.period.0.min(context.now));
    match answer.status {
        Status::Good => Ok(Some(answer.period.0)),
        Status::Unknown => Ok(None),
        Status::Revoked { since, reason } => Err(Error::RevokedSince {
            what: of,
            serial: hex::encode_upper(&id.serial),
            subject: certificate.name().escape_debug().to_string(),
            since,
            reason,
        }),
    }
}
