//! What the statuses of a platform's parts come to (the rules of Intel's quote verification
//! library, and of "TDX DCAP Quoting Library API" for trust domains that outlive an update).

use super::json::Level;
use crate::checks::Checks;
use crate::error::{Check, Error, Result};
use crate::tcb::TcbStatus;

/// Levels of a platform, with those of its TDX module.
pub(super) struct Levels {
    /// That of the quote.
    pub(super) launch: Level,
    /// That of now, for trust domains that can outlive an update of the TDX module.
    pub(super) current: Option<Level>,
}

/// The status of everything together, and all advisories. Refuses what is revoked.
pub(super) fn conclude(
    levels: &Levels,
    qe: &Level,
    checks: &mut Checks,
) -> Result<(TcbStatus, Vec<String>)> {
    let launch = converge(levels.launch.status, qe.status);
    let current = levels.current.as_ref().map(|level| converge(level.status, qe.status));
    if [Some(launch), current].contains(&Some(TcbStatus::Revoked)) {
        return Err(Error::Mismatch {
            check: Check::TCB_REVOKED,
            expected: "a TCB that is not revoked".into(),
            actual: TcbStatus::Revoked.to_string(),
        });
    }
    let status = current.map_or(launch, |current| after_relaunch(launch, current));
    checks.passed(Check::TCB_REVOKED, status.to_string());
    let mut advisories = levels.launch.advisory_ids.clone();
    add_advisories(&mut advisories, &qe.advisory_ids);
    Ok((status, advisories))
}

/// A platform's status, given that of one of its parts: only an old or a revoked part makes it
/// worse.
pub(super) fn converge(platform: TcbStatus, part: TcbStatus) -> TcbStatus {
    use TcbStatus::{
        ConfigurationAndSwHardeningNeeded, ConfigurationNeeded, OutOfDate,
        OutOfDateConfigurationNeeded, Revoked, SwHardeningNeeded, UpToDate,
    };
    match (part, platform) {
        (Revoked, _) => Revoked,
        (OutOfDate, UpToDate | SwHardeningNeeded) => OutOfDate,
        (OutOfDate, ConfigurationNeeded | ConfigurationAndSwHardeningNeeded) => {
            OutOfDateConfigurationNeeded
        }
        _ => platform,
    }
}

/// The status of a trust domain that was started on an old platform: when the platform has been
/// updated since, starting it again is enough.
fn after_relaunch(launch: TcbStatus, current: TcbStatus) -> TcbStatus {
    use TcbStatus::{
        ConfigurationAndSwHardeningNeeded, ConfigurationNeeded, OutOfDate,
        OutOfDateConfigurationNeeded, SwHardeningNeeded, TdRelaunchAdvised,
        TdRelaunchAdvisedConfigurationNeeded, UpToDate,
    };
    match (launch, current) {
        (OutOfDate, UpToDate | SwHardeningNeeded) => TdRelaunchAdvised,
        (OutOfDateConfigurationNeeded, UpToDate | SwHardeningNeeded)
        | (
            OutOfDate | OutOfDateConfigurationNeeded,
            ConfigurationNeeded | ConfigurationAndSwHardeningNeeded,
        ) => TdRelaunchAdvisedConfigurationNeeded,
        _ => launch,
    }
}

/// Each once, in the order in which they come.
pub(super) fn add_advisories(advisories: &mut Vec<String>, more: &[String]) {
    for advisory in more {
        if !advisories.contains(advisory) {
            advisories.push(advisory.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use TcbStatus::*;

    #[test]
    fn only_old_and_revoked_parts_make_a_platform_worse() {
        let platforms = &TcbStatus::ALL[..6];
        for &platform in platforms {
            for part in [UpToDate, ConfigurationNeeded, OutOfDateConfigurationNeeded] {
                assert_eq!(converge(platform, part), platform);
            }
            assert_eq!(converge(platform, Revoked), Revoked);
        }
        let old: Vec<_> = platforms.iter().map(|&platform| converge(platform, OutOfDate)).collect();
        let configure = OutOfDateConfigurationNeeded;
        assert_eq!(old, [OutOfDate, OutOfDate, configure, configure, OutOfDate, configure]);
    }

    #[test]
    fn relaunch_is_advised_when_only_the_launch_was_old() {
        let configure = TdRelaunchAdvisedConfigurationNeeded;
        for (launch, current, expected) in [
            (UpToDate, OutOfDate, UpToDate),
            (OutOfDate, OutOfDate, OutOfDate),
            (OutOfDate, OutOfDateConfigurationNeeded, OutOfDate),
            (OutOfDate, UpToDate, TdRelaunchAdvised),
            (OutOfDate, SwHardeningNeeded, TdRelaunchAdvised),
            (OutOfDate, ConfigurationNeeded, configure),
            (OutOfDate, ConfigurationAndSwHardeningNeeded, configure),
            (OutOfDateConfigurationNeeded, UpToDate, configure),
            (OutOfDateConfigurationNeeded, SwHardeningNeeded, configure),
            (OutOfDateConfigurationNeeded, OutOfDate, OutOfDateConfigurationNeeded),
            (ConfigurationNeeded, UpToDate, ConfigurationNeeded),
        ] {
            assert_eq!(after_relaunch(launch, current), expected, "{launch} {current}");
        }
    }
}
