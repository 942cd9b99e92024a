//! How up to date a platform's trusted computing base is.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

use crate::error::{Error, Result};

aecs_proto::named! {
    /// Verdict on a platform's trusted computing base, best first.
    ///
    /// The names are those of Intel's TCB info ("tcbStatus"), and stand in the attribute
    /// `str_tcb_status`; [`TcbStatus::Unrated`], [`TcbStatus::BelowAllLevels`] and
    /// [`TcbStatus::Unverified`] are our own. A revoked platform never gets as far as a policy:
    /// verification refuses it.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
    #[non_exhaustive]
    pub enum TcbStatus {
        /// Nothing is known to be missing.
        UpToDate = "UpToDate",
        /// The software in the enclave has to mitigate something the platform does not.
        SwHardeningNeeded = "SWHardeningNeeded",
        /// The platform has to be configured differently.
        ConfigurationNeeded = "ConfigurationNeeded",
        /// Both of the above.
        ConfigurationAndSwHardeningNeeded = "ConfigurationAndSWHardeningNeeded",
        /// Security updates are missing.
        OutOfDate = "OutOfDate",
        /// Security updates are missing, and the configuration is to be changed.
        OutOfDateConfigurationNeeded = "OutOfDateConfigurationNeeded",
        /// The trust domain was started before the platform was updated: start it again.
        TdRelaunchAdvised = "TDRelaunchAdvised",
        /// As [`TcbStatus::TdRelaunchAdvised`], and the configuration is to be changed.
        TdRelaunchAdvisedConfigurationNeeded = "TDRelaunchAdvisedConfigurationNeeded",
        /// The platform itself says that it is up to date, and no minimum is known that it meets
        /// (SEV-SNP): one at security version 0 says so, too.
        Unrated = "Unrated",
        /// The platform's keys are compromised.
        Revoked = "Revoked",
        /// The platform is older than every level that its vendor lists: nothing is known about it.
        /// No policy and no configuration can accept it.
        BelowAllLevels = "BelowAllLevels",
        /// No signature was checked at all: an AECS 2.0 simulation quote.
        Unverified = "Unverified",
    }
}

impl TcbStatus {
    /// Those that a policy or a verifier's configuration may accept.
    pub fn acceptable() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(|status| status.is_acceptable())
    }

    /// Whether a policy or a verifier's configuration may accept it. A revoked platform is refused
    /// before a policy is asked, and one below all levels by every policy.
    #[must_use]
    pub const fn is_acceptable(self) -> bool {
        !matches!(self, Self::Revoked | Self::BelowAllLevels)
    }

    /// The status without what is missing because of its age. A platform that is older than all levels
    /// stays so.
    #[must_use]
    pub(crate) const fn excused(self) -> Self {
        match self {
            Self::OutOfDate => Self::UpToDate,
            Self::OutOfDateConfigurationNeeded => Self::ConfigurationNeeded,
            other => other,
        }
    }

    /// Whether updates are missing.
    #[must_use]
    pub const fn is_old(self) -> bool {
        matches!(self, Self::OutOfDate | Self::OutOfDateConfigurationNeeded | Self::BelowAllLevels)
    }
}

/// What keeps a platform from being up to date: parts that are older than its vendor wants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TcbGap {
    /// The parts, each with its security version.
    pub parts: Vec<OldPart>,
    /// Since when the vendor wants that (RFC 3339), where it says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
    /// What is known against it.
    pub advisory_ids: Vec<String>,
}

/// A part of a platform, and its security version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OldPart {
    /// What it is called.
    pub part: String,
    /// Its security version (SVN).
    pub svn: u32,
    /// The lowest one that is up to date.
    pub wanted: u32,
}

impl fmt::Display for TcbGap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, OldPart { part, svn, wanted }) in self.parts.iter().enumerate() {
            let comma = if i == 0 { "" } else { ", " };
            write!(f, "{comma}{part} has SVN {svn}, wanted is {wanted}")?;
        }
        let since = self.since.iter().map(|since| format!("since {since}"));
        let details: Vec<String> = since.chain(self.advisory_ids.iter().cloned()).collect();
        if details.is_empty() { Ok(()) } else { write!(f, " ({})", details.join(", ")) }
    }
}

/// Which TCB evaluation numbers of Intel's collateral count.
///
/// Intel signs TCB info and QE identities for several TCB recoveries at a time, each with a number,
/// and who brings collateral chooses among them. An older one calls platforms up to date for which
/// a newer one knows an attack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TcbEvaluation {
    /// Every number that Intel still signs.
    #[default]
    Standard,
    /// The highest in Intel's signed list of numbers. Without that list evidence is refused.
    Newest,
    /// This number and higher ones.
    AtLeast(u32),
}

impl fmt::Display for TcbEvaluation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Standard => f.write_str("standard"),
            Self::Newest => f.write_str("newest"),
            Self::AtLeast(number) => number.fmt(f),
        }
    }
}

impl FromStr for TcbEvaluation {
    type Err = Error;

    /// Takes `standard`, `newest` or a number.
    fn from_str(text: &str) -> Result<Self> {
        match text {
            "standard" => Ok(Self::Standard),
            "newest" => Ok(Self::Newest),
            number if number.bytes().all(|byte| byte.is_ascii_digit()) => number
                .parse()
                .map(Self::AtLeast)
                .map_err(|error| Error::malformed(EVALUATION, error)),
            _ => Err(Error::malformed(EVALUATION, "it is not standard, newest or a number")),
        }
    }
}

const EVALUATION: &str = "TCB evaluation";

impl FromStr for TcbStatus {
    type Err = Error;

    /// Takes the exact name on the wire.
    fn from_str(name: &str) -> Result<Self> {
        Self::named(name)
            .ok_or_else(|| Error::malformed("TCB status", "not the name of a TCB status"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back() {
        for status in TcbStatus::ALL {
            assert_eq!(status.as_str().parse::<TcbStatus>().unwrap(), status);
        }
    }

    #[test]
    fn what_nobody_may_accept_is_not_on_offer() {
        let offered: Vec<_> = TcbStatus::acceptable().collect();
        assert_eq!(offered.len(), TcbStatus::ALL.len() - 2);
        assert!(!offered.contains(&TcbStatus::Revoked));
        assert!(!offered.contains(&TcbStatus::BelowAllLevels));
    }

    #[test]
    fn a_gap_names_its_parts() {
        let part = |part: &str, svn| OldPart { part: part.into(), svn, wanted: 5 };
        let mut gap = TcbGap {
            parts: vec![part("PCE", 4), part("quoting enclave", 3)],
            since: Some("2024-03-13T00:00:00Z".into()),
            advisory_ids: vec!["INTEL-SA-1".into(), "INTEL-SA-2".into()],
        };
        assert_eq!(
            gap.to_string(),
            "PCE has SVN 4, wanted is 5, quoting enclave has SVN 3, wanted is 5 (since \
             2024-03-13T00:00:00Z, INTEL-SA-1, INTEL-SA-2)"
        );
        (gap.since, gap.advisory_ids) = (None, Vec::new());
        gap.parts.pop();
        assert_eq!(gap.to_string(), "PCE has SVN 4, wanted is 5");
    }

    #[test]
    fn evaluations_are_read_back() {
        for text in ["standard", "newest", "18"] {
            assert_eq!(text.parse::<TcbEvaluation>().unwrap().to_string(), text);
        }
        for text in ["", "early", "-1", "18 ", "4294967296"] {
            assert!(text.parse::<TcbEvaluation>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn other_names_are_refused() {
        for name in ["", "uptodate", "UpToDate ", "SwHardeningNeeded"] {
            assert!(name.parse::<TcbStatus>().is_err(), "{name:?}");
        }
    }
}
