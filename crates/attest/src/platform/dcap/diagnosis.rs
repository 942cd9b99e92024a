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
use super::collateral::Collateral;
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
    ("non-TDX TCB info", Check::TCB_INFO_SCOPE),
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
    ("component count mismatch", Check::TCB_INFO_SCOPE),
    ("Unrecognized TCB status", Check::TCB_LEVEL),
    ("TDX module", Check::TDX_MODULE),
    ("tdxModule", Check::TDX_MODULE),
    ("No matching TCB level", Check::TCB_LEVEL),
    ("TCB status is invalid: Revoked", Check::TCB_REVOKED),
    ("TD attributes", Check::TD_ATTRIBUTES),
    ("SERVTD_EXT", Check::TD_ATTRIBUTES),
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
    if refusal.contains("CertRevoked")
        && let Some(error) = revoked(material)
    {
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

/// The certificate that is on one of the lists, by its issuer and serial number.
fn revoked(material: &Material<'_>) -> Option<Error> {
    let collateral = &material.collateral;
    let lists = [&collateral.root_ca_crl, &collateral.pck_crl];
    let lists: Vec<_> = lists
        .into_iter()
        .filter_map(|der| CertificateRevocationList::from_der(der).ok())
        .map(|(_, list)| list)
        .collect();
    material.chains().into_iter().find_map(|(what, chain)| {
        chain.certificates().find_map(|der| {
            let (_, certificate) = X509Certificate::from_der(der).ok()?;
            let listed = lists
                .iter()
                .filter(|list| list.issuer() == certificate.issuer())
                .flat_map(CertificateRevocationList::iter_revoked_certificates)
                .any(|entry| entry.raw_serial() == certificate.raw_serial());
            let serial = hex::encode_upper(certificate.raw_serial());
            listed.then_some(Error::Revoked { what, serial })
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
    Some(Period { what, from, until: crl_until(&crl).unwrap_or(u64::MAX) })
}

/// The last second of a revocation list: the next one is due after it.
fn crl_until(crl: &CertificateRevocationList<'_>) -> Option<u64> {
    u64::try_from(crl.next_update()?.timestamp()).ok()?.checked_sub(1)
}

/// The last second of both revocation lists.
pub(super) fn crls_until(collateral: &Collateral) -> Option<u64> {
    [&collateral.root_ca_crl, &collateral.pck_crl]
        .into_iter()
        .filter_map(|der| crl_until(&CertificateRevocationList::from_der(der).ok()?.1))
        .min()
}

fn certificate_period(what: Endorsement, der: &[u8]) -> Option<Period> {
    let (_, certificate) = X509Certificate::from_der(der).ok()?;
    let validity = certificate.validity();
    let from = u64::try_from(validity.not_before.timestamp()).ok()?;
    let until = u64::try_from(validity.not_after.timestamp()).ok()?;
    Some(Period { what, from, until })
}
