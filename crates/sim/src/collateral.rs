//! What Intel's provisioning certification service would say about the simulated CPU.

use std::ops::Range;
use std::time::{Duration, SystemTime};

use aecs_attest::clock::rfc3339;
use aecs_attest::{IntelTee, Result, TcbStatus};
use aecs_proto::{SgxQlQveCollateral, json};
use serde_json::{Map, Value, json};

use crate::keys::EcKey;
use crate::model::{CPU_SVN, FMSPC, PCE_SVN};
use crate::pki::{PCK_SERIAL, PLATFORM_CA_SUBJECT, Pki, ROOT_CA_SUBJECT};
use crate::quote;
use crate::x509::revocation_list;

/// Version of the collateral's form: that of service version 3.
const VERSION: i64 = 3;
/// Number of the TCB recovery event, unless a test wants another.
pub(crate) const EVALUATION_NUMBER: u32 = 17;
/// Date of the TCB levels.
const TCB_DATE: &str = "2024-03-13T00:00:00Z";
/// Date of the older TCB levels.
const OLDER_TCB_DATE: &str = "2023-08-09T00:00:00Z";
/// Advisory for trust domains on an older platform.
const PLATFORM_ADVISORY: &str = "AECS-SIM-00001";
/// Advisory for trust domains on an older TDX module.
const MODULE_ADVISORY: &str = "AECS-SIM-00002";
/// Signer of the TDX modules: none, as Intel's have.
const MODULE_SIGNER: [u8; 48] = [0; 48];
/// Security versions of the platform under trust domains. The first two are the TDX module's.
const TDX_SVN: [u8; 16] = [5, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
const OLDER_TDX_SVN: [u8; 16] = [5, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
/// Collateral is issued this long ago, so that verifiers whose clock is a little late take it.
const BACKDATED: Duration = Duration::from_secs(3600);
/// Collateral is valid for this long, as Intel's is.
const LIFETIME: Duration = Duration::from_secs(30 * 24 * 3600);

/// What the service knows about the CPU.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Knowledge {
    pub(crate) tcb_status: TcbStatus,
    pub(crate) advisory_ids: Vec<String>,
    pub(crate) pck_revoked: bool,
    /// How up to date the quoting enclaves are.
    pub(crate) qe_status: TcbStatus,
    /// Version of the TCB info for enclaves: 3, or 2 as version 3 of the service gives it.
    pub(crate) tcb_info_version: u8,
    pub(crate) evaluation: EvaluationNumbers,
}

/// TCB evaluation numbers in the collateral of a simulated CPU.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvaluationNumbers {
    /// That of the TCB info.
    pub tcb_info: u32,
    /// That of the identities of quoting enclaves.
    pub qe_identity: u32,
    /// Those in Intel's signed list of numbers; the collateral is without a list if there are none.
    pub listed: Vec<u32>,
}

impl Default for EvaluationNumbers {
    fn default() -> Self {
        Self { tcb_info: EVALUATION_NUMBER, qe_identity: EVALUATION_NUMBER, listed: Vec::new() }
    }
}

/// The usual validity of collateral that is issued now.
pub(crate) fn window_from(now: SystemTime) -> Range<SystemTime> {
    now - BACKDATED..now + LIFETIME
}

/// Issues collateral in the form of a report, with the given time of issue and of the next update.
pub(crate) fn issue(
    pki: &Pki,
    known: &Knowledge,
    tee: IntelTee,
    window: &Range<SystemTime>,
) -> Result<String> {
    let revoked: &[u64] = if known.pck_revoked { &[PCK_SERIAL] } else { &[] };
    let root_ca_crl = revocation_list(ROOT_CA_SUBJECT, &[], window, &pki.root_ca)?;
    let pck_crl = revocation_list(PLATFORM_CA_SUBJECT, revoked, window, &pki.platform_ca)?;
    let tcb_info = match (tee, known.tcb_info_version) {
        (IntelTee::Sgx, 2) => tcb_info_2(known, window),
        _ => tcb_info(known, tee, window),
    }
    .to_string();
    let qe_identity = qe_identity(known, tee, window).to_string();
    let (list, list_chain) = match known.evaluation.listed.as_slice() {
        [] => (String::new(), String::new()),
        listed => {
            let list = evaluation_list(listed, tee, window).to_string();
            let list = signed("tcbEvaluationDataNumbers", &list, &pki.tcb_signer)?;
            (list, pki.tcb_signer_chain.clone())
        }
    };
    Ok(json::to_string(&SgxQlQveCollateral {
        pck_certificate_chain: String::new(),
        version: VERSION,
        pck_crl_issuer_chain: pki.platform_ca_chain.clone(),
        root_ca_crl: hex::encode(root_ca_crl),
        pck_crl: hex::encode(pck_crl),
        tcb_info_issuer_chain: pki.tcb_signer_chain.clone(),
        tcb_info: signed("tcbInfo", &tcb_info, &pki.tcb_signer)?,
        qe_identity_issuer_chain: pki.tcb_signer_chain.clone(),
        qe_identity: signed("enclaveIdentity", &qe_identity, &pki.tcb_signer)?,
        tee_type: tee.number(),
        tcb_evaluation_numbers: list,
        tcb_evaluation_numbers_issuer_chain: list_chain,
    }))
}

fn tcb_info(known: &Knowledge, tee: IntelTee, window: &Range<SystemTime>) -> Value {
    let (status, advisories) = (known.listed_status(), known.advisory_ids.as_slice());
    let (sgx, pce_svn) = (components(&CPU_SVN), known.listed_pce_svn());
    match tee {
        IntelTee::Sgx => {
            let tcb = json!({ "sgxtcbcomponents": sgx, "pcesvn": pce_svn });
            let levels = json!([tcb_level(&tcb, TCB_DATE, status, advisories)]);
            complete(known, window, json!({ "id": "SGX", "version": 3, "tcbLevels": levels }))
        }
        IntelTee::Tdx => {
            let tcb = |svns| {
                let tdx = components(svns);
                json!({ "sgxtcbcomponents": sgx, "tdxtcbcomponents": tdx, "pcesvn": pce_svn })
            };
            let older = [PLATFORM_ADVISORY.to_owned()];
            let levels = json!([
                tcb_level(&tcb(&TDX_SVN), TCB_DATE, status, advisories),
                tcb_level(&tcb(&OLDER_TDX_SVN), OLDER_TCB_DATE, TcbStatus::OutOfDate, &older),
            ]);
            let info = json!({
                "id": "TDX",
                "version": 3,
                "tdxModule": Value::Object(tdx_module()),
                "tdxModuleIdentities": [tdx_module_identity()],
                "tcbLevels": levels,
            });
            complete(known, window, info)
        }
    }
}

/// The same facts for enclaves, in the older form.
fn tcb_info_2(known: &Knowledge, window: &Range<SystemTime>) -> Value {
    let components =
        (1..).zip(CPU_SVN).map(|(number, svn)| (format!("sgxtcbcomp{number:02}svn"), json!(svn)));
    let pce_svn = ("pcesvn".to_owned(), json!(known.listed_pce_svn()));
    let tcb = Value::Object(components.chain([pce_svn]).collect());
    let levels = json!([tcb_level(&tcb, TCB_DATE, known.listed_status(), &known.advisory_ids)]);
    complete(known, window, json!({ "version": 2, "tcbLevels": levels }))
}

impl Knowledge {
    /// The status of the levels that are listed.
    fn listed_status(&self) -> TcbStatus {
        match self.tcb_status {
            TcbStatus::BelowAllLevels => TcbStatus::UpToDate,
            status => status,
        }
    }

    /// What the levels that are listed want: more than the CPU has, if it is below all of them.
    fn listed_pce_svn(&self) -> u16 {
        PCE_SVN + u16::from(self.tcb_status == TcbStatus::BelowAllLevels)
    }
}

/// What every TCB info says, and what this one does.
fn complete(known: &Knowledge, window: &Range<SystemTime>, info: Value) -> Value {
    let Value::Object(mut info) = info else { return info };
    for (name, value) in [
        ("issueDate", json!(rfc3339(window.start))),
        ("nextUpdate", json!(rfc3339(window.end))),
        ("fmspc", json!(hex::encode_upper(FMSPC))),
        ("pceId", json!("0000")),
        ("tcbType", json!(0)),
        ("tcbEvaluationDataNumber", json!(known.evaluation.tcb_info)),
    ] {
        info.insert(name.to_owned(), value);
    }
    Value::Object(info)
}

fn tcb_level(tcb: &Value, date: &str, status: TcbStatus, advisories: &[String]) -> Value {
    json!({
        "tcb": tcb,
        "tcbDate": date,
        "tcbStatus": status.as_str(),
        "advisoryIDs": advisories,
    })
}

fn components(svns: &[u8; 16]) -> Value {
    svns.iter().map(|svn| json!({ "svn": svn })).collect()
}

/// TDX modules without a version of their own.
fn tdx_module() -> Map<String, Value> {
    [
        ("mrsigner", hex::encode_upper(MODULE_SIGNER)),
        ("attributes", "00".repeat(8)),
        ("attributesMask", "FF".repeat(8)),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), Value::String(value)))
    .collect()
}

/// TDX modules of version 1: 5 is up to date, 4 is not, 3 is revoked, older ones are unknown.
fn tdx_module_identity() -> Value {
    let level = |svn: u8, date: &str, status: TcbStatus, advisories: &[&str]| {
        let advisories: Vec<_> = advisories.iter().map(ToString::to_string).collect();
        tcb_level(&json!({ "isvsvn": svn }), date, status, &advisories)
    };
    let mut module = tdx_module();
    module.insert("id".into(), json!("TDX_01"));
    let levels = json!([
        level(5, TCB_DATE, TcbStatus::UpToDate, &[]),
        level(4, OLDER_TCB_DATE, TcbStatus::OutOfDate, &[MODULE_ADVISORY]),
        level(3, OLDER_TCB_DATE, TcbStatus::Revoked, &[MODULE_ADVISORY]),
    ]);
    module.insert("tcbLevels".into(), levels);
    Value::Object(module)
}

/// Which TCB recoveries there are.
fn evaluation_list(listed: &[u32], tee: IntelTee, window: &Range<SystemTime>) -> Value {
    let entry = |number: &u32| {
        json!({
            "tcbEvaluationDataNumber": number,
            "tcbRecoveryEventDate": OLDER_TCB_DATE,
            "tcbDate": TCB_DATE,
        })
    };
    json!({
        "id": tee.as_str(),
        "version": 1,
        "issueDate": rfc3339(window.start),
        "nextUpdate": rfc3339(window.end),
        "tcbEvaluationDataNumbers": listed.iter().map(entry).collect::<Vec<_>>(),
    })
}

fn qe_identity(known: &Knowledge, tee: IntelTee, window: &Range<SystemTime>) -> Value {
    let (id, product) = match tee {
        IntelTee::Sgx => ("QE", quote::QE_PRODUCT),
        IntelTee::Tdx => ("TD_QE", quote::TD_QE_PRODUCT),
    };
    json!({
        "id": id,
        "version": 2,
        "issueDate": rfc3339(window.start),
        "nextUpdate": rfc3339(window.end),
        "tcbEvaluationDataNumber": known.evaluation.qe_identity,
        "miscselect": "00000000",
        "miscselectMask": "FFFFFFFF",
        "attributes": hex::encode_upper(quote::QE_ATTRIBUTES),
        "attributesMask": "FBFFFFFFFFFFFFFF0000000000000000",
        "mrsigner": hex::encode_upper(quote::QE_MRSIGNER),
        "isvprodid": product,
        "tcbLevels": [{
            "tcb": { "isvsvn": quote::QE_SVN },
            "tcbDate": TCB_DATE,
            "tcbStatus": known.qe_status.as_str(),
        }],
    })
}

fn signed(name: &str, body: &str, key: &EcKey) -> Result<String> {
    let signature = hex::encode(key.sign(body.as_bytes())?);
    Ok(format!(r#"{{"{name}":{body},"signature":"{signature}"}}"#))
}
