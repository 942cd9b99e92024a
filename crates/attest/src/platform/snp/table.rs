//! The certificate table that a host gives its guests (GHCB specification, AMD publication 56421,
//! section 4.1.8.1): entries of 24 bytes (GUID, offset and length in little endian), ended by one
//! of zeros, and the certificates.

use crate::encoding::bytes::take;
use crate::error::{Error, Result, limit};
use crate::limits;
use crate::x509::pem;

const VCEK: u128 = 0x63da758d_e664_4564_adc5_f4b93be8accd;
const VLEK: u128 = 0xa8074bc2_a25a_483e_aae6_39c045a0b8a1;
const ASK: u128 = 0x4ab7b379_bbac_4fe4_a02f_05aef327c782;
const CRL: u128 = 0x92f81bc3_5811_4d3d_97ff_d19f88dc67ea;
const END: u128 = 0;
/// Most entries. Hosts have four or five.
const ENTRIES: usize = 64;

/// What a host's certificate table has for the verification of a report, in DER. Nothing has been
/// verified.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SnpCertificates {
    /// Certificate of the VCEK or VLEK.
    pub vek: Option<Vec<u8>>,
    /// Certificate of its issuer, ASK or ASVK.
    pub ask: Option<Vec<u8>>,
    /// Revocation list of the root.
    pub crl: Option<Vec<u8>>,
}

impl SnpCertificates {
    /// Reads a table. Hosts have been seen to write GUIDs in both byte orders, and certificates in
    /// PEM instead of DER.
    ///
    /// # Errors
    ///
    /// [`Error::Malformed`] or [`Error::TooLarge`].
    pub fn from_table(table: &[u8]) -> Result<Self> {
        let mut certificates = Self::default();
        let mut entries = table;
        for _ in 0..=ENTRIES {
            let no_end = || malformed("its end marker is missing");
            let guid = u128::from_be_bytes(*take(&mut entries).ok_or_else(no_end)?);
            if guid == END {
                return Ok(certificates);
            }
            let mut number = || {
                let bytes = take::<4>(&mut entries).ok_or_else(no_end)?;
                usize::try_from(u32::from_le_bytes(*bytes)).map_err(|_| malformed("too large"))
            };
            let (offset, len) = (number()?, number()?);
            let content = offset
                .checked_add(len)
                .and_then(|end| table.get(offset..end))
                .ok_or_else(|| malformed("an entry points outside of it"))?;
            limit("certificate", content, limits::CRL)?;
            let is = |known: u128| guid == known || guid == mixed_endian(known);
            let (field, label) = if is(VCEK) || is(VLEK) {
                (&mut certificates.vek, "CERTIFICATE")
            } else if is(ASK) {
                (&mut certificates.ask, "CERTIFICATE")
            } else if is(CRL) {
                (&mut certificates.crl, "X509 CRL")
            } else {
                // The verifier chooses the root; other entries are the host's own.
                continue;
            };
            *field = Some(der(content, label)?);
        }
        Err(malformed(format!("it has more than {ENTRIES} entries")))
    }
}

/// The GUID with its first three fields in little endian.
fn mixed_endian(guid: u128) -> u128 {
    let mut bytes = guid.to_be_bytes();
    let [a0, a1, a2, a3, b0, b1, c0, c1, ..] = &mut bytes;
    std::mem::swap(a0, a3);
    std::mem::swap(a1, a2);
    std::mem::swap(b0, b1);
    std::mem::swap(c0, c1);
    u128::from_be_bytes(bytes)
}

fn der(content: &[u8], label: &str) -> Result<Vec<u8>> {
    if content.trim_ascii_start().starts_with(b"-----BEGIN ") {
        return pem::block(content, label).map_err(malformed);
    }
    Ok(content.to_vec())
}

fn malformed(reason: impl Into<crate::error::Source>) -> Error {
    Error::malformed("certificate table", reason)
}
