//! Sealing keys of SGX as Gramine shows them: a file of 16 bytes for the enclave, one for its
//! signer (Gramine, "Manifest syntax", `_sgx_mrenclave` and `_sgx_mrsigner`).
//!
//! Gramine asks the processor for the key of the versions that run now (CPU SVN, ISV SVN) and for
//! no earlier one. So data sealed before an update of the microcode or of the enclave's SVN does
//! not open after it, other than [`Sealer`](super::Sealer) promises elsewhere: such an update is a planned
//! recovery ([`BoundTo`]).

use std::io;
use std::path::Path;
use std::sync::Arc;

use aecs_crypto::{RecordKey, SecretBytes};

use super::{BoundTo, KeySource, SealTo, Sealing, SealingMethod, SealingRules, SecurityVersion};
use crate::error::{Error, Result};
use crate::machine::Machine;

const TO_ENCLAVE: &str = "/dev/attestation/keys/_sgx_mrenclave";
const TO_SIGNER: &str = "/dev/attestation/keys/_sgx_mrsigner";
/// Bytes of a key.
const KEY: usize = 16;

/// A report of this enclave that the processor makes for the enclave itself. A quote would say the
/// same, but comes back from the host.
const OWN_TARGET: &str = "/dev/attestation/my_target_info";
const TARGET: &str = "/dev/attestation/target_info";
const REPORT: &str = "/dev/attestation/report";
/// Bytes of target info, and of a report (Intel SDM, "TARGETINFO" and "REPORT").
const TARGET_LEN: usize = 512;
const REPORT_LEN: usize = 432;
/// Where ISVPRODID is in a report.
const PRODUCT: usize = 256;

/// The keys of this enclave, if it may seal and this Gramine shows them.
pub(crate) fn open(machine: &Arc<dyn Machine>, rules: &SealingRules) -> Sealing {
    let product = match own_product(machine.as_ref()) {
        Ok(product) => product,
        Err(error) => {
            let reason = format!("Gramine does not tell the product id of the enclave: {error}");
            return Sealing::Unavailable { reason };
        }
    };
    if let Err(reason) = rules.check_product(product) {
        return Sealing::Unavailable { reason };
    }
    let keys = GramineKeys { machine: Arc::clone(machine) };
    for to in [SealTo::Enclave, SealTo::Signer] {
        if let Err(error) = keys.read(to) {
            let path = path(to);
            return Sealing::Unavailable {
                reason: format!("Gramine gives no sealing key in {path}: {error}"),
            };
        }
    }
    rules.of_enclave(product, Arc::new(keys))
}

fn own_product(machine: &dyn Machine) -> io::Result<u16> {
    let target = machine.read(Path::new(OWN_TARGET), TARGET_LEN)?;
    machine.write(Path::new(TARGET), &target)?;
    let report = machine.read(Path::new(REPORT), REPORT_LEN)?;
    let product = report.get(PRODUCT..).and_then(<[u8]>::first_chunk);
    match product {
        Some(product) if report.len() == REPORT_LEN => Ok(u16::from_le_bytes(*product)),
        _ => Err(io::Error::new(io::ErrorKind::InvalidData, "not a report of 432 bytes")),
    }
}

struct GramineKeys {
    machine: Arc<dyn Machine>,
}

fn path(to: SealTo) -> &'static str {
    match to {
        SealTo::Enclave => TO_ENCLAVE,
        SealTo::Signer => TO_SIGNER,
    }
}

impl GramineKeys {
    fn read(&self, to: SealTo) -> io::Result<SecretBytes> {
        let key = SecretBytes::from(self.machine.read(Path::new(path(to)), KEY)?);
        if key.len() != KEY || key.expose().iter().all(|byte| *byte == 0) {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "not a key of 16 bytes"));
        }
        Ok(key)
    }
}

impl KeySource for GramineKeys {
    fn method(&self) -> SealingMethod {
        SealingMethod::Gramine
    }

    fn bound_to(&self) -> BoundTo {
        BoundTo { versions: true, ..BoundTo::default() }
    }

    fn version(&self) -> SecurityVersion {
        SecurityVersion::default()
    }

    fn key(&self, to: SealTo, _version: SecurityVersion) -> Result<RecordKey> {
        let failed =
            |error: io::Error| Error::Device { path: path(to).into(), source: error.into() };
        Ok(RecordKey::of_platform(&self.read(to).map_err(failed)?, "Gramine")?)
    }
}
