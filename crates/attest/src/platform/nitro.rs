//! AWS Nitro enclaves: attestation documents.
//!
//! A document brings all its certificates; the rules are those of AWS, "Nitro Enclaves
//! Attestation Process" (`docs/attestation_process.md` of aws-nitro-enclaves-nsm-api), section 3.

mod document;

use std::time::Duration;

use aecs_proto::AwsNitroReport;

use super::Platform;
use crate::appraisal::{Appraisal, Binding, Context, Evidence, EvidenceVerifier, FromTrust};
use crate::attributes::facts::Facts;
use crate::attributes::table::{
    BOOT_MEASUREMENT, DEBUG_DISABLED, MEASUREMENT, NONCE, PCRS, SIGNER, TEE_IDENTITY, USER_DATA,
};
use crate::attributes::value::registers;
use crate::checks::Checks;
use crate::clock::{from_unix_seconds, rfc3339};
use crate::encoding::{base64_within, from_json};
use crate::error::{Check, Endorsement, Error, Result};
use crate::report::ReportData;
use crate::revocation::Revocation;
use crate::signature::cose::Sign1;
use crate::signature::ecdsa::{Curve, EcKey};
use crate::tcb::TcbStatus;
use crate::trust::Trust;
use crate::x509::{Certificate, Root, rules};
use document::Document;

impl Check {
    /// The document is signed by the key of its certificate.
    pub const NITRO_SIGNATURE: Self = Self::new("signature of the Nitro document");
    /// The document was made while its certificate was valid.
    pub const NITRO_TIMESTAMP: Self = Self::new("time of the Nitro document");
}

impl Endorsement {
    /// The certificates in the document, from the enclave's to the root.
    pub const NITRO_CHAIN: Self = Self::new("certificate chain of the Nitro document");
    /// The document itself, which has a time.
    pub const NITRO_DOCUMENT: Self = Self::new("Nitro document");
}

/// AWS's root G1. Its SHA-256, as AWS publishes it:
/// 641A0321A3E244EFE456463195D606317ED7CDCC3C1756E09893F3C68F79BB5B.
const ROOT_G1: &[u8] = include_bytes!("nitro/aws-nitro-root-g1.der");

/// A document, in bytes. The payload has at most 16384; its certificates take some 4 KiB.
const DOCUMENT: usize = 20 * 1024;

/// How much later than the verifier's the clock of the enclave's host may be.
const SKEW: Duration = Duration::from_secs(300);

/// Verifies attestation documents.
pub(crate) struct Nitro {
    roots: Vec<Root>,
}

impl FromTrust for Nitro {
    fn new(platform: Platform, trust: &Trust) -> Result<Self> {
        let roots = rules::AWS_NITRO.roots(trust.anchors(platform, &[ROOT_G1]))?;
        Ok(Self { roots })
    }
}

impl EvidenceVerifier for Nitro {
    fn appraise(&self, evidence: &Evidence<'_>, context: &Context<'_>) -> Result<Appraisal> {
        let report: AwsNitroReport = from_json("AWS Nitro report", evidence.json_report)?;
        let what = Endorsement::NITRO_DOCUMENT.name();
        let bytes = base64_within(what, &report.b64_document, DOCUMENT)?;
        let message = Sign1::parse(&bytes).map_err(|fault| Error::malformed(what, fault))?;
        if !message.plain || message.curve() != Curve::P384 {
            return Err(Error::malformed(what, "the header is not that of ES384 alone"));
        }
        let document = Document::parse(message.payload)?;

        let mut checks = Checks::new();
        let what = Endorsement::NITRO_CHAIN;
        let chain = Certificate::chain(what.name(), document.path())?;
        let backing = rules::AWS_NITRO.verify(what, &chain, &self.roots, context, &mut checks)?;
        let signer = chain
            .first()
            .ok_or_else(|| Error::malformed(what.name(), "the certificate is missing"))?;
        let key = EcKey::of(signer).and_then(|key| message.verify(&key));
        checks.holds(Check::NITRO_SIGNATURE, key)?;
        check_time(&document, signer, context, &mut checks)?;

        let report_data = document.report_data();
        Ok(Appraisal {
            facts: describe(&document),
            backing,
            // Certificates of enclaves live for hours: AWS does not sign for a host it gave up.
            tcb_status: TcbStatus::UpToDate,
            revocation: Revocation::NotChecked(
                "AWS's certificates hold for hours, and no lists are read",
            ),
            binding: report_data.map_or_else(
                || Binding::Nonce(document.nonce.unwrap_or_default().to_vec()),
                Binding::ReportData,
            ),
            checks,
        })
    }

    fn claimed(&self, evidence: &Evidence<'_>) -> Option<ReportData> {
        let report: AwsNitroReport = from_json("AWS Nitro report", evidence.json_report).ok()?;
        let what = Endorsement::NITRO_DOCUMENT.name();
        let bytes = base64_within(what, &report.b64_document, DOCUMENT).ok()?;
        Document::parse(Sign1::parse(&bytes).ok()?.payload).ok()?.report_data()
    }
}

fn check_time(
    document: &Document<'_>,
    signer: &Certificate<'_>,
    context: &Context<'_>,
    checks: &mut Checks,
) -> Result<()> {
    let made = from_unix_seconds(document.timestamp_ms / 1000);
    let (from, until) = signer.period();
    let period = format_args!("{} to {}", rfc3339(from), rfc3339(until));
    let holds = (from..=until).contains(&made);
    checks.requires(Check::NITRO_TIMESTAMP, holds, period, rfc3339(made))?;
    let earliest = made.checked_sub(SKEW).unwrap_or(made);
    checks.valid(Endorsement::NITRO_DOCUMENT, earliest, until, context.now)
}

fn describe(document: &Document<'_>) -> Facts {
    let image = document.pcr(document::IMAGE).unwrap_or_default();
    let zero = |register: &&[u8]| register.iter().all(|byte| *byte == 0);
    let signer = document.pcr(document::SIGNER).filter(|register| !zero(register));
    Facts::default()
        .with(&TEE_IDENTITY, document.module_id)
        .with(&BOOT_MEASUREMENT, image)
        .with(&MEASUREMENT, image)
        .with_any(&SIGNER, signer)
        // The registers of an enclave that is started for debugging are all zeros.
        .with(&DEBUG_DISABLED, !zero(&image))
        .with_any(&USER_DATA, document.user_data)
        .with_any(&NONCE, document.nonce)
        .with(&PCRS, registers(document.pcrs.iter().copied()))
}
