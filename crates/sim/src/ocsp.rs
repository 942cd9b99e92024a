//! An OCSP responder in software (RFC 6960), for the certificates of a path.

use std::time::{Duration, SystemTime};

use aecs_attest::{CollateralItem, Result};
use aws_lc_rs::digest::{SHA384, digest};
use time::OffsetDateTime;

use crate::der::{
    ENUMERATED, EXPLICIT_0, GENERALIZED_TIME, INTEGER, NULL, OCTET_STRING, bit_string, element,
    oid, sequence,
};
use crate::failure::unavailable;
use crate::keys::{Curve, EcKey};
use crate::path::{CertificateSpec, SimulatedPath};
use crate::x509::Signer as _;

const HASH: &[u64] = &[2, 16, 840, 1, 101, 3, 4, 2, 2];
const BASIC: &[u64] = &[1, 3, 6, 1, 5, 5, 7, 48, 1, 1];
const EXTENDED_KEY_USAGE: &[u64] = &[2, 5, 29, 37];
const OCSP_SIGNING: &[u64] = &[1, 3, 6, 1, 5, 5, 7, 3, 9];

const HOUR: Duration = Duration::from_secs(3600);

/// What a responder says of a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OcspStatus {
    /// It is not revoked.
    Good,
    /// It is revoked since this time, for this reason (RFC 5280, section 5.3.1).
    Revoked(SystemTime, Option<u8>),
    /// The responder does not know it.
    Unknown,
}

/// Who signs an answer.
#[derive(Debug, Clone)]
pub enum OcspSigner {
    /// The issuer of the certificate.
    Issuer,
    /// A responder with this certificate, which the issuer signs.
    Responder(CertificateSpec),
    /// The same below the root of the path.
    ResponderOfRoot(CertificateSpec),
    /// The same below somebody who has the issuer's name, and another key.
    ResponderOfStranger(CertificateSpec),
}

/// An answer to make.
#[derive(Debug, Clone)]
pub struct OcspAnswer {
    /// The status.
    pub status: OcspStatus,
    /// Since when it is known; whole seconds.
    pub from: SystemTime,
    /// When the next one comes.
    pub next: Option<SystemTime>,
    /// Who signs it.
    pub signer: OcspSigner,
    /// How often the status is in the answer.
    pub times: usize,
    /// An extension that nobody knows: whether it is critical.
    pub extension: Option<bool>,
}

impl OcspAnswer {
    /// As a responder of the issuer signs it: from an hour ago, for a day.
    #[must_use]
    pub fn new(status: OcspStatus) -> Self {
        let from = SystemTime::now() - HOUR;
        Self {
            status,
            from,
            next: Some(from + 24 * HOUR),
            signer: OcspSigner::Responder(Self::responder()),
            times: 1,
            extension: None,
        }
    }

    /// The certificate of a responder, as it has to be.
    #[must_use]
    pub fn responder() -> CertificateSpec {
        let purposes = sequence(&[oid(OCSP_SIGNING)]);
        CertificateSpec {
            extensions: vec![(EXTENDED_KEY_USAGE.to_vec(), true, purposes)],
            ..CertificateSpec::signer("OCSP Responder AECS SIMULATION")
        }
    }
}

impl SimulatedPath {
    /// The answer to a request for the status of one of the certificates, in DER.
    pub(crate) fn status(&self, item: &CollateralItem, answer: &OcspAnswer) -> Result<Vec<u8>> {
        let CollateralItem::NvidiaStatus { issuer_name, issuer_key, serial } = item else {
            return Err(unavailable(item, "it is not a status"));
        };
        let is_issuer = |(_, key): &&(String, EcKey)| {
            digest(&SHA384, key.point()).as_ref() == issuer_key.as_slice()
        };
        let Some(issuer) = self.authorities.iter().find(is_issuer) else {
            return Err(unavailable(item, "its issuer is not in the path"));
        };
        let id = sequence(&[
            sequence(&[oid(HASH), element(NULL, &[])]),
            element(OCTET_STRING, issuer_name),
            element(OCTET_STRING, issuer_key),
            element(INTEGER, serial),
        ]);
        let status = match answer.status {
            OcspStatus::Good => element(0x80, &[]),
            OcspStatus::Unknown => element(0x82, &[]),
            OcspStatus::Revoked(since, reason) => {
                let mut revoked = generalized_time(since);
                if let Some(reason) = reason {
                    revoked.extend(element(EXPLICIT_0, &element(ENUMERATED, &[reason])));
                }
                element(0xA1, &revoked)
            }
        };
        let mut parts = vec![id, status, generalized_time(answer.from)];
        parts.extend(answer.next.map(|next| element(EXPLICIT_0, &generalized_time(next))));
        let list = vec![sequence(&parts); answer.times];
        let mut data = vec![
            element(0xA2, &element(OCTET_STRING, &[7; 20])),
            generalized_time(answer.from),
            sequence(&list),
        ];
        if let Some(critical) = answer.extension {
            let extension = crate::x509::extension(&[1, 2, 3], critical, &[5, 0]);
            data.push(element(0xA1, &sequence(&[extension])));
        }
        let data = sequence(&data);
        let signed = |key: &EcKey, certificates: &[Vec<u8>]| -> Result<Vec<u8>> {
            let signature = bit_string(&key.signature(&data)?);
            let mut parts = vec![data.clone(), key.algorithm(), signature];
            if !certificates.is_empty() {
                parts.push(element(EXPLICIT_0, &sequence(certificates)));
            }
            let basic = element(OCTET_STRING, &sequence(&parts));
            let bytes = element(EXPLICIT_0, &sequence(&[oid(BASIC), basic]));
            Ok(sequence(&[element(ENUMERATED, &[0]), bytes]))
        };
        let delegated = |spec: &CertificateSpec, (name, key): &(String, EcKey)| {
            let own = EcKey::generate(Curve::P384)?;
            let certificate = spec.signed(77, name, &own, key)?;
            signed(&own, &[certificate])
        };
        match (&answer.signer, self.authorities.first()) {
            (OcspSigner::Issuer, _) => signed(&issuer.1, &[]),
            (OcspSigner::Responder(spec), _) => delegated(spec, issuer),
            (OcspSigner::ResponderOfRoot(spec), Some(root)) => delegated(spec, root),
            (OcspSigner::ResponderOfStranger(spec), _) => {
                delegated(spec, &(issuer.0.clone(), EcKey::generate(Curve::P384)?))
            }
            (OcspSigner::ResponderOfRoot(_), None) => Err(unavailable(item, "there is no root")),
        }
    }
}

fn generalized_time(time: SystemTime) -> Vec<u8> {
    let time = OffsetDateTime::from(time);
    let (year, month, day) = (time.year(), u8::from(time.month()), time.day());
    let (hour, minute, second) = time.to_hms();
    let text = format!("{year:04}{month:02}{day:02}{hour:02}{minute:02}{second:02}Z");
    element(GENERALIZED_TIME, text.as_bytes())
}
