//! `/dev/sev-guest`: requests of an SEV-SNP guest to its firmware.
//!
//! Sources: Linux, `include/uapi/linux/sev-guest.h` and `Documentation/virt/coco/sev-guest.rst`;
//! AMD, "SEV Secure Nested Paging Firmware ABI Specification", 56860, chapter 7, for the content of
//! the messages.

use std::fmt;
use std::io;
use std::os::fd::BorrowedFd;

use crate::request::{Direction, call, number};

/// Length of the report data, which the guest chooses, in bytes.
pub const REPORT_DATA: usize = 64;
/// Length of the firmware's answer to a request for a report, in bytes.
pub const REPORT_RESPONSE: usize = 4000;
/// Length of the firmware's answer to a request for a key, in bytes.
pub const KEY_RESPONSE: usize = 64;
/// The length of a buffer for certificates must be a multiple of this, in bytes.
pub const PAGE: usize = 4096;

const DEVICE: u8 = b'S';
const GET_REPORT: u32 = number::<GuestRequest>(Direction::ReadWrite, DEVICE, 0);
const GET_DERIVED_KEY: u32 = number::<GuestRequest>(Direction::ReadWrite, DEVICE, 1);
const GET_EXT_REPORT: u32 = number::<GuestRequest>(Direction::ReadWrite, DEVICE, 2);

/// Version of the messages: the first one, which every firmware supports.
const MESSAGE_VERSION: u64 = 1;

/// Argument of every request (`struct snp_guest_request_ioctl`).
#[repr(C)]
struct GuestRequest {
    /// In: version of the message in the first byte. The other bytes are padding in C.
    message_version: u64,
    /// In: address of the request.
    request: u64,
    /// In: address of the response.
    response: u64,
    /// Out: the firmware's error in the lower half, the hypervisor's in the upper one.
    errors: u64,
}

/// `struct snp_report_req`.
#[repr(C)]
struct ReportRequest {
    report_data: [u8; REPORT_DATA],
    vmpl: u32,
    reserved: [u8; 28],
}

/// `struct snp_ext_report_req`.
#[repr(C)]
struct ExtendedReportRequest {
    report: ReportRequest,
    /// In: address of the buffer for certificates.
    certificates: u64,
    /// In: its size. Out: the required size, if it was too small.
    certificates_len: u32,
    padding: u32,
}

/// The values that a derived key depends on (`struct snp_derived_key_req`; MSG_KEY_REQ of the
/// firmware ABI).
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct KeyRequest {
    /// 0: the chip's VCEK. 1: the VM's own root key, which a migration agent may know.
    pub root_key_select: u32,
    /// Zero.
    pub reserved: u32,
    /// Bits that select values: 0 guest policy, 1 image id, 2 family id, 3 measurement, 4 guest
    /// SVN, 5 TCB version.
    pub guest_field_select: u64,
    /// VMPL of the key; at least the caller's own.
    pub vmpl: u32,
    /// Guest SVN of the key; at most the guest's own.
    pub guest_svn: u32,
    /// TCB version of the key; at most the committed one.
    pub tcb_version: u64,
}

const _: () = assert!(size_of::<GuestRequest>() == 32);
const _: () = assert!(size_of::<ReportRequest>() == 96);
const _: () = assert!(size_of::<ExtendedReportRequest>() == 112);
const _: () = assert!(size_of::<KeyRequest>() == 32);
const _: () = assert!(std::mem::offset_of!(ExtendedReportRequest, certificates) == 96);
const _: () = assert!(std::mem::offset_of!(ExtendedReportRequest, certificates_len) == 104);
const _: () = assert!(std::mem::offset_of!(KeyRequest, tcb_version) == 24);
const _: () = assert!(GET_REPORT == 0xC020_5300);
const _: () = assert!(GET_DERIVED_KEY == 0xC020_5301);
const _: () = assert!(GET_EXT_REPORT == 0xC020_5302);
// The first byte is that of the version only on little endian machines, as all with SEV-SNP are.
const _: () = assert!(cfg!(target_endian = "little"));

/// A failed request.
#[derive(Debug)]
pub struct Failure {
    /// The error of the system call.
    pub source: io::Error,
    /// Error of the firmware; 0 if there is none (`enum sev_ret_code`).
    pub firmware: u32,
    /// Error of the hypervisor; 0 if there is none. See [`Failure::NO_SPACE`] and
    /// [`Failure::BUSY`].
    pub hypervisor: u32,
    /// With [`Failure::NO_SPACE`]: length of the certificates in bytes.
    pub certificates_len: u32,
}

impl Failure {
    /// The buffer for certificates is too small (`SNP_GUEST_VMM_ERR_INVALID_LEN`).
    pub const NO_SPACE: u32 = 1;
    /// The hypervisor is busy (`SNP_GUEST_VMM_ERR_BUSY`).
    pub const BUSY: u32 = 2;
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { source, firmware, hypervisor, .. } = self;
        write!(f, "{source} (firmware error {firmware:#x}, hypervisor error {hypervisor:#x})")
    }
}

impl std::error::Error for Failure {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}

/// Writes the firmware's answer to a request for a report into `response` (`SNP_GET_REPORT`).
///
/// # Errors
///
/// [`Failure`]; `ENOTTY` from any other device.
pub fn report(
    device: BorrowedFd<'_>,
    report_data: &[u8; REPORT_DATA],
    vmpl: u32,
    response: &mut [u8; REPORT_RESPONSE],
) -> Result<(), Failure> {
    let request = ReportRequest { report_data: *report_data, vmpl, reserved: [0; 28] };
    let mut argument = GuestRequest {
        message_version: MESSAGE_VERSION,
        request: address(&request),
        response: address_mut(response),
        errors: 0,
    };
    // SAFETY: the number holds the size of `GuestRequest`. `request` and `response` live beyond the
    // call and have the sizes of this request's structures: 96 bytes, which are read, and 4000,
    // which are written.
    let done = unsafe { call(device, GET_REPORT, &mut argument) };
    outcome(done, argument.errors, 0)
}

/// Like [`report`], and writes the host's certificates for the report into `certificates`, as a
/// GUID table (`SNP_GET_EXT_REPORT`).
///
/// # Errors
///
/// [`Failure`], with [`Failure::NO_SPACE`] if `certificates` is too small; `EINVAL` if its length
/// is not a multiple of [`PAGE`].
pub fn extended_report(
    device: BorrowedFd<'_>,
    report_data: &[u8; REPORT_DATA],
    vmpl: u32,
    response: &mut [u8; REPORT_RESPONSE],
    certificates: &mut [u8],
) -> Result<(), Failure> {
    let certificates_len = match u32::try_from(certificates.len()) {
        Ok(len) if certificates.len().is_multiple_of(PAGE) => len,
        _ => {
            let source = io::Error::from_raw_os_error(libc::EINVAL);
            return Err(Failure { source, firmware: 0, hypervisor: 0, certificates_len: 0 });
        }
    };
    let mut request = ExtendedReportRequest {
        report: ReportRequest { report_data: *report_data, vmpl, reserved: [0; 28] },
        certificates: certificates.as_mut_ptr().expose_provenance() as u64,
        certificates_len,
        padding: 0,
    };
    let mut argument = GuestRequest {
        message_version: MESSAGE_VERSION,
        request: address_mut(&mut request),
        response: address_mut(response),
        errors: 0,
    };
    // SAFETY: as in `report`; this request's structure has 112 bytes, of which the length is
    // written, and names `certificates`, a buffer of exactly that length that outlives the call.
    let done = unsafe { call(device, GET_EXT_REPORT, &mut argument) };
    outcome(done, argument.errors, request.certificates_len)
}

/// Writes the firmware's answer to a request for a key into `response` (`SNP_GET_DERIVED_KEY`). The
/// caller must wipe it.
///
/// # Errors
///
/// [`Failure`].
pub fn derived_key(
    device: BorrowedFd<'_>,
    request: &KeyRequest,
    response: &mut [u8; KEY_RESPONSE],
) -> Result<(), Failure> {
    let mut argument = GuestRequest {
        message_version: MESSAGE_VERSION,
        request: address(request),
        response: address_mut(response),
        errors: 0,
    };
    // SAFETY: as in `report`; the structures of this request have 32 bytes, which are read, and
    // 64, which are written.
    let done = unsafe { call(device, GET_DERIVED_KEY, &mut argument) };
    outcome(done, argument.errors, 0)
}

/// The address of a value that the kernel reads.
fn address<T>(value: &T) -> u64 {
    std::ptr::from_ref(value).expose_provenance() as u64
}

/// The address of a value that the kernel writes.
fn address_mut<T>(value: &mut T) -> u64 {
    std::ptr::from_mut(value).expose_provenance() as u64
}

/// Some kernels return success together with an error of the firmware or the hypervisor.
fn outcome(done: io::Result<()>, errors: u64, certificates_len: u32) -> Result<(), Failure> {
    let [a, b, c, d, e, f, g, h] = errors.to_le_bytes();
    let firmware = u32::from_le_bytes([a, b, c, d]);
    let hypervisor = u32::from_le_bytes([e, f, g, h]);
    let source = match done {
        Ok(()) if firmware == 0 && hypervisor == 0 => return Ok(()),
        Ok(()) => io::Error::other("the call succeeded, but the request failed"),
        Err(error) => error,
    };
    Err(Failure { source, firmware, hypervisor, certificates_len })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

    use std::os::fd::AsFd as _;

    use super::*;

    #[test]
    fn a_file_that_is_no_device_refuses() {
        let file = tempfile::tempfile().unwrap();
        let (device, data) = (file.as_fd(), [0; REPORT_DATA]);
        let mut response = [0xA5; REPORT_RESPONSE];
        let mut certificates = vec![0xA5; PAGE];
        let mut key = [0xA5; KEY_RESPONSE];
        let refusals = [
            report(device, &data, 0, &mut response),
            extended_report(device, &data, 0, &mut response, &mut certificates),
            derived_key(device, &KeyRequest::default(), &mut key),
        ];
        for refused in refusals {
            let refused = refused.unwrap_err();
            assert_eq!(refused.source.raw_os_error(), Some(libc::ENOTTY));
            assert_eq!((refused.firmware, refused.hypervisor), (0, 0));
        }
        assert!(response.iter().chain(&certificates).chain(&key).all(|byte| *byte == 0xA5));
    }

    #[test]
    fn certificates_come_in_whole_pages() {
        let file = tempfile::tempfile().unwrap();
        let mut response = [0; REPORT_RESPONSE];
        for len in [1, PAGE - 1, PAGE + 1] {
            let mut certificates = vec![0; len];
            let refused =
                extended_report(file.as_fd(), &[0; 64], 0, &mut response, &mut certificates);
            assert_eq!(refused.unwrap_err().source.raw_os_error(), Some(libc::EINVAL));
        }
    }

    #[test]
    fn an_error_beside_a_success_is_an_error() {
        assert!(outcome(Ok(()), 0, 0).is_ok());
        let refused = outcome(Ok(()), 1 << 32, 8192).unwrap_err();
        assert_eq!((refused.firmware, refused.hypervisor), (0, Failure::NO_SPACE));
        assert_eq!(refused.certificates_len, 8192);
        let refused = outcome(Err(io::Error::from_raw_os_error(libc::EIO)), 0x16, 0).unwrap_err();
        assert_eq!((refused.firmware, refused.hypervisor), (0x16, 0));
        assert!(refused.to_string().contains("firmware error 0x16"));
    }
}
