//! Which check failed, once the verifying library has refused.
//!
//! The verdict is the library's alone; here it only gets its name. The library tells dates apart
//! from signatures by text only, so dates are looked at again, and its texts are looked up in a
//! table. An unknown text is still a refusal: [`Check::EVIDENCE`].

use std::time::SystemTime;

use serde::Deserialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use x509_parser::prelude::{CertificateRevocationList, FromDer as _, X509Certificate};

use super::Material;
use crate::clock::{from_unix_seconds, unix_seconds};
use crate::error::{Check, Endorsement, Error};

/// What the library says (version 0.7.1), and what it checked.
const TEXTS: &[(&str, Check)] = &[
    ("CertRevoked", Check::REVOCATION),
    ("Failed to parse root CA CRL", Check::ROOT_CA_CRL),
    ("Failed to parse PCK CRL", Check::PCK_CRL),
    ("InvalidCrlSignatureForPublicKey", Check::PCK_CRL),
    ("UnknownRevocationStatus", Check::PCK_CRL),
    ("Signature is invalid for tcb_info", Check::TCB_INFO_SIGNATURE),
    ("Failed to decode TcbInfo", Check::TCB_INFO_SCOPE),
    ("Fmspc", Check::TCB_INFO_SCOPE),
    ("non-SGX TCB info", Check::TCB_INFO_SCOPE),
    ("Signature is invalid for qe_identity", Check::QE_IDENTITY_SIGNATURE),
    ("Failed to decode QeIdentity", Check::QE_IDENTITY_SCOPE),
    ("Unsupported QE Identity", Check::QE_IDENTITY_SCOPE),
    ("Signature is invalid for qe_report", Check::QE_REPORT_SIGNATURE),
    ("QE report hash mismatch", Check::ATTESTATION_KEY),
    ("Invalid QE auth data length", Check::ATTESTATION_KEY),
    ("QE report validation failed", Check::QE_IDENTITY),
    ("QE MRSIGNER", Check::QE_IDENTITY),
    ("QE ISVPRODID", Check::QE_IDENTITY),
    ("QE MISCSELECT", Check::QE_IDENTITY),
    ("QE ATTRIBUTES", Check::QE_IDENTITY),
    ("QE ISVSVN", Check::QE_IDENTITY),
    ("ISV enclave report signature", Check::QUOTE_SIGNATURE),
    ("No matching TCB level", Check::TCB_LEVEL),
    ("TCB status is invalid: Revoked", Check::TCB_REVOKED),
    ("Unknown QE vendor", Check::QUOTE_HEADER),
    ("TEE type", Check::QUOTE_HEADER),
    ("attestation key type", Check::QUOTE_HEADER),
    ("TDX TEE quote", Check::QUOTE_HEADER),
    ("Failed to verify certificate chain", Check::CERTIFICATE_CHAIN),
    ("issued directly by the root", Check::CERTIFICATE_CHAIN),
    ("certificate", Check::CERTIFICATE_CHAIN),
    ("Intel extension", Check::PCK_EXTENSION),
];

/// The error for evidence that the library refused.
pub(super) fn explain(material: &Material<'_>, refusal: String, now: SystemTime) -> Error {
    if let Some(error) = outside_validity(material, now) {
        return error;
    }
    let known = TEXTS.iter().find(|(part, _)| refusal.contains(part));
    Error::untrusted(known.map_or(Check::EVIDENCE, |(_, check)| *check), refusal)
}

fn outside_validity(material: &Material<'_>, now: SystemTime) -> Option<Error> {
    let seconds = unix_seconds(now).ok()?;
    let periods = periods(material);
    let early = periods.iter().find(|period| seconds < period.from);
    let late = periods.iter().find(|period| seconds > period.until);
    let expired = late.map(|period| Error::Expired {
        what: period.what,
        at: from_unix_seconds(period.until),
        now,
    });
    expired.or_else(|| {
        early.map(|period| Error::NotYetValid {
            what: period.what,
            from: from_unix_seconds(period.from),
            now,
        })
    })
}

struct Period {
    what: Endorsement,
    from: u64,
    until: u64,
}

/// Everything with dates. What cannot be read has none, and fails for another reason.
fn periods(material: &Material<'_>) -> Vec<Period> {
    let collateral = &material.collateral;
    let signed = [
        (Endorsement::TCB_INFO, &collateral.tcb_info),
        (Endorsement::QE_IDENTITY, &collateral.qe_identity),
    ];
    let signed = signed.into_iter().map(|(what, json)| json_period(what, &json.text));
    let crls = [
        (Endorsement::ROOT_CA_CRL, &collateral.root_ca_crl),
        (Endorsement::PCK_CRL, &collateral.pck_crl),
    ];
    let crls = crls.into_iter().map(|(what, der)| crl_period(what, der));
    let certificates = material.chains().into_iter().flat_map(|(what, chain)| {
        chain.certificates().map(move |der| certificate_period(what, der))
    });
    signed.chain(crls).chain(certificates).flatten().collect()
}

fn json_period(what: Endorsement, text: &str) -> Option<Period> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Dates {
        issue_date: String,
        next_update: String,
    }
    let seconds = |date: &str| {
        u64::try_from(OffsetDateTime::parse(date, &Rfc3339).ok()?.unix_timestamp()).ok()
    };
    let dates: Dates = serde_json::from_str(text).ok()?;
    Some(Period { what, from: seconds(&dates.issue_date)?, until: seconds(&dates.next_update)? })
}

fn crl_period(what: Endorsement, der: &[u8]) -> Option<Period> {
    let (_, crl) = CertificateRevocationList::from_der(der).ok()?;
    let from = u64::try_from(crl.last_update().timestamp()).ok()?;
    let until = crl.next_update().and_then(|time| u64::try_from(time.timestamp()).ok());
    Some(Period { what, from, until: until.unwrap_or(u64::MAX) })
}

fn certificate_period(what: Endorsement, der: &[u8]) -> Option<Period> {
    let (_, certificate) = X509Certificate::from_der(der).ok()?;
    let validity = certificate.validity();
    let from = u64::try_from(validity.not_before.timestamp()).ok()?;
    let until = u64::try_from(validity.not_after.timestamp()).ok()?;
    Some(Period { what, from, until })
}
