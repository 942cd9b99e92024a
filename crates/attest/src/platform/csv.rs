//! Hygon CSV: attestation reports of the secure processor, signed by the platform's PEK.
//!
//! The chain is HRK, HSK, CEK, PEK, report: SM2 with SM3, each signature made under the
//! identifier in its signer's certificate. The PEK's certificate comes in the report, HSK and CEK
//! with a Passport or from Hygon's key distribution service, and the HRK is a configured root.
//! Nothing in the chain is dated and Hygon publishes no revocation lists.

mod certificate;
mod report;

use aecs_proto::{HygonCsvCertChain, HygonCsvReport};

use super::Platform;
use crate::anchor::{Anchor, Backing};
use crate::appraisal::{Appraisal, Binding, Context, Evidence, EvidenceVerifier, FromTrust};
use crate::attributes::facts::Facts;
use crate::attributes::table::{
    AUTHOR_KEY, BOOT_MEASUREMENT, DEBUG_DISABLED, HOST_DATA, MIGRATION_DISABLED, MIN_TCB, NONCE,
    PRODUCT_ID, RTMR0, RTMR1, RTMR2, RTMR3, SECURE_FLAGS, SOFTWARE_VERSION, TCB_STATUS, VERSIONS,
};
use crate::checks::Checks;
use crate::collateral::CollateralItem;
use crate::encoding::{base64_within, from_json};
use crate::error::{Check, Endorsement, Error, PresentedRoot, Result};
use crate::report::{ReportData, ReportType};
use crate::revocation::Revocation;
use crate::tcb::TcbStatus;
use crate::trust::Trust;
use certificate::{
    ALGORITHM_SM2, CHIP_LEN, ChipCertificate, ROOT_LEN, RootCertificate, USAGE_CEK, USAGE_HRK,
    USAGE_HSK, USAGE_NONE, USAGE_PEK,
};
use report::{PAGE, Report};

/// Hygon's root key, as <https://cert.hygon.cn/hrk> answers.
const HYGON_ROOT: &[u8] = include_bytes!("csv/hygon-root-key.cert");

/// Names in errors.
const HSK: &str = "HSK certificate";
const CEK: &str = "CEK certificate";
const PEK: &str = "PEK certificate";

/// Bits of the guest's policy (csv-rs, `guest/types.rs`).
const POLICY_NO_DEBUG: u8 = 1 << 0;
const POLICY_NO_SEND: u8 = 1 << 3;

impl Check {
    /// CSV: the chip id beside the report is the one in it.
    pub const CSV_CHIP_ID: Self = Self::new("chip id of the CSV report");
    /// CSV: PEK certificate and chip id belong to the report.
    pub const CSV_HMAC: Self = Self::new("HMAC over PEK and chip id");
    /// CSV: the HSK was certified by the root.
    pub const CSV_HSK: Self = Self::new("signature of the HSK certificate");
    /// CSV: the CEK was certified by the HSK.
    pub const CSV_CEK: Self = Self::new("signature of the CEK certificate");
    /// CSV: the PEK was certified by the CEK.
    pub const CSV_PEK: Self = Self::new("signature of the PEK certificate");
    /// CSV: keys are used for what they are made for, with SM2.
    pub const CSV_KEY_USAGE: Self = Self::new("usage of a Hygon key");
    /// CSV: the report is signed by the PEK.
    pub const CSV_SIGNATURE: Self = Self::new("signature of the CSV report");
}

impl Endorsement {
    /// CSV: the chain from Hygon's root key to the PEK.
    pub const CSV_CHAIN: Self = Self::new("Hygon certificate chain");
}

/// Verifier of the CSV platform.
pub(crate) struct Csv {
    anchors: Vec<Anchor>,
}

impl FromTrust for Csv {
    fn new(platform: Platform, trust: &Trust) -> Result<Self> {
        let anchors = trust.anchors(platform, &[HYGON_ROOT]);
        for anchor in &anchors {
            check_root(&anchor.der)?;
        }
        Ok(Self { anchors })
    }
}

/// A root is of the right kind, and its owner has its key.
fn check_root(der: &[u8]) -> Result<()> {
    let malformed = |reason| Error::malformed("HRK certificate", reason);
    let root = RootCertificate::parse("HRK certificate", der)?;
    if root.usage != USAGE_HRK || root.certifying_id != root.key_id {
        return Err(malformed("not a certificate of a root key"));
    }
    root.key.verify(root.body, &root.signature).map_err(|_| malformed("not self-signed"))
}

impl EvidenceVerifier for Csv {
    fn appraise(&self, evidence: &Evidence<'_>, context: &Context<'_>) -> Result<Appraisal> {
        let message: HygonCsvReport = from_json("CSV report", evidence.json_report)?;
        let bytes = base64_within("CSV report", &message.b64_quote, PAGE)?;
        let report = Report::parse(&bytes)?;
        let mut checks = Checks::new();

        // AECS 2.0 sends the whole field, with the zeros behind the text.
        let presented = message.str_chip_id.trim_end_matches('\0');
        if !presented.is_empty() {
            checks.equal(Check::CSV_CHIP_ID, report.chip_id.as_str(), presented)?;
        }
        match report.hmac_holds()? {
            Some(holds) => {
                let outcome = if holds { Ok(()) } else { Err("it does not match") };
                checks.holds(Check::CSV_HMAC, outcome)?;
            }
            None => checks.passed(Check::CSV_HMAC, "not checked: its bytes were blanked"),
        }
        let (hsk, cek) = endorsements(&message, evidence.report_type, &report, context)?;
        let chain = Chain {
            hsk: RootCertificate::parse(HSK, &hsk)?,
            cek: ChipCertificate::parse(CEK, &cek)?,
            pek: ChipCertificate::parse(PEK, &report.pek)?,
        };
        let backing = chain.verify(&self.anchors, &mut checks)?;
        verify_signature(&report, &chain.pek, &mut checks)?;
        Ok(Appraisal {
            facts: describe(&report, &chain.pek),
            backing,
            // There is no list of outdated firmware: what is genuine is all that there is to know.
            tcb_status: TcbStatus::UpToDate,
            revocation: Revocation::NotChecked("Hygon publishes no revocation list"),
            binding: Binding::ReportData(ReportData::from(report.report_data)),
            checks,
        })
    }

    fn claimed(&self, evidence: &Evidence<'_>) -> Option<ReportData> {
        let message: HygonCsvReport = from_json("CSV report", evidence.json_report).ok()?;
        let bytes = base64_within("CSV report", &message.b64_quote, PAGE).ok()?;
        Some(ReportData::from(Report::parse(&bytes).ok()?.report_data))
    }
}

/// HSK and CEK: a Passport's own, else from the configured source.
fn endorsements(
    message: &HygonCsvReport,
    report_type: ReportType,
    report: &Report<'_>,
    context: &Context<'_>,
) -> Result<(Vec<u8>, Vec<u8>)> {
    match (report_type, message.json_cert_chain.as_str()) {
        (ReportType::BackgroundCheck, "") => {
            let source = context.collateral.ok_or(Error::NoCollateral)?;
            let item = CollateralItem::HygonHskCek { chip_id: report.chip_id.clone() };
            let answer = source.get(&item, context.now)?;
            if answer.len() != ROOT_LEN + CHIP_LEN {
                let reason = format!("{} bytes are not an HSK and a CEK", answer.len());
                return Err(Error::malformed("HSK and CEK certificates", reason));
            }
            let (hsk, cek) = answer.split_at_checked(ROOT_LEN).unwrap_or((&answer, &[]));
            Ok((hsk.to_vec(), cek.to_vec()))
        }
        (ReportType::BackgroundCheck, _) => {
            Err(Error::malformed("CSV report", "BackgroundCheck with certificates"))
        }
        (ReportType::Passport, "") => Err(Error::NoCollateral),
        (ReportType::Passport, chain) => {
            let chain: HygonCsvCertChain = from_json("Hygon certificate chain", chain)?;
            let hsk = base64_within(HSK, &chain.b64_hsk_cert, ROOT_LEN)?;
            let cek = base64_within(CEK, &chain.b64_cek_cert, CHIP_LEN)?;
            Ok((hsk, cek))
        }
    }
}

/// The keys between the root and the report.
struct Chain<'a> {
    hsk: RootCertificate<'a>,
    cek: ChipCertificate<'a>,
    pek: ChipCertificate<'a>,
}

impl Chain<'_> {
    fn verify(&self, anchors: &[Anchor], checks: &mut Checks) -> Result<Backing> {
        let Self { hsk, cek, pek } = self;
        let usage = |checks: &mut Checks, name: &str, expected: u32, actual: u32| {
            let text = |usage| format!("{name} with usage {usage:#06X}");
            checks.same(Check::CSV_KEY_USAGE, expected, actual, text)
        };
        usage(checks, "HSK", USAGE_HSK, hsk.usage)?;
        usage(checks, "CEK", USAGE_CEK, cek.usage)?;
        usage(checks, "PEK", USAGE_PEK, pek.usage)?;
        for (name, key) in [("CEK", cek), ("PEK", pek)] {
            let text = |algorithm| format!("{name} with algorithm {algorithm}");
            checks.same(Check::CSV_KEY_USAGE, ALGORITHM_SM2, key.algorithm, text)?;
        }

        let backing = verify_hsk(hsk, anchors, checks)?;

        // Certificates of version 1 do not name their signer.
        if cek.signer_id != [0; 16] {
            checks.equal_bytes(Check::CSV_CEK, &hsk.key_id, &cek.signer_id)?;
        }
        let second_place_is_free =
            cek.signatures.iter().filter(|place| place.usage != USAGE_NONE).count() == 1;
        let signature = cek
            .signature_of(USAGE_HSK)
            .filter(|_| second_place_is_free)
            .ok_or_else(|| no_signature(Check::CSV_CEK, "HSK"))?;
        checks.holds(Check::CSV_CEK, hsk.key.verify(cek.body, signature))?;

        // The other place of the PEK is its owner's, of whom nothing is known here.
        let signature =
            pek.signature_of(USAGE_CEK).ok_or_else(|| no_signature(Check::CSV_PEK, "CEK"))?;
        checks.holds(Check::CSV_PEK, cek.key.verify(pek.body, signature))?;
        Ok(backing)
    }
}

/// The root that certified the HSK: one with the id that the HSK names, and whose key verifies.
fn verify_hsk(
    hsk: &RootCertificate<'_>,
    anchors: &[Anchor],
    checks: &mut Checks,
) -> Result<Backing> {
    let mut roots = Vec::new();
    for anchor in anchors {
        roots.push((anchor.backing, RootCertificate::parse("HRK certificate", &anchor.der)?));
    }
    let mut outcome = None;
    for (backing, root) in roots.iter().filter(|(_, root)| root.key_id == hsk.certifying_id) {
        match root.key.verify(hsk.body, &hsk.signature) {
            Ok(()) => {
                checks.passed(Check::CSV_HSK, format!("root {}", hex::encode_upper(root.key_id)));
                return Ok(*backing);
            }
            Err(error) => outcome = Some(Error::untrusted(Check::CSV_HSK, error)),
        }
    }
    Err(outcome.unwrap_or_else(|| {
        let trusted = anchors.iter().map(|anchor| anchor.der.as_slice());
        let name = format!("key {}", hex::encode_upper(hsk.certifying_id));
        Error::unknown_root(Endorsement::CSV_CHAIN, trusted, PresentedRoot::named(name))
    }))
}

fn no_signature(check: Check, signer: &str) -> Error {
    Error::untrusted(check, format!("expected exactly one SM2 signature of a {signer}"))
}

fn verify_signature(
    report: &Report<'_>,
    pek: &ChipCertificate<'_>,
    checks: &mut Checks,
) -> Result<()> {
    let expected = (USAGE_PEK, ALGORITHM_SM2);
    let actual = (report.signature_usage, report.signature_algorithm);
    checks.same(Check::CSV_KEY_USAGE, expected, actual, |(usage, algorithm)| {
        format!("report with usage {usage:#06X}, algorithm {algorithm}")
    })?;
    checks.holds(Check::CSV_SIGNATURE, pek.key.verify(report.signed, &report.signature))
}

fn describe(report: &Report<'_>, pek: &ChipCertificate<'_>) -> Facts {
    let [policy, ..] = report.policy;
    let is_set = |bit| policy & bit != 0;
    let (major, minor) = pek.api;
    // Without an owner's session there is no key: zeros would match every other guest without one.
    let owner = Some(report.user_pubkey_digest).filter(|digest| *digest != [0; 32]);
    let facts = Facts::default()
        .with(&SOFTWARE_VERSION, report.vm_version)
        .with(&PRODUCT_ID, report.vm_id.as_slice())
        .with(&BOOT_MEASUREMENT, report.measure)
        // In the order of the report, as AECS 2.0 has it.
        .with(&SECURE_FLAGS, report.policy)
        .with(&NONCE, report.mnonce.as_slice())
        .with(&DEBUG_DISABLED, is_set(POLICY_NO_DEBUG))
        .with(&MIGRATION_DISABLED, is_set(POLICY_NO_SEND))
        .with(&VERSIONS, [("api".into(), format!("{major}.{minor}"))])
        .with(&TCB_STATUS, [TcbStatus::UpToDate])
        .with_any(&AUTHOR_KEY, owner);
    let Some(extension) = &report.extension else { return facts };
    let [rtmr0, rtmr1, rtmr2, rtmr3] = extension.rtmrs;
    facts
        .with(&RTMR0, rtmr0)
        .with(&RTMR1, rtmr1)
        .with(&RTMR2, rtmr2)
        .with(&RTMR3, rtmr3)
        .with(&HOST_DATA, extension.host_data)
        .with(&MIN_TCB, [("build".into(), extension.build)])
}

#[cfg(test)]
mod tests;
