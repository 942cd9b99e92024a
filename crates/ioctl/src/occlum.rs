//! `/dev/sgx`, as the library OS Occlum provides it to programs in its enclave.
//!
//! Source: Occlum, `src/libos/src/fs/dev_fs/dev_sgx` and `test/ioctl`. Old host drivers have a
//! device with the same name. It knows other requests, and answers these with an error.

use std::io;
use std::os::fd::BorrowedFd;

use crate::request::{Direction, call, number};

/// Length of the report data, which the enclave chooses, in bytes.
pub const REPORT_DATA: usize = 64;
/// Length of a report in bytes (`sgx_report_t`; Intel SDM, "REPORT").
pub const REPORT: usize = 432;
/// Length of a key in bytes.
pub const KEY: usize = 16;

const DEVICE: u8 = b's';
const CREATE_REPORT: u32 = number::<CreateReport>(Direction::ReadWrite, DEVICE, 4);
const GET_DCAP_QUOTE_SIZE: u32 = number::<u32>(Direction::Read, DEVICE, 7);
const GET_KEY: u32 = number::<GetKey>(Direction::ReadWrite, DEVICE, 11);
const GEN_DCAP_QUOTE: u32 = number::<GenDcapQuote>(Direction::ReadWrite, DEVICE, 8);

/// Argument of `SGXIOC_CREATE_REPORT`.
#[repr(C)]
struct CreateReport {
    /// In: the receiver of the report; null for none.
    target_info: *const u8,
    /// In: [`REPORT_DATA`] bytes; null for zeros.
    report_data: *const u8,
    /// Out: the report.
    report: *mut AlignedReport,
}

/// A report with the alignment that the processor needs.
#[repr(C, align(512))]
struct AlignedReport([u8; REPORT]);

/// Argument of `SGXIOC_GEN_DCAP_QUOTE`.
#[repr(C)]
struct GenDcapQuote {
    /// In: [`REPORT_DATA`] bytes.
    report_data: *const u8,
    /// In: size of the buffer. Out: length of the quote.
    quote_len: *mut u32,
    /// Out: the quote.
    quote: *mut u8,
}

/// The values that a key of the processor depends on (`sgx_key_request_t`; Intel SDM,
/// "KEYREQUEST").
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct KeyRequest {
    /// Kind of key; 4 is a sealing key.
    pub key_name: u16,
    /// Bit 0 binds the key to the enclave's measurement, bit 1 to its signer.
    pub key_policy: u16,
    /// Security version of the enclave; at most its own.
    pub isv_svn: u16,
    /// Zero.
    pub reserved: u16,
    /// Security version of the processor; at most its own.
    pub cpu_svn: [u8; 16],
    /// The enclave's flags on which the key depends.
    pub flags_mask: u64,
    /// The enclave's processor features on which the key depends.
    pub xfrm_mask: u64,
    /// Key id for wear-out protection; zeros give the same key every time.
    pub key_id: [u8; 32],
    /// The enclave's MISCSELECT bits on which the key depends.
    pub misc_mask: u32,
    /// Security version of the enclave's configuration; at most its own.
    pub config_svn: u16,
    /// Zeros.
    pub reserved_2: [u8; 434],
}

/// Argument of `SGXIOC_GET_KEY`.
#[repr(C)]
struct GetKey {
    /// In: a [`KeyRequest`].
    request: *const KeyRequest,
    /// Out: [`KEY`] bytes.
    key: *mut u8,
}

const _: () = assert!(size_of::<KeyRequest>() == 512);
const _: () = assert!(std::mem::offset_of!(KeyRequest, misc_mask) == 72);
const _: () = assert!(size_of::<GetKey>() == 16);
const _: () = assert!(GET_KEY == 0xC010_730B);
const _: () = assert!(size_of::<CreateReport>() == 24);
const _: () = assert!(CREATE_REPORT == 0xC018_7304);
const _: () = assert!(size_of::<GenDcapQuote>() == 24);
const _: () = assert!(GET_DCAP_QUOTE_SIZE == 0x8004_7307);
const _: () = assert!(GEN_DCAP_QUOTE == 0xC018_7308);

/// Writes the processor's report about this enclave into `report` (`SGXIOC_CREATE_REPORT`). It has
/// no receiver and no report data.
///
/// # Errors
///
/// Errors of the device; `ENOTTY` from any device that is not Occlum's.
pub fn report(device: BorrowedFd<'_>, report: &mut [u8; REPORT]) -> io::Result<()> {
    let mut aligned = AlignedReport([0; REPORT]);
    let mut argument = CreateReport {
        target_info: std::ptr::null(),
        report_data: std::ptr::null(),
        report: &raw mut aligned,
    };
    // SAFETY: the number holds the size of `CreateReport`. Its one pointer that is not null comes
    // from a reference that lives beyond the call, for writing 432 bytes, of which it has more.
    unsafe { call(device, CREATE_REPORT, &mut argument) }?;
    *report = aligned.0;
    Ok(())
}

/// The length that a quote will have, in bytes (`SGXIOC_GET_DCAP_QUOTE_SIZE`).
///
/// # Errors
///
/// Errors of the device; `ENOTTY` from any device that is not Occlum's.
pub fn quote_size(device: BorrowedFd<'_>) -> io::Result<u32> {
    let mut size = 0_u32;
    // SAFETY: the request writes a u32, which `size` is and its number says; it has no pointers.
    unsafe { call(device, GET_DCAP_QUOTE_SIZE, &mut size) }?;
    Ok(size)
}

/// Writes a quote over `report_data` into `quote` (`SGXIOC_GEN_DCAP_QUOTE`). Returns the length
/// that the device reports, which is at most the length of `quote`.
///
/// # Errors
///
/// Errors of the device; [`io::ErrorKind::InvalidInput`] for a buffer of 4 GiB or more;
/// [`io::ErrorKind::InvalidData`] if the device reports a length that does not fit.
pub fn quote(
    device: BorrowedFd<'_>,
    report_data: &[u8; REPORT_DATA],
    quote: &mut [u8],
) -> io::Result<usize> {
    let mut quote_len =
        u32::try_from(quote.len()).map_err(|_| io::Error::from(io::ErrorKind::InvalidInput))?;
    let mut argument = GenDcapQuote {
        report_data: report_data.as_ptr(),
        quote_len: &raw mut quote_len,
        quote: quote.as_mut_ptr(),
    };
    // SAFETY: the number holds the size of `GenDcapQuote`. Its pointers come from references that
    // live beyond the call: `report_data` for reading 64 bytes, `quote_len` and `quote` for
    // writing; the device writes no more to `quote` than `quote_len`, its length, allows.
    unsafe { call(device, GEN_DCAP_QUOTE, &mut argument) }?;
    match usize::try_from(quote_len) {
        Ok(len) if len <= quote.len() => Ok(len),
        _ => Err(io::Error::from(io::ErrorKind::InvalidData)),
    }
}

/// Writes a key of the processor for this enclave into `key` (`SGXIOC_GET_KEY`). The caller must
/// wipe it.
///
/// # Errors
///
/// Errors of the device.
pub fn key(device: BorrowedFd<'_>, request: &KeyRequest, key: &mut [u8; KEY]) -> io::Result<()> {
    let mut argument = GetKey { request, key: key.as_mut_ptr() };
    // SAFETY: the number holds the size of `GetKey`. Its pointers come from references that live
    // beyond the call: `request` for reading 512 bytes, `key` for writing 16.
    unsafe { call(device, GET_KEY, &mut argument) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

    use std::os::fd::AsFd as _;

    use super::*;

    #[test]
    fn a_file_that_is_no_device_refuses() {
        let file = tempfile::tempfile().unwrap();
        let refused = quote_size(file.as_fd()).unwrap_err();
        assert_eq!(refused.raw_os_error(), Some(libc::ENOTTY));
        let mut buffer = [0xA5; 128];
        let refused = quote(file.as_fd(), &[0; REPORT_DATA], &mut buffer).unwrap_err();
        assert_eq!(refused.raw_os_error(), Some(libc::ENOTTY));
        assert_eq!(buffer, [0xA5; 128], "nothing was written");
        let mut own = [0xA5; REPORT];
        let refused = report(file.as_fd(), &mut own).unwrap_err();
        assert_eq!(refused.raw_os_error(), Some(libc::ENOTTY));
        assert_eq!(own, [0xA5; REPORT]);
        let request = KeyRequest {
            key_name: 4,
            key_policy: 1,
            isv_svn: 0,
            reserved: 0,
            cpu_svn: [0; 16],
            flags_mask: 0,
            xfrm_mask: 0,
            key_id: [0; 32],
            misc_mask: 0,
            config_svn: 0,
            reserved_2: [0; 434],
        };
        let mut sealing_key = [0xA5; KEY];
        let refused = key(file.as_fd(), &request, &mut sealing_key).unwrap_err();
        assert_eq!(refused.raw_os_error(), Some(libc::ENOTTY));
        assert_eq!(sealing_key, [0xA5; KEY]);
    }
}
