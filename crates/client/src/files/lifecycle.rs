//! The keys of a secret's specification that say how long its versions are kept and given out.

use aecs_proto::EnclaveSecretLifecycle;
use serde::Deserialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::Fault;
use super::document::{Placed, Scalar};

/// Units of a length of time, in milliseconds.
const UNITS: [(char, i64); 4] =
    [('s', 1000), ('m', 60 * 1000), ('h', 60 * 60 * 1000), ('d', 24 * 60 * 60 * 1000)];

/// The keys as they stand beside the others of the specification.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub(super) struct LifecycleYaml {
    max_versions: Scalar,
    keep_for: Scalar,
    ttl: Scalar,
    expires_at: Scalar,
    purge_after: Scalar,
    rotate_every: Scalar,
}

impl LifecycleYaml {
    /// What they say; none if none of them is there.
    pub(super) fn read(&self) -> Result<Option<EnclaveSecretLifecycle>, Fault> {
        let all = [
            &self.max_versions,
            &self.keep_for,
            &self.ttl,
            &self.expires_at,
            &self.purge_after,
            &self.rotate_every,
        ];
        if all.into_iter().all(Option::is_none) {
            return Ok(None);
        }
        Ok(Some(EnclaveSecretLifecycle {
            max_versions: value(&self.max_versions, "write a number from 1 to 100", |text| {
                text.parse().ok().filter(|count| (1..=100).contains(count))
            })?,
            keep_for_ms: value(&self.keep_for, LENGTH, length_ms)?,
            ttl_ms: value(&self.ttl, LENGTH, length_ms)?,
            expires_at_ms: value(&self.expires_at, MOMENT, moment_ms)?,
            purge_after_ms: value(&self.purge_after, LENGTH, length_ms)?,
            rotate_every_ms: value(&self.rotate_every, ROTATION, |text| {
                length_ms(text).filter(|ms| *ms >= 60 * 60 * 1000)
            })?,
        }))
    }
}

pub(super) const LENGTH: &str = "write a length of time such as 90s, 30m, 12h or 7d";
const ROTATION: &str = "write a length of time of 1h or more, such as 12h or 30d";
pub(super) const MOMENT: &str = "write a date such as 2030-12-31T23:59:59Z";

/// The value of a key; 0 without one, which is the default.
fn value<T: Default>(
    scalar: &Scalar,
    remedy: &str,
    read: impl Fn(&str) -> Option<T>,
) -> Result<T, Fault> {
    let Some(scalar) = scalar else { return Ok(T::default()) };
    read(&scalar.value).ok_or_else(|| {
        let what = format!("`{}` is not a value of this key", scalar.value);
        Fault::at(scalar.place(), what, remedy)
    })
}

/// Reads a length of time such as `90s`, `30m`, `12h` or `7d`: milliseconds, more than 0.
#[must_use]
pub fn length_ms(text: &str) -> Option<i64> {
    let unit = text.chars().last()?;
    let (_, factor) = UNITS.into_iter().find(|(name, _)| *name == unit)?;
    let count: i64 = text.strip_suffix(unit)?.parse().ok()?;
    count.checked_mul(factor).filter(|ms| *ms > 0)
}

/// Milliseconds since 1970, more than 0.
pub(super) fn moment_ms(text: &str) -> Option<i64> {
    let moment = OffsetDateTime::parse(text, &Rfc3339).ok()?;
    moment.unix_timestamp().checked_mul(1000).filter(|ms| *ms > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_and_moments() {
        for (text, ms) in [
            ("90s", Some(90_000)),
            ("30m", Some(1_800_000)),
            ("12h", Some(43_200_000)),
            ("7d", Some(604_800_000)),
            ("0s", None),
            ("-1d", None),
            ("7", None),
            ("d", None),
            ("", None),
            ("7 d", None),
            ("1w", None),
            ("9223372036854775807d", None),
        ] {
            assert_eq!(length_ms(text), ms, "{text}");
        }
        assert_eq!(moment_ms("2023-11-14T22:13:20Z"), Some(1_700_000_000_000));
        assert_eq!(moment_ms("2023-11-14T23:13:20+01:00"), Some(1_700_000_000_000));
        for bad in ["2023-11-14", "yesterday", "", "1969-12-31T00:00:00Z"] {
            assert_eq!(moment_ms(bad), None, "{bad}");
        }
    }
}
