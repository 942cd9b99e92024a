//! Sealing keys of SEV-SNP: derived by the firmware from the chip's VCEK (or the VLEK where a cloud
//! has loaded one), the guest's measurement and policy, its SVN and the platform's TCB version
//! (AMD, 56860, MSG_KEY_REQ).
//!
//! A key can depend on the family and image id, too, but on nothing that proves who signed a guest:
//! the host may launch any code under any such ids. So what is sealed to the signer is sealed to
//! the measurement here, and opens in this very guest only. The firmware mixes in the host data by
//! itself. Where the measurement is the firmware of a cloud, every guest on the chip is this very
//! guest: so sealing has to be asked for by who knows what is measured.

use std::path::Path;
use std::sync::Arc;

use aecs_crypto::{RecordKey, SecretBytes};
use aecs_ioctl::sev_guest::{KEY_RESPONSE, KeyRequest};
use zeroize::Zeroizing;

use super::{BoundTo, KeySource, SealTo, Sealing, SealingMethod, SealingRules, SecurityVersion};
use crate::attributes::clouds;
use crate::error::{Error, Result};
use crate::machine::Machine;
use crate::machine::device::{SEV_GUEST, ask_firmware};
use crate::platform::Platform;

/// Derive from the key that signs reports, not from one that a migration agent may know.
const SIGNING_KEY: u32 = 0;
const GUEST_POLICY: u64 = 1 << 0;
const MEASUREMENT: u64 = 1 << 3;
const GUEST_SVN: u64 = 1 << 4;
const TCB_VERSION: u64 = 1 << 5;
/// Where the launch measurement is in a report.
const MEASURED: std::ops::Range<usize> = 0x90..0xC0;

/// The keys of this guest, if it may seal and its firmware gives any. `own_report` makes a report
/// of the guest.
pub(crate) fn open(
    machine: Arc<dyn Machine>,
    rules: &SealingRules,
    own_report: impl FnOnce() -> Result<Vec<u8>>,
) -> Result<Sealing> {
    let unavailable = |reason: String| Ok(Sealing::Unavailable { reason });
    if !rules.snp_measurement {
        return unavailable(
            "nothing says that the launch measurement of this SEV-SNP guest covers kernel and \
             initial RAM disk; with a cloud's firmware any guest on the chip derives the same keys \
             (state it for a machine that is booted directly: sealing.snp = measurement)"
                .into(),
        );
    }
    if !machine.exists(Path::new(SEV_GUEST)).unwrap_or(false) {
        return unavailable(format!("there is no {SEV_GUEST} to ask the firmware for keys"));
    }
    let report = own_report()?;
    let own = KeyInputs::read(&report)
        .ok_or_else(|| Error::malformed("SEV-SNP report", "too short for a guest's versions"))?;
    let measurement = report.get(MEASURED).map(hex::encode_upper).unwrap_or_default();
    if let Some(cloud) = clouds::firmware(Platform::SevSnp, &measurement) {
        return unavailable(format!(
            "the launch measurement of this guest is the firmware of {cloud}: any guest there \
             derives the same keys, whatever sealing.snp says"
        ));
    }
    let keys = SnpKeys { machine, own };
    match keys.key(SealTo::Enclave, keys.version()) {
        Ok(_) => Ok(Sealing::Sealer(Arc::new(keys))),
        Err(error) => {
            let cause = std::error::Error::source(&error).map(ToString::to_string);
            unavailable(format!(
                "the SEV-SNP firmware gives no key: {error}: {}",
                cause.unwrap_or_default()
            ))
        }
    }
}

/// What the guest's report says that a key may depend on.
#[derive(Debug, Clone, Copy)]
struct KeyInputs {
    guest_svn: u32,
    vmpl: u32,
    committed_tcb: u64,
}

impl KeyInputs {
    /// AMD, 56860, table 22.
    fn read(report: &[u8]) -> Option<Self> {
        let word =
            |at: usize| report.get(at..)?.first_chunk().map(|bytes| u32::from_le_bytes(*bytes));
        let committed_tcb = u64::from_le_bytes(*report.get(0x1E0..)?.first_chunk()?);
        Some(Self { guest_svn: word(0x04)?, vmpl: word(0x30)?, committed_tcb })
    }
}

struct SnpKeys {
    machine: Arc<dyn Machine>,
    own: KeyInputs,
}

impl KeySource for SnpKeys {
    fn method(&self) -> SealingMethod {
        SealingMethod::Snp
    }

    fn bound_to(&self) -> BoundTo {
        BoundTo { code: true, ..BoundTo::default() }
    }

    fn version(&self) -> SecurityVersion {
        let mut platform = [0; 16];
        for (byte, own) in platform.iter_mut().zip(self.own.committed_tcb.to_le_bytes()) {
            *byte = own;
        }
        SecurityVersion { code: self.own.guest_svn, platform }
    }

    fn key(&self, _to: SealTo, version: SecurityVersion) -> Result<RecordKey> {
        let [a, b, c, d, e, f, g, h, ..] = version.platform;
        let tcb_version = u64::from_le_bytes([a, b, c, d, e, f, g, h]);
        let request = KeyRequest {
            root_key_select: SIGNING_KEY,
            reserved: 0,
            guest_field_select: GUEST_POLICY | MEASUREMENT | GUEST_SVN | TCB_VERSION,
            vmpl: self.own.vmpl,
            guest_svn: version.code,
            tcb_version,
        };
        let device = Path::new(SEV_GUEST);
        let failed =
            |source: crate::error::Source| Error::Device { path: device.to_owned(), source };
        let mut response = Zeroizing::new([0; KEY_RESPONSE]);
        let mut ask = || self.machine.snp_key(device, &request, &mut response);
        ask_firmware(&mut ask).map_err(|failure| failed(failure.into()))?;
        // Status in 4 bytes, 28 reserved ones, the key.
        let (head, key) = response.split_at(32);
        match head.first_chunk().map(|status| u32::from_le_bytes(*status)) {
            Some(0) => {}
            status => {
                let status = status.unwrap_or_default();
                let reason = format!(
                    "the firmware gives no key for guest SVN {} and TCB version {tcb_version:016X}: \
                     status {status:#x}",
                    version.code
                );
                return Err(failed(reason.into()));
            }
        }
        Ok(RecordKey::of_platform(&SecretBytes::from(key.to_vec()), "SEV-SNP")?)
    }
}
