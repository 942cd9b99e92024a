//! The report of the host compatibility layer (OpenHCL, "attestation report"): a header, the
//! processor's report, and the runtime claims that the processor's report is over. Little endian.
//!
//! | at   | bytes | what |
//! | ---- | ----- | ---- |
//! | 0    | 4     | `HCLA` |
//! | 4    | 4     | version, 1 or 2 |
//! | 8    | 4     | bytes of everything up to the end of the claims |
//! | 12   | 4     | kind of request: 2 |
//! | 16   | 4     | status: 0 |
//! | 20   | 12    | reserved |
//! | 32   | 1184  | SEV-SNP report, or TDX report of 1024 bytes and zeros |
//! | 1216 | 4     | bytes from here to the end of the claims |
//! | 1220 | 4     | version: 1 |
//! | 1224 | 4     | kind of report: 2 SEV-SNP, 4 TDX |
//! | 1228 | 4     | hash over the claims: 1 SHA-256, 2 SHA-384, 3 SHA-512 |
//! | 1232 | 4     | bytes of the claims |
//! | 1236 |       | the claims, JSON; then zeros |
//!
//! None of the framing is protected; what is in it is bound by its hash.

use aws_lc_rs::digest::{Algorithm, SHA256, SHA384, SHA512, digest};

use crate::encoding::bytes::Reader;
use crate::error::{Error, Result};
use crate::platform::snp::REPORT_SIZE;

/// Azure's have 2600 bytes.
pub(super) const MAX_SIZE: usize = 16 * 1024;
const WHAT: &str = "HCL report";

const ATTESTATION_REQUEST: u32 = 2;
const HEADER: usize = 32;
const REQUEST_DATA: usize = 20;
/// Where report data stands in a TDX report (TDX module ABI, "REPORTMACSTRUCT").
const TD_REPORT_DATA: usize = 128;

/// What is behind the paravisor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tee {
    Snp,
    Tdx,
}

/// A report of the paravisor whose form is right. Nothing has been verified.
#[derive(Debug)]
pub(super) struct HclReport {
    hardware: Box<[u8; REPORT_SIZE]>,
    hash: &'static Algorithm,
    pub(super) claims: Vec<u8>,
}

impl HclReport {
    pub(super) fn parse(bytes: &[u8], tee: Tee) -> Result<Self> {
        let mut reader = Reader::new(WHAT, bytes);
        let malformed = |text: &'static str| Error::malformed(WHAT, text);
        if reader.take()? != b"HCLA" {
            return Err(malformed("it does not begin with HCLA"));
        }
        let version = reader.u32_le()?;
        if !(1..=2).contains(&version) {
            return Err(Error::Unsupported { what: format!("version {version} of HCL reports") });
        }
        let report_size = len(&mut reader)?;
        if reader.u32_le()? != ATTESTATION_REQUEST || reader.u32_le()? != 0 {
            return Err(malformed("it is not the answer to a request for attestation"));
        }
        let _reserved: &[u8; 12] = reader.take()?;
        let hardware: &[u8; REPORT_SIZE] = reader.take()?;

        let data_size = len(&mut reader)?;
        let version = reader.u32_le()?;
        if version != 1 {
            let what = format!("version {version} of runtime claims");
            return Err(Error::Unsupported { what });
        }
        let kind = match reader.u32_le()? {
            2 => Tee::Snp,
            4 => Tee::Tdx,
            kind => {
                let what = format!("processor's report of kind {kind} in an HCL report");
                return Err(Error::Unsupported { what });
            }
        };
        if kind != tee {
            return Err(malformed("it holds the report of another kind of processor"));
        }
        let hash = match reader.u32_le()? {
            1 => &SHA256,
            2 => &SHA384,
            3 => &SHA512,
            hash => {
                return Err(Error::Unsupported { what: format!("hash {hash} of runtime claims") });
            }
        };
        let claims_size = len(&mut reader)?;
        if Some(data_size) != claims_size.checked_add(REQUEST_DATA)
            || Some(report_size) != data_size.checked_add(HEADER + REPORT_SIZE)
        {
            return Err(malformed("its sizes contradict each other"));
        }
        let (claims, padding) = reader
            .rest()
            .split_at_checked(claims_size)
            .ok_or_else(|| malformed("it ends too early"))?;
        if padding.iter().any(|byte| *byte != 0) {
            return Err(malformed("unexpected bytes follow its claims"));
        }
        Ok(Self { hardware: Box::new(*hardware), hash, claims: claims.to_vec() })
    }

    /// The processor's report, on SEV-SNP.
    pub(super) fn snp_report(&self) -> &[u8] {
        self.hardware.as_slice()
    }

    /// What the processor's report in here binds, on TDX. It has no signature: it is what the
    /// quote was made of.
    pub(super) fn td_report_data(&self) -> Option<&[u8; 64]> {
        self.hardware.get(TD_REPORT_DATA..)?.first_chunk()
    }

    /// Report data that binds the claims: their hash, filled up with zeros.
    pub(super) fn expected_report_data(&self) -> [u8; 64] {
        let mut expected = [0; 64];
        let hash = digest(self.hash, &self.claims);
        for (slot, byte) in expected.iter_mut().zip(hash.as_ref()) {
            *slot = *byte;
        }
        expected
    }
}

fn len(reader: &mut Reader<'_>) -> Result<usize> {
    usize::try_from(reader.u32_le()?).map_err(|error| Error::malformed(WHAT, error))
}
