//! Verification of reports: the checks, and what a report says that has passed them.

use std::collections::BTreeSet;

use aws_lc_rs::signature::{ECDSA_P384_SHA384_FIXED, UnparsedPublicKey};

use super::chain::Roots;
use super::endorsements::Endorsements;
use super::minimum::{Minimum, Minimums};
use super::report::{GuestPolicy, Report};
use super::vek::Vek;
use crate::anchor::Backing;
use crate::appraisal::Context;
use crate::attributes::facts::Facts;
use crate::attributes::table::{
    AUTHOR_KEY, BOOT_MEASUREMENT, CHIP_ID, DEBUG_DISABLED, FAMILY_ID, HOST_DATA, IMAGE_ID,
    MEASUREMENT, MIGRATION_DISABLED, MIN_TCB, PLATFORM_INFO, PRODUCT, SECURE_FLAGS,
    SECURITY_VERSION, SIGNER, TCB_STATUS, VERSIONS, VMPL,
};
use crate::checks::Checks;
use crate::collateral::{SnpProduct, SnpSigner, SnpTcb};
use crate::error::{Check, Error, Result};
use crate::platform::Platform;
use crate::report::ReportType;
use crate::revocation::Revocation;
use crate::tcb::{TcbGap, TcbStatus};
use crate::trust::Trust;

/// Verifies the processors' reports, for every platform whose evidence has them.
pub(in crate::platform) struct Reports {
    roots: Roots,
    minimums: Minimums,
    without_list: bool,
}

impl Reports {
    /// Takes what is trusted for the platform.
    pub(in crate::platform) fn new(platform: Platform, trust: &Trust) -> Result<Self> {
        Ok(Self {
            roots: Roots::of(platform, trust)?,
            minimums: Minimums::new(&trust.snp_minimums),
            without_list: trust.insecure_no_revocation_list,
        })
    }

    /// Decides whether a report is genuine.
    ///
    /// A Passport brings its endorsements, the JSON of a `SevSnpEndorsements`; for a
    /// BackgroundCheck they come from the verifier's source. The revocation list may come from
    /// both.
    pub(in crate::platform) fn verify<'a>(
        &self,
        report_type: ReportType,
        json_endorsements: &str,
        report: Report<'a>,
        context: &Context<'_>,
        checks: &mut Checks,
    ) -> Result<VerifiedReport<'a>> {
        let endorsements = Endorsements::collect(
            report_type,
            json_endorsements,
            &report,
            |issuer| self.roots.know(issuer),
            self.without_list,
            context,
        )?;
        VerifiedReport::verify(report, &endorsements, self, context, checks)
    }
}

/// A report that an AMD processor has made.
#[derive(Debug)]
pub(in crate::platform) struct VerifiedReport<'a> {
    pub(in crate::platform) report: Report<'a>,
    pub(in crate::platform) backing: Backing,
    pub(in crate::platform) revocation: Revocation,
    /// Whether the platform vouches for all that it runs: its own word.
    up_to_date: bool,
    /// Whether it meets a minimum that is known.
    rated: bool,
    product: SnpProduct,
    /// What has protected the guest since its launch, at least.
    tcb: SnpTcb,
    pub(in crate::platform) vmpl: u32,
}

impl<'a> VerifiedReport<'a> {
    /// Verifies a report.
    fn verify(
        report: Report<'a>,
        endorsements: &Endorsements,
        by: &Reports,
        context: &Context<'_>,
        checks: &mut Checks,
    ) -> Result<Self> {
        if report.key_info.chip_key_is_masked() {
            return Err(signing_key("the host forbids signatures (MASK_CHIP_KEY)"));
        }
        let vek = Vek::parse(&endorsements.vek)?;
        let (backing, revocation) =
            by.roots.verify(&vek, endorsements, by.without_list, context, checks)?;
        let signed = UnparsedPublicKey::new(&ECDSA_P384_SHA384_FIXED, vek.point())
            .verify(report.signed, &report.signature)
            .map_err(|_| format!("it is not the {}'s", vek.signer.as_str()));
        checks.holds(Check::SNP_SIGNATURE, signed)?;

        check_endorsed(&report, &vek, checks)?;
        // An update under a running guest does not undo what the older firmware let happen to it.
        let tcb = vek.tcb.older(report.tcbs.launch(vek.product)?);
        let up_to_date = check_tcbs(&report, vek.product, checks)?;
        let rated = check_minimum(&by.minimums.of(vek.product, report.cpuid), &tcb, checks);
        check_policy(&report, checks)?;
        let vmpl = report.guest_vmpl()?;
        checks.passed(Check::SNP_VMPL, vmpl.to_string());
        let product = vek.product;
        Ok(Self { product, tcb, vmpl, report, backing, revocation, up_to_date, rated })
    }

    /// The worst of the statuses.
    pub(in crate::platform) fn tcb_status(&self) -> TcbStatus {
        match (self.up_to_date, self.rated) {
            (false, _) => TcbStatus::OutOfDate,
            (true, false) => TcbStatus::Unrated,
            (true, true) => TcbStatus::UpToDate,
        }
    }

    /// All of the statuses: a policy has to accept each of them. A host may let a platform without
    /// a rating vouch for less than it runs, which makes it no better.
    fn tcb_statuses(&self) -> BTreeSet<TcbStatus> {
        let outdated = (!self.up_to_date).then_some(TcbStatus::OutOfDate);
        let unrated = (!self.rated).then_some(TcbStatus::Unrated);
        let statuses: BTreeSet<_> = outdated.into_iter().chain(unrated).collect();
        if statuses.is_empty() { [TcbStatus::UpToDate].into() } else { statuses }
    }

    /// What the report says of the machine.
    pub(in crate::platform) fn facts(&self) -> Facts {
        let report = &self.report;
        // Without an id block there is no key: zeros would match every other guest without one.
        let signer = Some(report.id_key_digest).filter(|digest| **digest != [0; 48]);
        // The digest stands for a key only where the id key was signed by one.
        let author =
            Some(report.author_key_digest).filter(|_| report.key_info.author_key_enabled());
        Facts::default()
            .with(&BOOT_MEASUREMENT, report.measurement)
            .with(&MEASUREMENT, report.measurement)
            .with_any(&SIGNER, signer)
            .with(&SECURE_FLAGS, report.policy.0.to_be_bytes())
            .with(&SECURITY_VERSION, report.guest_svn)
            .with(&DEBUG_DISABLED, !report.policy.debug_allowed())
            .with(&MIGRATION_DISABLED, !report.policy.migration_allowed())
            .with(&HOST_DATA, report.host_data)
            .with(&FAMILY_ID, report.family_id)
            .with(&IMAGE_ID, report.image_id)
            .with_any(&CHIP_ID, report.chip_id(self.product))
            .with_any(&AUTHOR_KEY, author)
            .with(&VMPL, self.vmpl.to_string())
            .with(&MIN_TCB, self.tcb.parts())
            .with(&VERSIONS, [("firmware".into(), report.current_version.to_string())])
            .with(&PRODUCT, self.product.as_str())
            .with(&PLATFORM_INFO, report.platform_info.switches())
            .with(&TCB_STATUS, self.tcb_statuses())
    }
}

/// What the certificate says about the platform is what the report says.
fn check_endorsed(report: &Report<'_>, vek: &Vek<'_>, checks: &mut Checks) -> Result<()> {
    let signer = report.key_info.signer().ok_or_else(|| signing_key("none, or an unknown kind"))?;
    checks.equal(Check::SNP_SIGNING_KEY, signer.as_str(), vek.signer.as_str())?;

    match report.cpuid {
        Some(cpuid) => {
            let product = cpuid.product().ok_or_else(|| cpuid.unsupported())?;
            checks.equal(Check::SNP_PRODUCT, &vek.product, &product)?;
        }
        // Only the certificate says it, of a key that no other generation has.
        None => checks.passed(Check::SNP_PRODUCT, vek.product.as_str()),
    }

    let reported = report.tcbs.reported(vek.product)?;
    checks.equal(Check::SNP_REPORTED_TCB, &vek.tcb, &reported)?;

    match (vek.signer, vek.hwid, report.chip_id(vek.product)) {
        (SnpSigner::Vcek, Some(hwid), Some(chip_id)) => {
            // Should a certificate of Turin write its chip's 8 bytes as 64.
            let chip_id = if hwid.len() == report.chip_id.len() { report.chip_id } else { chip_id };
            checks.equal_bytes(Check::SNP_CHIP_ID, hwid, chip_id)
        }
        // The signature alone proves the chip, so nothing is lost; but a host that hides the id
        // does not want it told: the attribute stays empty, and a policy that names one refuses.
        (SnpSigner::Vcek, _, _) => {
            checks.passed(Check::SNP_CHIP_ID, "hidden by the host");
            Ok(())
        }
        (SnpSigner::Vlek, _, _) => {
            let cloud = vek.csp_id.unwrap_or_default();
            checks.passed(Check::SNP_CHIP_ID, format!("any chip of {cloud}"));
            Ok(())
        }
    }
}

/// The platform's own versions fit together. Says whether it vouches for all that it runs: what
/// that makes is described in docs/platforms/sev-snp.md.
fn check_tcbs(report: &Report<'_>, product: SnpProduct, checks: &mut Checks) -> Result<bool> {
    let current = report.tcbs.current(product)?;
    let reported = report.tcbs.reported(product)?;
    let committed = report.tcbs.committed(product)?;
    let launch = report.tcbs.launch(product)?;
    let in_order = current.reaches(&reported)
        && current.reaches(&committed)
        && report.current_version >= report.committed_version;
    let (firmware, committed_firmware) = (report.current_version, report.committed_version);
    checks.requires(
        Check::SNP_TCB_ORDER,
        in_order,
        format_args!("nothing above {current} (firmware {firmware})"),
        format_args!(
            "current {current}, reported {reported}, committed {committed} (firmware \
             {committed_firmware}), at launch {launch}"
        ),
    )?;
    for (what, tcb) in [("reported", reported), ("committed", committed)] {
        let mut parts = tcb.missing(&current);
        for old in &mut parts {
            old.part = format!("{what} {}", old.part);
        }
        checks.lacks(TcbGap { parts, since: None, advisory_ids: Vec::new() });
    }
    Ok(reported == current && committed == current)
}

/// Whether there are minimums for the processor, and its TCB reaches all of them.
fn check_minimum(minimums: &[Minimum], tcb: &SnpTcb, checks: &mut Checks) -> bool {
    for minimum in minimums {
        let (parts, advisory_ids) = (tcb.missing(&minimum.tcb), minimum.advisories());
        checks.lacks(TcbGap { parts, since: None, advisory_ids });
    }
    let Some(first) = minimums.first() else { return false };
    let rated = minimums.iter().all(|minimum| tcb.reaches(&minimum.tcb));
    if rated {
        checks.passed(Check::SNP_MINIMUM_TCB, first.to_string());
    }
    rated
}

/// The guest's policy means what it seems to mean, and the platform is as it demands.
fn check_policy(report: &Report<'_>, checks: &mut Checks) -> Result<()> {
    let policy = report.policy;
    let unmet = |expected: &str, actual: String| Error::Mismatch {
        check: Check::SNP_POLICY,
        expected: expected.into(),
        actual,
    };
    let shown = |GuestPolicy(bits)| format!("{bits:016X}");
    if !policy.is_well_formed() {
        return Err(unmet("bit 17 set and bits 26 to 63 clear", shown(policy)));
    }
    let version = report.current_version;
    if policy.min_abi() > (version.major, version.minor) {
        let (major, minor) = policy.min_abi();
        return Err(unmet(&format!("firmware {major}.{minor} or later"), version.to_string()));
    }
    let info = report.platform_info;
    let kept = (policy.smt_allowed() || !info.smt_enabled())
        && (!policy.rapl_must_be_disabled() || info.rapl_disabled())
        && (!policy.ciphertext_hiding_required() || info.ciphertext_hiding_enabled());
    if !kept {
        let expected = format!("a platform that keeps policy {}", shown(policy));
        return Err(unmet(&expected, format!("platform info {:016X}", info.0)));
    }
    let mitigations = report
        .mitigations
        .map(|(launch, current)| format!(", mitigations {launch:X} at launch, {current:X} now"))
        .unwrap_or_default();
    let detail = format!("{}, platform info {:X}{mitigations}", shown(policy), info.0);
    checks.passed(Check::SNP_POLICY, detail);
    Ok(())
}

fn signing_key(actual: &str) -> Error {
    Error::Mismatch {
        check: Check::SNP_SIGNING_KEY,
        expected: "VCEK or VLEK".into(),
        actual: actual.into(),
    }
}
