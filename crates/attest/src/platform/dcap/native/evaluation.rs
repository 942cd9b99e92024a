//! The list of TCB evaluation numbers (Intel, provisioning certification service, version 4, "Get
//! TCB Evaluation Data Numbers"): which TCB recoveries there are.

use std::time::SystemTime;

use serde::Deserialize;

use super::certificate::Certificate;
use super::certificate::Role;
use super::json::{Date, bounded, signed};
use super::signed::Signed;
use crate::appraisal::Context;
use crate::checks::Checks;
use crate::collateral::IntelTee;
use crate::error::{Check, Endorsement, Error, Result};

/// A signed list that is of now.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::platform::dcap) struct EvaluationList {
    id: String,
    issue_date: Date,
    next_update: Date,
    #[serde(deserialize_with = "bounded")]
    tcb_evaluation_data_numbers: Vec<Entry>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    tcb_evaluation_data_number: u32,
}

impl EvaluationList {
    /// Reads a list whose signer has been verified: it is that of the TCB info.
    pub(in crate::platform::dcap) fn verify(
        text: &Signed<'_>,
        tee: IntelTee,
        context: &Context<'_>,
        checks: &mut Checks,
    ) -> Result<Self> {
        let [signer, _] = text.chain;
        let signer = Certificate::read(Endorsement::TCB_INFO_CHAIN, Role::TcbSigner, signer)?;
        let names = [Check::EVALUATION_LIST_SIGNATURE, Check::EVALUATION_LIST_SCOPE];
        let list: Self = signed(names, text, &signer, context, checks)?;
        let (from, until) = (list.issue_date.time(), list.next_update.time());
        checks.renewed(Endorsement::EVALUATION_LIST, from, until, context.now)?;
        checks.equal(Check::EVALUATION_LIST_SCOPE, tee.as_str(), list.id.as_str())?;
        if list.tcb_evaluation_data_numbers.is_empty() {
            return Err(Error::malformed(Endorsement::EVALUATION_LIST.name(), "it is empty"));
        }
        Ok(list)
    }

    /// The number of the latest TCB recovery.
    pub(in crate::platform::dcap) fn newest(&self) -> u32 {
        let numbers = self.tcb_evaluation_data_numbers.iter();
        numbers.map(|entry| entry.tcb_evaluation_data_number).max().unwrap_or(u32::MAX)
    }

    pub(in crate::platform::dcap) fn issued(&self) -> SystemTime {
        self.issue_date.time()
    }
}
