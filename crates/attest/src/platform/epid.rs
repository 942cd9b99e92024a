//! SGX with EPID attestation, as Passport reports: what Intel's attestation service (IAS) said of a
//! quote, signed by it.
//!
//! The service ended in April 2025. Reports that it signed before are verified here as any others:
//! against their certificates' dates, and for as long as such a report may be believed. A quote
//! without the service's word cannot be verified by anybody.
//!
//! Format: Intel, "Attestation Service for Intel SGX: API documentation", versions 4 and 5 of the
//! API.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aecs_proto::{EpidReport, IasReport};
use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use serde::Deserialize;

use super::Platform;
use crate::appraisal::{Appraisal, Binding, Context, Evidence, EvidenceVerifier, FromTrust};
use crate::attributes::table::{ADVISORIES, SPID, TCB_STATUS};
use crate::checks::Checks;
use crate::clock::{from_unix_seconds, rfc3339_seconds};
use crate::encoding::{base64_within, from_json};
use crate::error::{Check, Endorsement, Error, Result, limit};
use crate::limits;
use crate::quote::sgx::{BODY_LEN, HEADER_LEN, Quote};
use crate::quote::unsigned;
use crate::report::{ReportData, ReportType};
use crate::revocation::Revocation;
use crate::tcb::TcbStatus;
use crate::trust::{Trust, UnsignedQuotes};
use crate::x509::{Certificate, Root, pem, rules};

/// Intel's Attestation Report Signing CA.
const INTEL_ROOT: &[u8] = include_bytes!("epid/intel-report-signing-ca.der");

/// The version of the service's answer that AECS 2.0 asks for, and the one after it, which adds the
/// number of the TCB evaluation. Older ones do not tell of missing hardening.
const BODY_VERSIONS: [u64; 2] = [4, 5];
/// The only version of a quote that the service answered with.
const QUOTE_VERSION: u16 = 2;
/// Whether quotes of one platform for one service provider can be linked: its choice, and the
/// service's word is the same for both.
const SIGN_TYPES: [(u16, &str); 2] = [(0, "unlinkable"), (1, "linkable")];
/// How long a report is believed: as long as Intel gives its collateral for DCAP.
const MAX_AGE: Duration = Duration::from_secs(30 * 24 * 3600);

/// Bytes of the largest RSA signature.
const SIGNATURE: usize = 1024;

const CERTIFICATE: &str = "IAS signing certificate";
const BODY: &str = "IAS report body";

impl Check {
    /// EPID: the service's certificate was issued by the root.
    pub const EPID_CHAIN: Self = Self::new("IAS signing certificate");
    /// EPID: the report is signed by the service.
    pub const EPID_SIGNATURE: Self = Self::new("signature of the IAS report");
    /// EPID: the service did not refuse the quote.
    pub const EPID_STATUS: Self = Self::new("quote status in the IAS report");
    /// EPID: the quote is a linkable or an unlinkable one.
    pub const EPID_SIGN_TYPE: Self = Self::new("signature type of the EPID quote");
}

impl Endorsement {
    /// EPID: a certificate of the service, or its root.
    pub const EPID_CHAIN: Self = Self::new("IAS certificate chain");
    /// EPID: the report, which is believed for 30 days from its time stamp on.
    pub const EPID_REPORT: Self = Self::new("IAS report");
}

/// Verifier of the EPID platform.
pub(crate) struct Epid {
    roots: Vec<Root>,
    unsigned_quotes: Option<Arc<dyn UnsignedQuotes>>,
}

impl FromTrust for Epid {
    fn new(platform: Platform, trust: &Trust) -> Result<Self> {
        let roots = rules::EPID.roots(trust.anchors(platform, &[INTEL_ROOT]))?;
        Ok(Self { roots, unsigned_quotes: trust.unsigned_quotes.clone() })
    }
}

impl EvidenceVerifier for Epid {
    fn appraise(&self, evidence: &Evidence<'_>, context: &Context<'_>) -> Result<Appraisal> {
        // AECS 2.0 in simulation mode sends its quote in place of the service's answer too. That
        // answer is Base64, so the two are never taken for each other.
        if let Ok(report) = from_json::<EpidReport>("EPID report", evidence.json_report) {
            return self.appraise_quote(&report, context);
        }
        match evidence.report_type {
            ReportType::Passport => self.appraise_passport(evidence.json_report, context),
            ReportType::BackgroundCheck => {
                Err(Error::malformed("EPID report", "not the JSON of an EpidReport"))
            }
        }
    }

    fn claimed(&self, evidence: &Evidence<'_>) -> Option<ReportData> {
        let json = base64_within("IAS report", evidence.json_report, limits::REPORT).ok()?;
        let report: IasReport = from_json("IAS report", std::str::from_utf8(&json).ok()?).ok()?;
        limit(BODY, &report.json_response_body, limits::SIGNED_JSON).ok()?;
        let framed = framed_quote(&Body::parse(&report.json_response_body).ok()?.quote).ok()?;
        Some(Quote::parse(&framed).ok()?.body.report_data)
    }
}

impl Epid {
    /// A quote alone: of a simulation, or of no use.
    fn appraise_quote(&self, report: &EpidReport, context: &Context<'_>) -> Result<Appraisal> {
        let bytes = base64_within("quote", &report.b64_quote, limits::QUOTE)?;
        let quote = Quote::parse(&bytes)?;
        match &self.unsigned_quotes {
            _ if !unsigned::is_unsigned_epid(&quote) => return Err(Error::EpidServiceEnded),
            None => return Err(Error::InsecureSimulation),
            Some(it) if !it.believes(&bytes) => return Err(Error::EpidServiceEnded),
            Some(_) => {}
        }
        let mut appraisal = unsigned::appraise_unsigned(&quote, context.now);
        appraisal.facts.set(&SPID, quote.spid());
        Ok(appraisal)
    }

    fn appraise_passport(&self, base64: &str, context: &Context<'_>) -> Result<Appraisal> {
        let json = base64_within("IAS report", base64, limits::REPORT)?;
        let json =
            String::from_utf8(json).map_err(|error| Error::malformed("IAS report", error))?;
        let report: IasReport = from_json("IAS report", &json)?;
        limit(BODY, &report.json_response_body, limits::SIGNED_JSON)?;
        let signature = base64_within("IAS signature", &report.b64_signature, SIGNATURE)?;
        let len = 1..=rules::EPID.max_len;
        let chain = pem::certificates(CERTIFICATE, &report.str_signing_cert, len)?;
        let chain = Certificate::chain(CERTIFICATE, chain.iter().map(Vec::as_slice))?;

        let mut checks = Checks::new();
        let what = Endorsement::EPID_CHAIN;
        let backing = rules::EPID.verify(what, &chain, &self.roots, context, &mut checks)?;
        let key = chain.first().map(Certificate::public_key).unwrap_or_default();
        let outcome = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key)
            .verify(report.json_response_body.as_bytes(), &signature)
            .map_err(|_| "the signature does not verify");
        checks.holds(Check::EPID_SIGNATURE, outcome)?;

        let body = Body::parse(&report.json_response_body)?;
        let signed_at = body.time()?;
        checks.valid(Endorsement::EPID_REPORT, signed_at, signed_at + MAX_AGE, context.now)?;
        let tcb_status = tcb_status(&body.status)?;
        checks.passed(Check::EPID_STATUS, body.status.clone());

        let framed = framed_quote(&body.quote)?;
        let quote = Quote::parse(&framed)?;
        let sign_type = sign_type(&framed);
        let known = SIGN_TYPES.iter().find(|(number, _)| *number == sign_type);
        checks.requires(
            Check::EPID_SIGN_TYPE,
            known.is_some(),
            "unlinkable or linkable (0 or 1)",
            known.map_or_else(|| sign_type.to_string(), |(_, name)| (*name).into()),
        )?;
        if quote.version() != QUOTE_VERSION {
            let what = format!("quote version {} of platform SGX_EPID", quote.version());
            return Err(Error::Unsupported { what });
        }
        let facts = quote
            .body
            .facts()
            .with(&SPID, quote.spid())
            .with(&TCB_STATUS, [tcb_status])
            .with(&ADVISORIES, BTreeSet::from_iter(body.advisory_ids));
        Ok(Appraisal {
            facts,
            backing,
            tcb_status,
            revocation: Revocation::Checked(
                "by Intel's attestation service, when it judged the quote".into(),
            ),
            binding: Binding::ReportData(quote.body.report_data),
            checks,
        })
    }
}

/// The service's answer. It has more fields, which nothing depends on.
#[derive(Deserialize)]
struct Body {
    /// Reports say it since version 3.
    version: Option<u64>,
    timestamp: String,
    #[serde(rename = "isvEnclaveQuoteStatus")]
    status: String,
    #[serde(rename = "isvEnclaveQuoteBody")]
    quote: String,
    #[serde(rename = "advisoryIDs", default)]
    advisory_ids: Vec<String>,
}

impl Body {
    fn parse(json: &str) -> Result<Self> {
        let body: Self =
            serde_json::from_str(json).map_err(|error| Error::malformed(BODY, error))?;
        if !body.version.is_some_and(|version| BODY_VERSIONS.contains(&version)) {
            let version = body.version.map_or("1 or 2".into(), |version| version.to_string());
            return Err(Error::Unsupported {
                what: format!("version {version} of the IAS report"),
            });
        }
        let is_id = |id: &String| {
            !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        };
        if !body.advisory_ids.iter().all(is_id) {
            return Err(Error::malformed(BODY, "an invalid advisory id"));
        }
        Ok(body)
    }

    /// When the service answered: universal time, without saying so.
    fn time(&self) -> Result<SystemTime> {
        rfc3339_seconds(&format!("{}Z", self.timestamp))
            .map(from_unix_seconds)
            .ok_or_else(|| Error::malformed(BODY, "a time in an unexpected format"))
    }
}

/// What the service's word means for the platform. What it refused is refused.
fn tcb_status(status: &str) -> Result<TcbStatus> {
    match status {
        "OK" => Ok(TcbStatus::UpToDate),
        "GROUP_OUT_OF_DATE" => Ok(TcbStatus::OutOfDate),
        "CONFIGURATION_NEEDED" => Ok(TcbStatus::ConfigurationNeeded),
        "SW_HARDENING_NEEDED" => Ok(TcbStatus::SwHardeningNeeded),
        "CONFIGURATION_AND_SW_HARDENING_NEEDED" => Ok(TcbStatus::ConfigurationAndSwHardeningNeeded),
        refused => Err(Error::Mismatch {
            check: Check::EPID_STATUS,
            expected: "OK or a status that the policy decides on".into(),
            actual: refused.chars().take(64).collect(),
        }),
    }
}

/// The quote in the answer is without its signature, which the service has verified. An empty one
/// is put behind it, so that it is read like any other.
fn framed_quote(base64: &str) -> Result<Vec<u8>> {
    const WHAT: &str = "quote in the IAS report";
    let mut quote = base64_within(WHAT, base64, HEADER_LEN + BODY_LEN)?;
    if quote.len() != HEADER_LEN + BODY_LEN {
        return Err(Error::malformed(WHAT, format!("{} bytes, not 432", quote.len())));
    }
    quote.extend(0u32.to_le_bytes());
    Ok(quote)
}

fn sign_type(quote: &[u8]) -> u16 {
    match quote {
        [_, _, low, high, ..] => u16::from_le_bytes([*low, *high]),
        _ => u16::MAX,
    }
}
