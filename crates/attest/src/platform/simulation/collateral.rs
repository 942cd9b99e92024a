//! What Intel's provisioning certification service would say about the simulated CPU.

use std::ops::Range;
use std::time::{Duration, SystemTime};

use aecs_proto::{SgxQlQveCollateral, json};
use rcgen::{
    CertificateRevocationListParams, KeyIdMethod, RevocationReason, RevokedCertParams, SerialNumber,
};
use serde_json::{Value, json};

use super::pki::{Authority, Pki, SigningKey, internal, pck_serial};
use super::{CPU_SVN, FMSPC, PCE_SVN, quote};
use crate::clock::rfc3339;
use crate::error::Result;
use crate::tcb::TcbStatus;

/// Version of the collateral's form: that of service version 3.
const VERSION: i64 = 3;
/// Number of the TCB recovery event; the same everywhere in the simulation.
const EVALUATION_DATA_NUMBER: u32 = 17;
/// Date of the TCB levels.
const TCB_DATE: &str = "2024-03-13T00:00:00Z";
/// Collateral is issued this long ago, so that verifiers whose clock is a little late take it.
const BACKDATED: Duration = Duration::from_secs(3600);
/// Collateral is valid for this long, as Intel's is.
const LIFETIME: Duration = Duration::from_secs(30 * 24 * 3600);

/// What the service knows about the CPU.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Knowledge {
    pub(super) tcb_status: TcbStatus,
    pub(super) advisory_ids: Vec<String>,
    pub(super) pck_revoked: bool,
}

/// The usual validity of collateral that is issued now.
pub(super) fn usual_window(now: SystemTime) -> Range<SystemTime> {
    now - BACKDATED..now + LIFETIME
}

/// Issues collateral in the form of a report, with the given time of issue and of the next update.
pub(super) fn issue(pki: &Pki, known: &Knowledge, window: &Range<SystemTime>) -> Result<String> {
    let revoked = if known.pck_revoked { vec![pck_revocation(window.start)] } else { Vec::new() };
    let tcb_info = tcb_info(known, window).to_string();
    let qe_identity = qe_identity(window).to_string();
    Ok(json::to_string(&SgxQlQveCollateral {
        version: VERSION,
        pck_crl_issuer_chain: pki.platform_ca_chain.clone(),
        root_ca_crl: crl(&pki.root_ca, window, Vec::new())?,
        pck_crl: crl(&pki.platform_ca, window, revoked)?,
        tcb_info_issuer_chain: pki.tcb_signer_chain.clone(),
        tcb_info: signed("tcbInfo", &tcb_info, &pki.tcb_signer)?,
        qe_identity_issuer_chain: pki.tcb_signer_chain.clone(),
        qe_identity: signed("enclaveIdentity", &qe_identity, &pki.tcb_signer)?,
        tee_type: 0,
    }))
}

fn tcb_info(known: &Knowledge, window: &Range<SystemTime>) -> Value {
    let components: Vec<_> = CPU_SVN.iter().map(|svn| json!({ "svn": svn })).collect();
    json!({
        "id": "SGX",
        "version": 3,
        "issueDate": rfc3339(window.start),
        "nextUpdate": rfc3339(window.end),
        "fmspc": hex::encode_upper(FMSPC),
        "pceId": "0000",
        "tcbType": 0,
        "tcbEvaluationDataNumber": EVALUATION_DATA_NUMBER,
        "tcbLevels": [{
            "tcb": { "sgxtcbcomponents": components, "pcesvn": PCE_SVN },
            "tcbDate": TCB_DATE,
            "tcbStatus": known.tcb_status.as_str(),
            "advisoryIDs": known.advisory_ids,
        }],
    })
}

fn qe_identity(window: &Range<SystemTime>) -> Value {
    json!({
        "id": "QE",
        "version": 2,
        "issueDate": rfc3339(window.start),
        "nextUpdate": rfc3339(window.end),
        "tcbEvaluationDataNumber": EVALUATION_DATA_NUMBER,
        "miscselect": "00000000",
        "miscselectMask": "FFFFFFFF",
        "attributes": hex::encode_upper(quote::QE_ATTRIBUTES),
        "attributesMask": "FBFFFFFFFFFFFFFF0000000000000000",
        "mrsigner": hex::encode_upper(quote::QE_MRSIGNER),
        "isvprodid": quote::QE_PRODUCT,
        "tcbLevels": [{
            "tcb": { "isvsvn": quote::QE_SVN },
            "tcbDate": TCB_DATE,
            "tcbStatus": TcbStatus::UpToDate.as_str(),
        }],
    })
}

fn signed(name: &str, body: &str, key: &SigningKey) -> Result<String> {
    let signature = hex::encode(key.sign(body.as_bytes())?);
    Ok(format!(r#"{{"{name}":{body},"signature":"{signature}"}}"#))
}

fn crl(
    authority: &Authority,
    window: &Range<SystemTime>,
    revoked_certs: Vec<RevokedCertParams>,
) -> Result<String> {
    let params = CertificateRevocationListParams {
        this_update: window.start.into(),
        next_update: window.end.into(),
        crl_number: SerialNumber::from(1),
        issuing_distribution_point: None,
        revoked_certs,
        key_identifier_method: KeyIdMethod::Sha256,
    };
    let crl = params.signed_by(&authority.0).map_err(internal)?;
    Ok(hex::encode(crl.der()))
}

fn pck_revocation(time: SystemTime) -> RevokedCertParams {
    RevokedCertParams {
        serial_number: pck_serial(),
        revocation_time: time.into(),
        reason_code: Some(RevocationReason::KeyCompromise),
        invalidity_date: None,
    }
}
