//! How evidence from Azure binds the 64 bytes of report data: user data, then SHA-256 of the key.
//!
//! The guest has two places for bytes of its own: the extra data of the TPM's quote, and the claim
//! `user-data`, 64 bytes that it writes into an NV index (01400002h) before it asks the paravisor
//! for a report. The quote is made for the occasion, and so it decides:
//!
//! 1. Extra data of 64 bytes is the report data. TPMs that have SHA-512 take as much.
//! 2. Extra data of 48 or 32 bytes, where a TPM takes no more, is the SHA-384 or the SHA-256 of the
//!    report data, which is the claim `user-data`.
//! 3. Any other extra data is a nonce of somebody else's: the evidence is genuine, and binds no key.

use aws_lc_rs::digest::{SHA256, SHA384, digest};

use crate::appraisal::Binding;
use crate::report::ReportData;

/// What the quote binds, given the claim. True when the claim was needed.
pub(super) fn of(extra_data: &[u8], user_data: Option<&[u8; 64]>) -> (Binding, bool) {
    if let Ok(report_data) = <[u8; 64]>::try_from(extra_data) {
        return (Binding::ReportData(ReportData::from(report_data)), false);
    }
    let hash = match extra_data.len() {
        48 => Some(&SHA384),
        32 => Some(&SHA256),
        _ => None,
    };
    if let (Some(hash), Some(user_data)) = (hash, user_data)
        && digest(hash, user_data).as_ref() == extra_data
    {
        return (Binding::ReportData(ReportData::from(*user_data)), true);
    }
    (Binding::Nonce(extra_data.to_vec()), false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_extra_data_decides() {
        let claim = [0xC1; 64];
        let bound = |bytes: [u8; 64]| Binding::ReportData(ReportData::from(bytes));
        assert_eq!(of(&[0xE0; 64], None), (bound([0xE0; 64]), false));
        for hash in [&SHA256, &SHA384] {
            let extra_data = digest(hash, &claim);
            assert_eq!(of(extra_data.as_ref(), Some(&claim)), (bound(claim), true));
            let nonce = Binding::Nonce(extra_data.as_ref().to_vec());
            assert_eq!(of(extra_data.as_ref(), Some(&[0xC2; 64])), (nonce.clone(), false));
            assert_eq!(of(extra_data.as_ref(), None), (nonce, false));
        }
        for other in [&[][..], b"challenge", &claim[..48], &[0xC1; 65]] {
            assert_eq!(of(other, Some(&claim)), (Binding::Nonce(other.to_vec()), false));
        }
    }
}
