//! `/dev/sev-guest`, on kernels without the common interface (see [`aecs_ioctl::sev_guest`]).

use std::io::ErrorKind;
use std::path::Path;

use aecs_ioctl::sev_guest::{Failure, PAGE, REPORT_RESPONSE};

use crate::error::{Error, Result};
use crate::limits;
use crate::machine::Machine;
use crate::machine::device::{ReportData, SEV_GUEST, ask_firmware, device};

/// Room for certificates at first: what the kernel itself had room for in the beginning.
const CERTIFICATES: usize = 4 * PAGE;

/// A report, and the host's certificates for it.
pub(super) struct SnpEvidence {
    pub(super) report: Vec<u8>,
    pub(super) certificates: Vec<u8>,
}

/// The device on a machine.
pub(super) struct SevGuest<'a>(pub(super) &'a dyn Machine);

impl SevGuest<'_> {
    /// A report for VMPL 0 over `data`, and the host's certificates if it has any.
    pub(super) fn report(&self, data: &ReportData) -> Result<SnpEvidence> {
        let mut response = [0; REPORT_RESPONSE];
        let mut certificates = vec![0; CERTIFICATES];
        let mut asked = self.ask(data, &mut response, Some(&mut certificates));
        if let Err(failure) = &asked
            && failure.hypervisor == Failure::NO_SPACE
        {
            let wanted = usize::try_from(failure.certificates_len).unwrap_or(usize::MAX);
            let wanted = wanted.checked_next_multiple_of(PAGE).unwrap_or(usize::MAX);
            if wanted > limits::CERTIFICATE_TABLE {
                let limit = limits::CERTIFICATE_TABLE;
                return Err(Error::TooLarge { what: "certificate table", actual: wanted, limit });
            }
            certificates = vec![0; wanted];
            asked = self.ask(data, &mut response, Some(&mut certificates));
        }
        if let Err(failure) = &asked
            && may_lack_certificates(failure)
        {
            // Not every host serves this request; the report itself comes from the firmware.
            certificates = Vec::new();
            asked = self.ask(data, &mut response, None);
        }
        asked.map_err(|failure| device(Path::new(SEV_GUEST), failure))?;
        Ok(SnpEvidence { report: read_response(&response)?, certificates })
    }

    fn ask(
        &self,
        data: &ReportData,
        response: &mut [u8; REPORT_RESPONSE],
        mut certificates: Option<&mut Vec<u8>>,
    ) -> Result<(), Failure> {
        let mut attempt = || {
            let certificates = certificates.as_mut().map(|buffer| buffer.as_mut_slice());
            self.0.snp_report(Path::new(SEV_GUEST), data, 0, response, certificates)
        };
        ask_firmware(&mut attempt)
    }
}

/// Whether the device may still give a report without certificates after this failure.
fn may_lack_certificates(failure: &Failure) -> bool {
    let no_device = [ErrorKind::NotFound, ErrorKind::PermissionDenied];
    failure.hypervisor != Failure::BUSY && !no_device.contains(&failure.source.kind())
}

/// The report in a response of the firmware (AMD, 56860, table 24): status and length of the
/// report in 4 bytes each, 24 reserved ones, the report.
fn read_response(response: &[u8; REPORT_RESPONSE]) -> Result<Vec<u8>> {
    let malformed = |reason: String| Error::malformed("response of the SEV-SNP firmware", reason);
    let (head, rest) = response.split_at(32);
    let number = |at: usize| {
        head.get(at..).and_then(<[u8]>::first_chunk).map_or(0, |bytes| u32::from_le_bytes(*bytes))
    };
    let (status, len) = (number(0), number(4));
    if status != 0 {
        return Err(malformed(format!("status {status:#x}")));
    }
    usize::try_from(len)
        .ok()
        .and_then(|len| rest.get(..len))
        .map(<[u8]>::to_vec)
        .ok_or_else(|| malformed(format!("a report of {len} bytes does not fit")))
}
