//! Hygon's certificates: HSK (832 bytes), then CEK (2084 bytes), both without dates.

use super::part::CollateralPart;
use crate::error::{Error, Result};

const HSK_LEN: usize = 832;
const CEK_LEN: usize = 2084;
/// Where the usage is in the HSK: behind version, key id and certifying id.
const HSK_USAGE_AT: usize = 4 + 16 + 16;
const HSK_USAGE: u32 = 0x13;
/// Where the usage is in the CEK: behind version and version of the interface.
const CEK_USAGE_AT: usize = 4 + 4;
const CEK_USAGE: u32 = 0x1004;

pub(super) fn examine(content: &[u8]) -> Result<Vec<CollateralPart>> {
    let what = "HSK and CEK";
    if content.len() != HSK_LEN + CEK_LEN {
        let reason = format!("{} bytes instead of {}", content.len(), HSK_LEN + CEK_LEN);
        return Err(Error::malformed(what, reason));
    }
    let (hsk, cek) = content.split_at(HSK_LEN);
    if number(hsk, HSK_USAGE_AT) != Some(HSK_USAGE) {
        return Err(Error::malformed(what, "the first certificate is not an HSK"));
    }
    if number(cek, CEK_USAGE_AT) != Some(CEK_USAGE) {
        return Err(Error::malformed(what, "the second certificate is not a CEK"));
    }
    let part = |what| CollateralPart { what, from: None, until: None };
    Ok(vec![part("HSK certificate"), part("CEK certificate")])
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|bytes| u32::from_le_bytes(*bytes))
}
