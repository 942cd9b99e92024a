//! Layout of CSV attestation reports.
//!
//! All public sources (`csv.h` of jinzhao-attest, `guest/types.rs` of csv-rs) agree on the first
//! 188 bytes. What follows differs:
//!
//! - *Legacy*: a random number of the firmware, the `anonce`, is XORed into every four bytes of
//!   the fields before it, and of the PEK certificate and the chip id behind the signature. The
//!   signature covers the fields as they are stored.
//! - *Restored legacy*: the same after csv-rs had it in the guest: PEK certificate and chip id
//!   without the XOR, and zeros for the reserved bytes that the HMAC covers too, so that it can no
//!   longer be checked.
//! - *Extended*: firmware builds from 2337 on. Nothing is XORed, the signature covers runtime
//!   measurements and data of the host.
//!
//! A report is its own length or a page, with zeros at its end.

use aecs_crypto::sm::hmac_sm3;

use super::certificate::{ALGORITHM_SM2, CHIP_LEN, Pair, USAGE_PEK, bytes, number, pair};
use crate::error::{Error, Result};

/// Bytes of a page, which is the largest report.
pub(super) const PAGE: usize = 4096;

/// Signed bytes of a legacy report.
const LEGACY_SIGNED: usize = 0xB4;
/// Bytes of a legacy report before its signer.
const LEGACY_INFO: usize = 0x150;
/// Signed bytes of an extended report.
const EXTENDED_SIGNED: usize = 0x400;
/// Bytes of an extended report before its signer.
const EXTENDED_INFO: usize = 0x490;

const CHIP_ID: usize = 64;
const RESERVED: usize = 32;
const HMAC: usize = 32;
/// Bytes that say who signed: PEK certificate, chip id, reserved bytes, HMAC over these.
const SIGNER: usize = CHIP_LEN + CHIP_ID + RESERVED + HMAC;

/// Where the usage of the key is in the PEK certificate.
const PEK_USAGE: std::ops::Range<usize> = 8..12;

/// How a report is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    Legacy,
    RestoredLegacy,
    Extended,
}

/// Measurements at run time and more, in extended reports.
pub(super) struct Extension {
    /// Build of the firmware.
    pub(super) build: u32,
    /// Run-time measurements 0 to 3. There is a fifth, which no attribute holds.
    pub(super) rtmrs: [[u8; 32]; 4],
    pub(super) host_data: [u8; 64],
}

/// A report, cut into its parts and read.
pub(super) struct Report<'a> {
    pub(super) layout: Layout,
    pub(super) signed: &'a [u8],
    pub(super) signature: Pair,
    pub(super) user_pubkey_digest: [u8; 32],
    pub(super) vm_id: [u8; 16],
    pub(super) vm_version: [u8; 16],
    pub(super) report_data: [u8; 64],
    pub(super) mnonce: [u8; 16],
    pub(super) measure: [u8; 32],
    pub(super) policy: [u8; 4],
    pub(super) signature_usage: u32,
    pub(super) signature_algorithm: u32,
    pub(super) extension: Option<Extension>,
    pub(super) pek: Vec<u8>,
    /// Serial number of the chip: nothing but the HMAC covers it, whose key is in the report.
    pub(super) chip_id: String,
    hmac_over: &'a [u8],
    hmac: [u8; HMAC],
}

impl<'a> Report<'a> {
    pub(super) fn parse(report: &'a [u8]) -> Result<Self> {
        Self::cut(report).map_err(|reason| Error::malformed("CSV report", reason))
    }

    fn cut(report: &'a [u8]) -> Result<Self, &'static str> {
        let extended = is_extended(report)?;
        let info = if extended { EXTENDED_INFO } else { LEGACY_INFO };
        let (report, padding) =
            report.split_at_checked(info + SIGNER).ok_or("too short for its layout")?;
        if !(padding.is_empty() || report.len() + padding.len() == PAGE)
            || padding.iter().any(|byte| *byte != 0)
        {
            return Err("unexpected bytes follow the report");
        }
        let (info, signer) = report.split_at_checked(info).ok_or("cut short")?;
        let mut rest = info;
        // The XOR is undone on a copy: the signature covers the bytes as they are.
        let anonce: [u8; 4] = if extended {
            [0; 4]
        } else {
            *info.get(0xBC..).and_then(|rest| rest.first_chunk()).ok_or("cut short")?
        };
        let plain = Xor(anonce);

        let user_pubkey_digest = plain.undo(bytes(&mut rest)?);
        let vm_id = plain.undo(bytes(&mut rest)?);
        let vm_version = plain.undo(bytes(&mut rest)?);
        let report_data = plain.undo(bytes(&mut rest)?);
        let mnonce = plain.undo(bytes(&mut rest)?);
        let measure = plain.undo(bytes(&mut rest)?);
        let policy = plain.undo(bytes(&mut rest)?);
        let signature_usage = u32::from_le_bytes(plain.undo(bytes(&mut rest)?));
        let signature_algorithm = u32::from_le_bytes(plain.undo(bytes(&mut rest)?));
        let extension = if extended {
            Some(Extension::take(&mut rest)?)
        } else {
            let _anonce = bytes::<4>(&mut rest)?;
            None
        };
        let signature = pair(&mut rest)?;
        let signed = if extended { EXTENDED_SIGNED } else { LEGACY_SIGNED };
        let signed = info.get(..signed).ok_or("cut short")?;

        let (hmac_over, _) = signer.split_at_checked(SIGNER - HMAC).ok_or("cut short")?;
        let mut rest = signer;
        let stored_pek = bytes::<CHIP_LEN>(&mut rest)?;
        let stored_chip_id = bytes::<CHIP_ID>(&mut rest)?;
        let reserved = bytes::<RESERVED>(&mut rest)?;
        let hmac = *bytes(&mut rest)?;

        let restored = !extended && anonce != [0; 4] && is_pek(stored_pek);
        let (layout, undo) = match (extended, restored) {
            (true, _) => (Layout::Extended, plain),
            (false, false) => (Layout::Legacy, plain),
            (false, true) if *reserved == [0; RESERVED] => (Layout::RestoredLegacy, Xor([0; 4])),
            (false, true) => return Err("only some of its blanked fields are restored"),
        };
        Ok(Self {
            layout,
            signed,
            signature,
            user_pubkey_digest,
            vm_id,
            vm_version,
            report_data,
            mnonce,
            measure,
            policy,
            signature_usage,
            signature_algorithm,
            extension,
            pek: undo.undo(stored_pek).to_vec(),
            chip_id: chip_id(&undo.undo(stored_chip_id))?,
            hmac_over,
            hmac,
        })
    }

    /// Whether PEK and chip id are those that the firmware put behind this signature. None if the
    /// layout no longer has all the bytes for it.
    ///
    /// The key of this HMAC is in the report: it finds mistakes and clumsy changes only. What
    /// proves the PEK is its certificate.
    pub(super) fn hmac_holds(&self) -> Result<Option<bool>> {
        let expected = hmac_sm3(&self.mnonce, &[self.hmac_over])?;
        Ok(match self.layout {
            Layout::Legacy => Some(expected == self.hmac),
            // Libraries that blank the reserved bytes do it with extended reports too.
            Layout::Extended if expected != self.hmac && self.reserved_is_blank() => None,
            Layout::Extended => Some(expected == self.hmac),
            Layout::RestoredLegacy => None,
        })
    }

    fn reserved_is_blank(&self) -> bool {
        self.hmac_over.last_chunk::<RESERVED>() == Some(&[0; RESERVED])
    }
}

impl Extension {
    fn take(rest: &mut &[u8]) -> Result<Self, &'static str> {
        let build = number(rest)?;
        let _rtmr_version_and_reserved = bytes::<16>(rest)?;
        let rtmrs = [*bytes(rest)?, *bytes(rest)?, *bytes(rest)?, *bytes(rest)?];
        let _fifth_rtmr_and_reserved = bytes::<{ 32 + 592 }>(rest)?;
        let host_data = *bytes(rest)?;
        Ok(Self { build, rtmrs, host_data })
    }
}

/// A number that is XORed into every four bytes.
#[derive(Clone, Copy)]
struct Xor([u8; 4]);

impl Xor {
    fn undo<const N: usize>(self, stored: &[u8; N]) -> [u8; N] {
        let mut plain = *stored;
        for (byte, key) in plain.iter_mut().zip(self.0.iter().cycle()) {
            *byte ^= key;
        }
        plain
    }
}

/// Usage and algorithm of the signature are as they are in an extended report, and behind the XOR
/// in a legacy one. The four bytes behind are the build, which is never 0, or the `anonce`, which
/// must be 0 for a legacy report to look alike.
fn is_extended(report: &[u8]) -> Result<bool, &'static str> {
    let mut rest = report.get(LEGACY_SIGNED..).ok_or("too short")?;
    let plain = number(&mut rest)? == USAGE_PEK && number(&mut rest)? == ALGORITHM_SM2;
    Ok(plain && number(&mut rest)? != 0)
}

fn is_pek(certificate: &[u8; CHIP_LEN]) -> bool {
    certificate.get(PEK_USAGE) == Some(&USAGE_PEK.to_le_bytes())
}

/// Text with zeros behind it.
fn chip_id(bytes: &[u8; CHIP_ID]) -> Result<String, &'static str> {
    let len = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    let text = bytes.get(..len).unwrap_or_default();
    if text.iter().all(u8::is_ascii_alphanumeric) {
        Ok(String::from_utf8_lossy(text).into_owned())
    } else {
        Err("the chip id must consist of letters and digits")
    }
}
