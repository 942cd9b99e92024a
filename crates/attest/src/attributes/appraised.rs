//! Genuine evidence, of which nobody has proved that it is theirs.

use aecs_proto::UnifiedAttestationAttributes;

use crate::anchor::Backing;
use crate::appraisal::{Appraisal, Binding};
use crate::attributes::facts::Facts;
use crate::attributes::table::{PLATFORM, PUBLIC_KEY, REVOCATION_CHECKED, USER_DATA};
use crate::checks::Passed;
use crate::error::Result;
use crate::platform::Platform;
use crate::reference_values::ReferenceValues;
use crate::report::ReportData;
use crate::revocation::Revocation;
use crate::tcb::{TcbGap, TcbStatus};

/// What genuine evidence says, for tools and for devices beside a TEE.
///
/// Nobody has been shown to hold the key that the evidence binds, if it binds one at all.
/// Therefore no policy admits it, and nothing is given out for it: that takes
/// [`Attributes`](crate::Attributes).
#[derive(Debug, Clone)]
pub struct Appraised {
    facts: Facts,
    message: UnifiedAttestationAttributes,
    platform: Platform,
    backing: Backing,
    tcb_status: TcbStatus,
    revocation: Revocation,
    binding: Binding,
    gaps: Vec<TcbGap>,
    reference_values: Option<ReferenceValues>,
    checks: Vec<Passed>,
}

impl Appraised {
    pub(crate) fn new(platform: Platform, appraisal: Appraisal) -> Result<Self> {
        let mut facts = appraisal
            .facts
            .with(&PLATFORM, platform.as_str())
            .with(&REVOCATION_CHECKED, appraisal.revocation.is_checked());
        if let Binding::ReportData(bound) = &appraisal.binding {
            facts.set(&USER_DATA, bound.user_data.0.as_slice());
            facts.set(&PUBLIC_KEY, bound.key_hash);
        }
        let facts = facts.into_report(platform)?;
        Ok(Self {
            message: facts.to_message(),
            facts,
            platform,
            backing: appraisal.backing,
            tcb_status: appraisal.tcb_status,
            revocation: appraisal.revocation,
            binding: appraisal.binding,
            gaps: appraisal.checks.gaps().to_vec(),
            reference_values: appraisal.checks.reference_values().cloned(),
            checks: appraisal.checks.into_passed(),
        })
    }

    /// The platform of the evidence.
    #[must_use]
    pub fn platform(&self) -> Platform {
        self.platform
    }

    /// The kind of root that the evidence is verified against.
    #[must_use]
    pub fn backing(&self) -> Backing {
        self.backing
    }

    /// How up to date the platform is.
    #[must_use]
    pub fn tcb_status(&self) -> TcbStatus {
        self.tcb_status
    }

    /// What keeps the platform from being up to date, as far as its vendor says it.
    #[must_use]
    pub fn tcb_gaps(&self) -> &[TcbGap] {
        &self.gaps
    }

    /// Whether the certificates behind the evidence were looked for on revocation lists.
    #[must_use]
    pub fn revocation(&self) -> &Revocation {
        &self.revocation
    }

    /// Whether the measurements are the vendor's reference values; none for platforms without.
    #[must_use]
    pub fn reference_values(&self) -> Option<&ReferenceValues> {
        self.reference_values.as_ref()
    }

    /// The attributes, in canonical form.
    #[must_use]
    pub fn attributes(&self) -> &UnifiedAttestationAttributes {
        &self.message
    }

    /// What the evidence binds; none for a device, which binds no key.
    #[must_use]
    pub fn report_data(&self) -> Option<ReportData> {
        match &self.binding {
            Binding::ReportData(report_data) => Some(*report_data),
            Binding::Nonce(_) => None,
        }
    }

    /// The nonce that a device was asked with; none for a TEE.
    #[must_use]
    pub fn nonce(&self) -> Option<&[u8]> {
        match &self.binding {
            Binding::ReportData(_) => None,
            Binding::Nonce(nonce) => Some(nonce),
        }
    }

    /// The checks that the evidence has passed, in the order they were made.
    #[must_use]
    pub fn checks(&self) -> &[Passed] {
        &self.checks
    }

    pub(crate) fn facts(&self) -> &Facts {
        &self.facts
    }
}
