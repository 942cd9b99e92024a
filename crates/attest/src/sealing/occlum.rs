//! Sealing keys of SGX as Occlum hands them out (EGETKEY through `SGXIOC_GET_KEY`, see
//! [`aecs_ioctl::occlum`]): of this enclave or its signer and product, at any version up to the own
//! one. The masks are those of Intel's SDK.
//!
//! Which versions are its own, an enclave may only believe the processor, which tells it in a
//! report. A quote says it too, but comes from the host: one of a lower version would have data
//! sealed for versions of the code and the microcode whose weaknesses are known.

use std::io;
use std::path::Path;
use std::sync::Arc;

use aecs_crypto::{RecordKey, SecretBytes};
use aecs_ioctl::occlum::{KEY, KeyRequest, REPORT};
use zeroize::Zeroizing;

use super::{BoundTo, KeySource, SealTo, Sealing, SealingMethod, SealingRules, SecurityVersion};
use crate::error::{Error, Result};
use crate::machine::Machine;
use crate::machine::device::{OCCLUM, patiently};

const SEALING_KEY: u16 = 4;
const TO_ENCLAVE: u16 = 1;
const TO_SIGNER: u16 = 2;
/// Initialized, debug, production mode bits and those that are reserved for later.
const FLAGS_MASK: u64 = 0xFF00_0000_0000_000B;
const MISC_MASK: u32 = 0xF000_0000;

/// The keys of this enclave, if it may seal and this Occlum gives any.
pub(crate) fn open(machine: Arc<dyn Machine>, rules: &SealingRules) -> Sealing {
    let keys = match KeyInputs::ask(machine.as_ref()) {
        Ok(own) => OcclumKeys { machine, own },
        Err(error) => {
            let reason =
                format!("{OCCLUM} of Occlum does not tell the enclave's versions: {error}");
            return Sealing::Unavailable { reason };
        }
    };
    if let Err(reason) = rules.check_product(keys.own.product) {
        return Sealing::Unavailable { reason };
    }
    for to in [SealTo::Enclave, SealTo::Signer] {
        if let Err(error) = keys.ask(to, keys.version()) {
            let reason = format!("{OCCLUM} of Occlum gives no sealing key: {error}");
            return Sealing::Unavailable { reason };
        }
    }
    rules.of_enclave(keys.own.product, Arc::new(keys))
}

/// What the processor's report of the enclave says that a key may depend on.
#[derive(Debug, Clone, Copy)]
struct KeyInputs {
    cpu_svn: [u8; 16],
    product: u16,
    isv_svn: u16,
    config_svn: u16,
}

impl KeyInputs {
    fn ask(machine: &dyn Machine) -> io::Result<Self> {
        let mut report = [0; REPORT];
        patiently(|| machine.occlum_report(Path::new(OCCLUM), &mut report))?;
        Self::read(&report).ok_or_else(|| io::Error::from(io::ErrorKind::InvalidData))
    }

    /// Intel SDM, "REPORT".
    fn read(report: &[u8; REPORT]) -> Option<Self> {
        let number = |at: usize| Some(u16::from_le_bytes(*report.get(at..)?.first_chunk()?));
        Some(Self {
            cpu_svn: *report.first_chunk()?,
            product: number(256)?,
            isv_svn: number(258)?,
            config_svn: number(260)?,
        })
    }
}

struct OcclumKeys {
    machine: Arc<dyn Machine>,
    own: KeyInputs,
}

impl OcclumKeys {
    fn ask(&self, to: SealTo, version: SecurityVersion) -> io::Result<SecretBytes> {
        let request = KeyRequest {
            key_name: SEALING_KEY,
            key_policy: match to {
                SealTo::Enclave => TO_ENCLAVE,
                SealTo::Signer => TO_SIGNER,
            },
            isv_svn: u16::try_from(version.code).map_err(io::Error::other)?,
            reserved: 0,
            cpu_svn: version.platform,
            flags_mask: FLAGS_MASK,
            xfrm_mask: 0,
            key_id: [0; 32],
            misc_mask: MISC_MASK,
            config_svn: self.own.config_svn,
            reserved_2: [0; 434],
        };
        let mut key = Zeroizing::new([0; KEY]);
        patiently(|| self.machine.occlum_key(Path::new(OCCLUM), &request, &mut key))?;
        if key.iter().all(|byte| *byte == 0) {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "a key of zeros"));
        }
        Ok(SecretBytes::from(key.to_vec()))
    }
}

impl KeySource for OcclumKeys {
    fn method(&self) -> SealingMethod {
        SealingMethod::Occlum
    }

    fn bound_to(&self) -> BoundTo {
        BoundTo::default()
    }

    fn version(&self) -> SecurityVersion {
        SecurityVersion { code: self.own.isv_svn.into(), platform: self.own.cpu_svn }
    }

    fn key(&self, to: SealTo, version: SecurityVersion) -> Result<RecordKey> {
        let failed = |error: io::Error| Error::Device { path: OCCLUM.into(), source: error.into() };
        Ok(RecordKey::of_platform(&self.ask(to, version).map_err(failed)?, "Occlum")?)
    }
}
