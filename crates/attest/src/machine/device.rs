//! What requests to all devices have in common: limits, waiting, and texts of failures.

use std::io::{self, ErrorKind};
use std::path::Path;
use std::thread;
use std::time::Duration;

use aecs_ioctl::sev_guest::Failure;

use super::Machine;
use crate::error::{Check, Error, Result, limit};

/// Occlum's device. Outside of Occlum an old host driver may have one of the same name.
pub(crate) const OCCLUM: &str = "/dev/sgx";

/// The device of the SEV-SNP firmware.
pub(crate) const SEV_GUEST: &str = "/dev/sev-guest";

/// Report data, as it stands in every TEE's evidence.
pub(crate) type ReportData = [u8; 64];

/// How often something is tried that fails for a reason that passes.
pub(crate) const ATTEMPTS: u32 = 6;

/// The wait before the second attempt; it doubles with each further one.
const FIRST_WAIT: Duration = Duration::from_millis(5);

/// Refuses evidence that binds something else than it was asked to: the host, or somebody else in
/// the same TEE, answered for another request.
pub(crate) fn check_report_data(expected: &ReportData, actual: &[u8]) -> Result<()> {
    if actual == expected {
        return Ok(());
    }
    Err(Error::Mismatch {
        check: Check::REPORT_DATA,
        expected: hex::encode_upper(expected),
        actual: hex::encode_upper(actual),
    })
}

/// The file of a device.
#[derive(Clone, Copy)]
pub(crate) struct DeviceFile<'a> {
    pub(crate) machine: &'a dyn Machine,
    pub(crate) path: &'a Path,
}

impl DeviceFile<'_> {
    /// The whole content, which is not empty and has at most `max` bytes.
    pub(crate) fn read(self, what: &'static str, max: usize) -> Result<Vec<u8>> {
        let content = self.read_any(what, max)?;
        if content.is_empty() {
            return Err(Error::malformed(what, "the device gives nothing"));
        }
        Ok(content)
    }

    /// The whole content, which may be empty.
    pub(crate) fn read_any(self, what: &'static str, max: usize) -> Result<Vec<u8>> {
        let content = patiently(|| self.machine.read(self.path, max));
        let content = content.map_err(|error| device(self.path, error))?;
        limit(what, &content, max)?;
        Ok(content)
    }

    /// The content as a word or a number.
    pub(crate) fn read_text(self, what: &'static str) -> Result<String> {
        let content = self.read(what, 256)?;
        let text = String::from_utf8(content).map_err(|error| Error::malformed(what, error))?;
        Ok(text.trim_matches(['\n', '\0', ' ']).to_owned())
    }

    pub(crate) fn write(self, content: &[u8]) -> Result<()> {
        patiently(|| self.machine.write(self.path, content))
            .map_err(|error| device(self.path, error))
    }
}

/// The error of a device.
pub(crate) fn device(path: &Path, error: impl Into<crate::error::Source>) -> Error {
    Error::Device { path: path.to_owned(), source: error.into() }
}

/// Tries again, with longer and longer waits in between, while the reason for a failure passes by
/// itself: an interrupted call, or a device that is busy with somebody else's.
pub(crate) fn patiently<T>(mut attempt: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    let passes = |error: &io::Error| {
        matches!(
            error.kind(),
            ErrorKind::Interrupted | ErrorKind::ResourceBusy | ErrorKind::WouldBlock
        )
    };
    with_patience(&mut attempt, passes)
}

/// The same, with a say in what passes by itself.
pub(crate) fn with_patience<T, E>(
    attempt: &mut dyn FnMut() -> Result<T, E>,
    passes: impl Fn(&E) -> bool,
) -> Result<T, E> {
    let mut wait = FIRST_WAIT;
    for _ in 1..ATTEMPTS {
        match attempt() {
            Err(error) if passes(&error) => thread::sleep(wait),
            done => return done,
        }
        wait *= 2;
    }
    attempt()
}

/// Asks the SEV-SNP firmware, and again while the device or the hypervisor is busy.
pub(crate) fn ask_firmware(
    attempt: &mut dyn FnMut() -> Result<(), Failure>,
) -> Result<(), Failure> {
    let passes = |failure: &Failure| {
        failure.hypervisor == Failure::BUSY
            || matches!(
                failure.source.kind(),
                ErrorKind::Interrupted | ErrorKind::ResourceBusy | ErrorKind::WouldBlock
            )
    };
    with_patience(attempt, passes)
}

/// A unique name: of this process, and of no earlier one with its number.
pub(crate) fn unique_name() -> Result<String> {
    let random = aecs_crypto::random::<8>()?;
    Ok(format!("aecs-{}-{}", std::process::id(), hex::encode(random)))
}
