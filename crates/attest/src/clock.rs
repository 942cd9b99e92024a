//! Seconds since 1970, as certificates and collateral count them.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use x509_parser::time::ASN1Time;

/// A time that no clock should show.
#[derive(Debug)]
pub struct Before1970;

/// Whole seconds since 1970.
///
/// # Errors
///
/// For a time before.
pub fn unix_seconds(time: SystemTime) -> Result<u64, Before1970> {
    time.duration_since(UNIX_EPOCH).map(|since| since.as_secs()).map_err(|_| Before1970)
}

/// The time that many seconds after 1970; far enough in the future for any later one.
#[must_use]
pub fn from_unix_seconds(seconds: u64) -> SystemTime {
    const YEAR_9999: u64 = 253_402_300_799;
    UNIX_EPOCH + Duration::from_secs(seconds.min(YEAR_9999))
}

/// A time of a certificate or of a revocation list; one before 1970 counts as 1970.
pub(crate) fn from_asn1(time: ASN1Time) -> SystemTime {
    from_unix_seconds(u64::try_from(time.timestamp()).unwrap_or_default())
}

/// Seconds since 1970 of a date in RFC 3339; none before 1970.
pub(crate) fn rfc3339_seconds(text: &str) -> Option<u64> {
    let date = OffsetDateTime::parse(text, &Rfc3339).ok()?;
    u64::try_from(date.unix_timestamp()).ok()
}

/// Text of a time, to the second, in UTC.
#[must_use]
pub fn rfc3339(time: SystemTime) -> String {
    let seconds = unix_seconds(time).ok().and_then(|seconds| i64::try_from(seconds).ok());
    seconds
        .and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok())
        .and_then(|time| time.format(&Rfc3339).ok())
        .unwrap_or_else(|| "a time outside 1970 to 9999".into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;

    #[test]
    fn times_print_to_the_second() {
        assert_eq!(rfc3339(from_unix_seconds(1_750_377_600)), "2025-06-20T00:00:00Z");
        assert_eq!(rfc3339(from_unix_seconds(u64::MAX)), "9999-12-31T23:59:59Z");
        assert_eq!(rfc3339_seconds("2025-06-20T02:00:00+02:00"), Some(1_750_377_600));
        assert_eq!(rfc3339_seconds("1969-12-31T23:59:59Z"), None);
        assert_eq!(rfc3339_seconds("2025-06-20"), None);
        let before = UNIX_EPOCH - Duration::from_secs(1);
        assert_eq!(rfc3339(before), "a time outside 1970 to 9999");
        assert!(matches!(unix_seconds(before).map_err(Error::from), Err(Error::Clock)));
    }
}
