//! What to do about an attribute that does not match, where that depends on its value. The rest is
//! in the table of attributes.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::evaluation::Part;
use crate::attributes::table::Attribute;
use crate::attributes::value::Value;
use crate::platform::Family;
use crate::tcb::{TcbGap, TcbStatus};

/// What to do about an attester that a rule excludes.
pub(super) const EXCLUDED: &str = "use one that the rule does not exclude";

/// What would have to be different about the attester of this part, whose value is `actual`.
pub(super) fn attester(
    attribute: &Attribute,
    actual: Option<&Value>,
    part: &Part<'_>,
) -> Cow<'static, str> {
    let platform = part.platform();
    let advice = match actual {
        // No attester of that platform has it.
        None if platform.is_some_and(|platform| !attribute.is_attested_by(platform)) => "",
        // A rule that lists worse ones only is what has to change.
        Some(Value::Statuses(statuses)) if is_up_to_date(statuses) => "",
        // What a status asks for depends on the vendor.
        Some(Value::Statuses(statuses)) => {
            let amd = platform.is_some_and(|platform| platform.family() == Family::Snp);
            let advice = match amd {
                true => snp_status(statuses),
                false => statuses.iter().find_map(|one| status(*one)).unwrap_or(attribute.advice),
            };
            return with_gaps(advice, part.gaps);
        }
        // A rule that wants the unsafe state is what has to change, not the attester.
        Some(Value::Bool(true)) if !attribute.risk.is_empty() => "",
        _ => attribute.advice,
    };
    advice.into()
}

/// What the verifier would have to be given.
pub(super) fn verifier(attribute: &Attribute, actual: Option<&Value>) -> &'static str {
    match actual {
        // A rule that wants less is what has to change.
        Some(Value::Bool(true)) => "",
        _ => attribute.verifier_advice,
    }
}

fn is_up_to_date(statuses: &BTreeSet<TcbStatus>) -> bool {
    statuses.iter().all(|status| *status == TcbStatus::UpToDate)
}

/// Names the parts that are old, in front of what to do about them.
fn with_gaps(advice: &'static str, gaps: &[TcbGap]) -> Cow<'static, str> {
    if gaps.is_empty() {
        return advice.into();
    }
    let gaps: Vec<String> = gaps.iter().map(ToString::to_string).collect();
    format!("{}: {advice}", gaps.join("; ")).into()
}

/// What a change of the entry would give up; nothing where it only widens whom to admit.
pub(super) fn risk(attribute: &Attribute, actual: Option<&Value>) -> &'static str {
    match actual {
        Some(Value::Statuses(statuses)) if statuses.contains(&TcbStatus::Unverified) => {
            "nothing of such a report is signed: anybody can make it"
        }
        Some(Value::Bool(true)) => "",
        Some(Value::Statuses(statuses)) if is_up_to_date(statuses) => "",
        _ => attribute.risk,
    }
}

/// What to do about a status; none where the general advice does.
fn status(status: TcbStatus) -> Option<&'static str> {
    Some(match status {
        TcbStatus::SwHardeningNeeded => {
            "no update of the platform helps: the code has to mitigate the advisories itself, and \
             the rule has to say that it does"
        }
        TcbStatus::ConfigurationNeeded => {
            "change the platform's configuration (BIOS) as the advisories say, then make a new report"
        }
        TcbStatus::ConfigurationAndSwHardeningNeeded => {
            "change the platform's configuration (BIOS) as the advisories say; the code has to \
             mitigate the rest itself, and the rule has to say that it does"
        }
        TcbStatus::TdRelaunchAdvised | TcbStatus::TdRelaunchAdvisedConfigurationNeeded => {
            "start the trust domain again: the platform was updated after it was started"
        }
        TcbStatus::BelowAllLevels => {
            "the platform is older than every level that its vendor lists, and no rule can accept \
             it: update its firmware (BIOS), microcode and TEE software; then make a new report"
        }
        TcbStatus::Unverified => "make a signed report: on hardware, or on a software CPU",
        _ => return None,
    })
}

/// What to do about the statuses of an SEV-SNP platform.
fn snp_status(statuses: &BTreeSet<TcbStatus>) -> &'static str {
    let has = |status| statuses.contains(&status);
    match (has(TcbStatus::OutOfDate), has(TcbStatus::Unrated)) {
        (true, true) => {
            "let the host commit the firmware that it runs and report that (SNP_COMMIT); and name a \
             minimum for every part, in the rule's minTcb or in attestation.snp_minimum_tcb, since \
             AMD signs no list of what is up to date"
        }
        (true, false) => {
            "let the host commit the firmware that it runs and report that (SNP_COMMIT), then make a \
             new report; or accept OutOfDate in the rule together with minTcb"
        }
        (false, _) => {
            "update the platform's firmware, or name a minimum for every part that it meets, in the \
             rule's minTcb or in attestation.snp_minimum_tcb: AMD signs no list of what is up to date"
        }
    }
}
