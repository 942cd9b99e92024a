//! Who an enclave says it is.

use std::io::Read as _;
use std::path::Path;

use crate::failure::internal;
use aecs_attest::{Error, Result, files};
use aecs_crypto::sha256;
use aws_lc_rs::digest::{Context, SHA256};

/// MRSIGNER of the sample key of Intel's SDK, which signs the enclaves of original AECS 2.0
/// servers in simulation mode: client configurations of that time name it.
const SDK_SAMPLE_SIGNER: [u8; 32] = [
    0x83, 0xD7, 0x19, 0xE7, 0x7D, 0xEA, 0xCA, 0x14, 0x70, 0xF6, 0xBA, 0xF6, 0x2A, 0x4D, 0x77, 0x43,
    0x03, 0xC8, 0x99, 0xDB, 0x69, 0x02, 0x0F, 0x9C, 0x70, 0xEE, 0x1D, 0xFC, 0x08, 0xC7, 0xCE, 0x9E,
];

/// Who an enclave says it is. In a simulation everybody may be anybody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnclaveIdentity {
    /// Measurement of the code.
    pub mrenclave: [u8; 32],
    /// Hash of the signer's key.
    pub mrsigner: [u8; 32],
    /// Product id.
    pub prod_id: u16,
    /// Security version.
    pub svn: u16,
    /// Whether the host can look into the enclave.
    pub debug: bool,
}

impl Default for EnclaveIdentity {
    /// Some code, signed with the sample key of Intel's SDK; product 1, security version 1, not
    /// for debugging.
    fn default() -> Self {
        Self {
            mrenclave: sha256(b"AECS simulated enclave"),
            mrsigner: SDK_SAMPLE_SIGNER,
            prod_id: 1,
            svn: 1,
            debug: false,
        }
    }
}

impl EnclaveIdentity {
    /// The default identity with the SHA-256 of a program's file as its measurement.
    ///
    /// # Errors
    ///
    /// [`Error::Device`] when the file cannot be read.
    pub fn of_program(program: &Path) -> Result<Self> {
        let failed = |error: std::io::Error| Error::Device {
            path: program.to_owned(),
            source: error.into(),
        };
        let mut file = files::open(program).map_err(failed)?;
        let mut context = Context::new(&SHA256);
        let mut buffer = vec![0; 64 * 1024];
        loop {
            let len = file.read(&mut buffer).map_err(failed)?;
            match buffer.get(..len) {
                None | Some([]) => break,
                Some(part) => context.update(part),
            }
        }
        let mrenclave = context.finish().as_ref().try_into().map_err(internal)?;
        Ok(Self { mrenclave, ..Self::default() })
    }
}
