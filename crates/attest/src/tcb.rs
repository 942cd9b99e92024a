//! How up to date a platform's trusted computing base is.

use std::fmt;
use std::str::FromStr;

use crate::error::{Error, Result};

/// Verdict on a platform's trusted computing base.
///
/// The names are those of Intel's TCB info ("tcbStatus"), and stand in the attribute
/// `str_tcb_status`. A revoked platform never gets as far as a policy: verification refuses it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum TcbStatus {
    /// Nothing is known to be missing.
    UpToDate,
    /// The software in the enclave has to mitigate something the platform does not.
    SwHardeningNeeded,
    /// The platform has to be configured differently.
    ConfigurationNeeded,
    /// Both of the above.
    ConfigurationAndSwHardeningNeeded,
    /// Security updates are missing.
    OutOfDate,
    /// Security updates are missing, and the configuration is to be changed.
    OutOfDateConfigurationNeeded,
    /// The trust domain was started before the platform was updated: start it again.
    TdRelaunchAdvised,
    /// As [`TcbStatus::TdRelaunchAdvised`], and the configuration is to be changed.
    TdRelaunchAdvisedConfigurationNeeded,
    /// The platform's keys are compromised.
    Revoked,
    /// No signature was checked at all: an AECS 2.0 simulation quote.
    Unverified,
}

impl TcbStatus {
    /// Every status, best first.
    pub const ALL: [Self; 10] = [
        Self::UpToDate,
        Self::SwHardeningNeeded,
        Self::ConfigurationNeeded,
        Self::ConfigurationAndSwHardeningNeeded,
        Self::OutOfDate,
        Self::OutOfDateConfigurationNeeded,
        Self::TdRelaunchAdvised,
        Self::TdRelaunchAdvisedConfigurationNeeded,
        Self::Revoked,
        Self::Unverified,
    ];

    /// Those that a policy or a verifier's configuration may accept. A revoked platform is refused
    /// before anybody is asked.
    pub fn acceptable() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(|status| *status != Self::Revoked)
    }

    /// The name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::UpToDate => "UpToDate",
            Self::SwHardeningNeeded => "SWHardeningNeeded",
            Self::ConfigurationNeeded => "ConfigurationNeeded",
            Self::ConfigurationAndSwHardeningNeeded => "ConfigurationAndSWHardeningNeeded",
            Self::OutOfDate => "OutOfDate",
            Self::OutOfDateConfigurationNeeded => "OutOfDateConfigurationNeeded",
            Self::TdRelaunchAdvised => "TDRelaunchAdvised",
            Self::TdRelaunchAdvisedConfigurationNeeded => "TDRelaunchAdvisedConfigurationNeeded",
            Self::Revoked => "Revoked",
            Self::Unverified => "Unverified",
        }
    }
}

impl fmt::Display for TcbStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for TcbStatus {
    type Err = Error;

    /// Takes the exact name on the wire.
    fn from_str(name: &str) -> Result<Self> {
        Self::ALL
            .into_iter()
            .find(|status| status.as_str() == name)
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
    fn other_names_are_refused() {
        for name in ["", "uptodate", "UpToDate ", "SwHardeningNeeded"] {
            assert!(name.parse::<TcbStatus>().is_err(), "{name:?}");
        }
    }
}
