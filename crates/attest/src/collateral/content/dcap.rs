//! Intel's collateral for SGX and TDX, in the JSON of a DCAP report.

use std::time::SystemTime;

use aecs_proto::SgxQlQveCollateral;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::part::{CollateralPart, chain, revocation_list};
use crate::clock::{from_unix_seconds, rfc3339_seconds};
use crate::collateral::{IntelTee, PckCa};
use crate::encoding::from_json;
use crate::error::{Error, Result, limit};
use crate::limits;
use crate::x509::{Certificate, pem};

const TCB_INFO: &str = "TCB info";
const QE_IDENTITY: &str = "QE identity";
const EVALUATION_LIST: &str = "list of TCB evaluation numbers";
const ROOT_CA_CRL: &str = "root CA revocation list";
const PCK_CRL: &str = "PCK revocation list";
const PCK_CRL_CHAIN: &str = "PCK revocation list issuer chain";

pub(super) fn examine(
    tee: IntelTee,
    fmspc: &[u8; 6],
    ca: PckCa,
    content: &[u8],
) -> Result<Vec<CollateralPart>> {
    let text =
        std::str::from_utf8(content).map_err(|error| Error::malformed("collateral", error))?;
    let collateral: SgxQlQveCollateral = from_json("collateral", text)?;
    if collateral.tee_type != tee.number() {
        let reason = format!("TEE type {} instead of {}", collateral.tee_type, tee.number());
        return Err(Error::malformed("collateral", reason));
    }

    let (tcb_info, tcb_info_part) = tcb_info(tee, &collateral.tcb_info)?;
    let expected = hex::encode_upper(fmspc);
    if !tcb_info.fmspc.eq_ignore_ascii_case(&expected) {
        let reason = format!("for FMSPC {:.40} instead of {expected}", tcb_info.fmspc);
        return Err(Error::malformed(TCB_INFO, reason));
    }
    let mut parts = vec![tcb_info_part, qe_identity(tee, &collateral.qe_identity)?];

    let mut signer_chains = vec![
        ("TCB info issuer chain", &collateral.tcb_info_issuer_chain),
        ("QE identity issuer chain", &collateral.qe_identity_issuer_chain),
    ];
    if !collateral.tcb_evaluation_numbers.is_empty() {
        parts.push(evaluation_list(tee, &collateral.tcb_evaluation_numbers)?);
        let issuers = &collateral.tcb_evaluation_numbers_issuer_chain;
        signer_chains.push(("issuer chain of the TCB evaluation numbers", issuers));
    }
    for (what, text) in signer_chains {
        parts.extend(chain(what, text.as_bytes(), 2)?.1);
    }

    let (certificates, chain_parts) =
        chain(PCK_CRL_CHAIN, collateral.pck_crl_issuer_chain.as_bytes(), 2)?;
    parts.extend(chain_parts);
    let [issuer, root] = certificates.as_slice() else {
        return Err(Error::malformed(PCK_CRL_CHAIN, "expected exactly 2 certificates"));
    };
    let issuer = Certificate::parse(PCK_CRL_CHAIN, issuer)?;
    let root = Certificate::parse(PCK_CRL_CHAIN, root)?;
    let name = issuer.name();
    if !name.contains(ca_name(ca)) {
        let reason = format!("of {name:?} instead of the {}", ca_name(ca));
        return Err(Error::malformed(PCK_CRL, reason));
    }

    let lists =
        [(PCK_CRL, &collateral.pck_crl, &issuer), (ROOT_CA_CRL, &collateral.root_ca_crl, &root)];
    for (what, text, issuer) in lists {
        let der = crl_der(what, text.as_bytes())?;
        let (list, part) = revocation_list(what, &der)?;
        if list.issuer() != issuer.x509.subject() {
            return Err(Error::malformed(what, "issued by another authority"));
        }
        parts.push(part);
    }
    Ok(parts)
}

/// A revocation list in one of the forms in which services give it: DER, the hexadecimal digits
/// of DER, or PEM.
pub(in crate::collateral) fn crl_der(what: &'static str, answer: &[u8]) -> Result<Vec<u8>> {
    limit(what, answer, limits::CRL)?;
    if answer.starts_with(b"-----BEGIN ") {
        return pem::block(answer, "X509 CRL").map_err(|error| Error::malformed(what, error));
    }
    // DER starts with the tag of a sequence, 0x30, which is also the digit 0; no digits follow it.
    let text = answer.trim_ascii();
    if !text.is_empty() && text.iter().all(u8::is_ascii_hexdigit) {
        return hex::decode(text).map_err(|error| Error::malformed(what, error));
    }
    Ok(answer.to_vec())
}

/// The part of the subject's name that tells the two certification authorities apart.
const fn ca_name(ca: PckCa) -> &'static str {
    match ca {
        PckCa::Processor => "Processor CA",
        PckCa::Platform => "Platform CA",
    }
}

#[derive(Deserialize)]
struct TcbInfoAnswer {
    #[serde(rename = "tcbInfo")]
    tcb_info: TcbInfo,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TcbInfo {
    /// Not there before version 3 of the format, which was SGX only.
    id: Option<String>,
    issue_date: String,
    next_update: String,
    fmspc: String,
}

fn tcb_info(tee: IntelTee, text: &str) -> Result<(TcbInfo, CollateralPart)> {
    let TcbInfoAnswer { tcb_info } = read(TCB_INFO, text)?;
    // Before version 3 there was no other.
    let of = tcb_info.id.as_deref().unwrap_or(IntelTee::Sgx.as_str());
    if of != tee.as_str() {
        return Err(Error::malformed(TCB_INFO, format!("for {of:.40} instead of {tee}")));
    }
    let part = part(TCB_INFO, &tcb_info.issue_date, &tcb_info.next_update)?;
    Ok((tcb_info, part))
}

#[derive(Deserialize)]
struct QeIdentityAnswer {
    #[serde(rename = "enclaveIdentity")]
    enclave_identity: QeIdentity,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct QeIdentity {
    id: String,
    issue_date: String,
    next_update: String,
}

fn qe_identity(tee: IntelTee, text: &str) -> Result<CollateralPart> {
    let QeIdentityAnswer { enclave_identity: identity } = read(QE_IDENTITY, text)?;
    let expected = match tee {
        IntelTee::Sgx => "QE",
        IntelTee::Tdx => "TD_QE",
    };
    if identity.id != expected {
        let reason = format!("for {:.40} instead of {expected}", identity.id);
        return Err(Error::malformed(QE_IDENTITY, reason));
    }
    part(QE_IDENTITY, &identity.issue_date, &identity.next_update)
}

#[derive(Deserialize)]
struct EvaluationAnswer {
    #[serde(rename = "tcbEvaluationDataNumbers")]
    list: EvaluationList,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct EvaluationList {
    id: String,
    issue_date: String,
    next_update: String,
}

fn evaluation_list(tee: IntelTee, text: &str) -> Result<CollateralPart> {
    let EvaluationAnswer { list } = read(EVALUATION_LIST, text)?;
    if list.id != tee.as_str() {
        let reason = format!("for {:.40} instead of {tee}", list.id);
        return Err(Error::malformed(EVALUATION_LIST, reason));
    }
    part(EVALUATION_LIST, &list.issue_date, &list.next_update)
}

fn read<T: DeserializeOwned>(what: &'static str, text: &str) -> Result<T> {
    limit(what, text, limits::SIGNED_JSON)?;
    let text = text.trim_matches(|char: char| char == '\0' || char.is_whitespace());
    serde_json::from_str(text).map_err(|error| Error::malformed(what, error))
}

fn part(what: &'static str, issued: &str, next: &str) -> Result<CollateralPart> {
    Ok(CollateralPart { what, from: Some(date(what, issued)?), until: Some(date(what, next)?) })
}

fn date(what: &'static str, text: &str) -> Result<SystemTime> {
    let seconds = rfc3339_seconds(text);
    let seconds =
        seconds.ok_or_else(|| Error::malformed(what, "a date in an unexpected format"))?;
    Ok(from_unix_seconds(seconds))
}
