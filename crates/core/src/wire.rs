//! Numbers as messages have them: what does not fit is the largest that does.

/// A number of 64 bits.
pub(crate) fn wire(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A number of 32 bits.
pub(crate) fn wire32(number: impl TryInto<i32>) -> i32 {
    number.try_into().unwrap_or(i32::MAX)
}
