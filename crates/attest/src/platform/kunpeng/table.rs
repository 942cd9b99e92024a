//! The table of parameters that iTrustee's reports and certificates of attestation keys have
//! behind their header, little endian: tag, then a number, or length and place of bytes.

use crate::encoding::bytes::take;

/// Bytes of a row.
const ROW: usize = 12;
/// Rows of the largest table: there are ten tags.
const ROWS: u32 = 16;

/// Kind of a parameter, in the tag's highest four bits.
const NUMBER: u32 = 1;
const BYTES: u32 = 2;

/// Tags of bytes.
pub(super) const QTA_IMAGE_HASH: u32 = BYTES << 28;
pub(super) const TA_IMAGE_HASH: u32 = BYTES << 28 | 1;
pub(super) const QTA_MEMORY_HASH: u32 = BYTES << 28 | 2;
pub(super) const TA_MEMORY_HASH: u32 = BYTES << 28 | 3;
pub(super) const ATTESTATION_KEY: u32 = BYTES << 28 | 5;
pub(super) const DEVICE_SIGNATURE: u32 = BYTES << 28 | 6;
pub(super) const SIGNATURE: u32 = BYTES << 28 | 7;
pub(super) const DEVICE_CERTIFICATE: u32 = BYTES << 28 | 8;
pub(super) const KEY_CERTIFICATE: u32 = BYTES << 28 | 9;

/// Bytes, their signature, and the certificate of who signed.
pub(super) struct Signed<'a> {
    pub(super) message: &'a [u8],
    pub(super) signature: &'a [u8],
    pub(super) certificate: &'a [u8],
}

/// A block that ends in a signature and a certificate: a report, or a key's certificate.
pub(super) struct Block<'a> {
    bytes: &'a [u8],
    /// Tag, place, length.
    rows: Vec<(u32, usize, usize)>,
}

impl<'a> Block<'a> {
    /// Reads the rows behind a header of `header` bytes, whose last four are their number.
    pub(super) fn parse(bytes: &'a [u8], header: usize) -> Result<Self, &'static str> {
        let (head, mut rest) = bytes.split_at_checked(header).ok_or("cut short")?;
        let count = head.last_chunk().map(|count| u32::from_le_bytes(*count)).ok_or("cut short")?;
        if count > ROWS {
            return Err("more parameters than kinds exist");
        }
        let mut rows: Vec<(u32, usize, usize)> = Vec::new();
        for _ in 0..count {
            let [tag, len, place] = numbers(take::<ROW>(&mut rest).ok_or("cut short")?);
            let range = match tag >> 28 {
                NUMBER => (0, 0),
                BYTES => (usize_of(place)?, usize_of(len)?),
                _ => return Err("a parameter has an unknown kind"),
            };
            if rows.iter().any(|(other, _, _)| *other == tag) {
                return Err("a parameter is there twice");
            }
            rows.push((tag, range.0, range.1));
        }
        let data = bytes.len() - rest.len();
        for (tag, place, len) in &rows {
            let end = place.checked_add(*len).ok_or("a parameter ends after the report")?;
            let outside = *place < data || end > bytes.len();
            if tag >> 28 == BYTES && *len > 0 && outside {
                return Err("a parameter lies outside the data");
            }
        }
        Ok(Self { bytes, rows })
    }

    /// The bytes before the signature with this tag, the signature, and the certificate behind it.
    pub(super) fn signed(
        &self,
        signature: u32,
        certificate: u32,
    ) -> Result<Signed<'a>, &'static str> {
        let (at, signature) = self.get(signature).ok_or("no signature")?;
        let (certified_at, certificate) =
            self.get(certificate).ok_or("the certificate is missing")?;
        if certified_at < at + signature.len() {
            return Err("the certificate does not follow the signature");
        }
        let message = self.bytes.get(..at).ok_or("cut short")?;
        Ok(Signed { message, signature, certificate })
    }

    /// Bytes that the signature covers: those before it.
    pub(super) fn covered(&self, tag: u32, signed: &[u8]) -> Result<&'a [u8], &'static str> {
        let (at, bytes) = self.get(tag).ok_or("a parameter is missing")?;
        if at + bytes.len() > signed.len() {
            return Err("the signature does not cover a parameter");
        }
        Ok(bytes)
    }

    fn get(&self, tag: u32) -> Option<(usize, &'a [u8])> {
        let (_, at, len) = self.rows.iter().find(|(row, _, len)| *row == tag && *len > 0)?;
        Some((*at, self.bytes.get(*at..at.checked_add(*len)?)?))
    }
}

fn numbers(row: &[u8; ROW]) -> [u32; 3] {
    let mut numbers = [0; 3];
    for (number, bytes) in numbers.iter_mut().zip(row.chunks_exact(4)) {
        *number = bytes.try_into().map_or(0, u32::from_le_bytes);
    }
    numbers
}

fn usize_of(number: u32) -> Result<usize, &'static str> {
    usize::try_from(number).map_err(|_| "a number ends after the report")
}
