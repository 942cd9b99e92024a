//! The identity of the quoting enclave (Intel, provisioning certification service, "Get Quoting
//! Enclave's Identity", "Get TD Quoting Enclave's Identity"): version 2.

use serde::Deserialize;

use super::certificate::Certificate;
use super::json::{Date, Entry, Hex, IsvSvn, Level, bounded, distinct, gap, highest, signed};
use super::signed::Signed;
use crate::appraisal::Context;
use crate::checks::Checks;
use crate::collateral::IntelTee;
use crate::error::{Check, Endorsement, Error, Result};
use crate::quote::sgx::{ATTRIBUTE_DEBUG, ReportBody};
use crate::tcb::TcbStatus;

const VERSION: u32 = 2;

/// Statuses that a quoting enclave can have.
const STATUSES: [TcbStatus; 3] = [TcbStatus::UpToDate, TcbStatus::OutOfDate, TcbStatus::Revoked];

/// What a quoting enclave is to be.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct QeIdentity {
    id: String,
    version: u32,
    issue_date: Date,
    next_update: Date,
    tcb_evaluation_data_number: u32,
    miscselect: Hex<4>,
    miscselect_mask: Hex<4>,
    attributes: Hex<16>,
    attributes_mask: Hex<16>,
    mrsigner: Hex<32>,
    isvprodid: u16,
    #[serde(deserialize_with = "bounded")]
    tcb_levels: Vec<Entry<IsvSvn<u16>>>,
}

impl QeIdentity {
    /// Reads a signed one that is of now.
    pub(super) fn verify(
        text: &Signed<'_>,
        signer: &Certificate<'_>,
        context: &Context<'_>,
        checks: &mut Checks,
    ) -> Result<Self> {
        let names = [Check::QE_IDENTITY_SIGNATURE, Check::QE_IDENTITY_SCOPE];
        let identity: Self = signed(names, text, signer, context, checks)?;
        let (from, until) = (identity.issue_date.time(), identity.next_update.time());
        checks.renewed(Endorsement::QE_IDENTITY, from, until, context.now)?;
        if !distinct(&identity.tcb_levels) {
            return Err(Error::malformed("QE identity", "TCB levels are missing or duplicate"));
        }
        let mut levels = identity.tcb_levels.iter().map(|entry| entry.level.status);
        match levels.find(|status| !STATUSES.contains(status)) {
            Some(other) => {
                let reason = format!("a TCB level is {other}, which no quoting enclave can be");
                Err(Error::malformed("QE identity", reason))
            }
            None => Ok(identity),
        }
    }

    /// Number of the TCB recovery that it takes into account.
    pub(super) fn evaluation_number(&self) -> u32 {
        self.tcb_evaluation_data_number
    }

    /// Whether it is that of this kind of quoting enclave.
    pub(super) fn check_scope(&self, tee: IntelTee, checks: &mut Checks) -> Result<()> {
        let id = match tee {
            IntelTee::Sgx => "QE",
            IntelTee::Tdx => "TD_QE",
        };
        let (expected, actual) = ((id, VERSION), (self.id.as_str(), self.version));
        let text = |(id, version): (&str, u32)| format!("{id}, version {version}");
        checks.same(Check::QE_IDENTITY_SCOPE, expected, actual, text)
    }

    /// Whether the enclave is the one, and how up to date it is.
    pub(super) fn check_enclave(&self, report: &ReportBody, checks: &mut Checks) -> Result<&Level> {
        let check = Check::QE_IDENTITY;
        checks.equal_bytes(check, &self.mrsigner.0, &report.mrsigner)?;
        let ([flags, ..], [masked_flags, ..]) = (report.attributes, self.attributes_mask.0);
        // Where the mask has it, the signer of the identity has decided about it: below.
        checks.requires(
            check,
            flags & ATTRIBUTE_DEBUG & !masked_flags == 0,
            "no debugging",
            format_args!("attributes {}", hex::encode_upper(report.attributes)),
        )?;
        checks.equal(check, &self.isvprodid, &report.product)?;
        // What is expected has to lie within the mask as well, as Intel's library wants it.
        let misc_select = masked(report.misc_select, self.miscselect_mask.0);
        checks.equal_bytes(check, &self.miscselect.0, &misc_select)?;
        let attributes = masked(report.attributes, self.attributes_mask.0);
        checks.equal_bytes(check, &self.attributes.0, &attributes)?;

        let level = highest(&self.tcb_levels, report.svn).ok_or_else(|| Error::Mismatch {
            check,
            expected: "a version that is listed".into(),
            actual: format!("version {}", report.svn),
        })?;
        if let Some(gap) = gap("quoting enclave", &self.tcb_levels, report.svn) {
            checks.lacks(gap);
        }
        checks.passed(check, format!("version {}: {level}", report.svn));
        Ok(level)
    }
}

fn masked<const N: usize>(mut bytes: [u8; N], mask: [u8; N]) -> [u8; N] {
    for (byte, mask) in bytes.iter_mut().zip(mask) {
        *byte &= mask;
    }
    bytes
}
