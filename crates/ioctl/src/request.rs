//! The numbers of requests, and the system call.

use std::io;
use std::os::fd::{AsRawFd as _, BorrowedFd};

/// The direction in which the argument is copied, which is part of a request's number (Linux,
/// `include/uapi/asm-generic/ioctl.h`).
#[derive(Clone, Copy)]
pub(crate) enum Direction {
    /// The device fills the argument (`_IOR`).
    Read,
    /// The device reads the argument and changes it (`_IOWR`).
    ReadWrite,
}

/// The number of a request: direction (2 bits), size of the argument (14), device (8), request (8).
pub(crate) const fn number<T>(direction: Direction, device: u8, request: u8) -> u32 {
    let size = size_of::<T>();
    assert!(size < 1 << 14, "the argument of an ioctl has less than 16 KiB");
    let direction: u32 = match direction {
        Direction::Read => 2,
        Direction::ReadWrite => 3,
    };
    #[expect(clippy::cast_possible_truncation, reason = "14 bits, as asserted")]
    let size = size as u32;
    (direction << 30) | (size << 16) | ((device as u32) << 8) | request as u32
}

/// Calls the device behind `fd`.
///
/// # Safety
///
/// - `request` is the number of a request of the device's driver with an argument of type `T`, or a
///   number that no driver knows.
/// - Every pointer in `argument` is valid until this function returns: for the length in
///   `argument`, and for reading or writing as the request does.
/// - `T` is `repr(C)`, has no padding that the driver reads, and every bit pattern is a valid `T`.
pub(crate) unsafe fn call<T>(fd: BorrowedFd<'_>, request: u32, argument: &mut T) -> io::Result<()> {
    // The C library takes the number as an unsigned long (glibc) or an int (musl): same bits.
    #[allow(clippy::cast_possible_wrap, clippy::unnecessary_cast, reason = "bits are what counts")]
    let request = request as libc::Ioctl;
    let argument: *mut T = argument;
    // SAFETY: `fd` is open while it is borrowed; `argument` comes from a unique reference, so it is
    // aligned and valid for reads and writes; the caller vouches for the rest.
    let result = unsafe { libc::ioctl(fd.as_raw_fd(), request, argument) };
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_the_kernel() {
        // BLKGETSIZE64 and TUNSETIFF's neighbour TUNGETFEATURES, from the kernel's headers.
        assert_eq!(number::<u64>(Direction::Read, 0x12, 114), 0x8008_1272);
        assert_eq!(number::<u32>(Direction::Read, b'T', 207), 0x8004_54CF);
        // FS_IOC_FIEMAP takes 32 bytes both ways.
        assert_eq!(number::<[u8; 32]>(Direction::ReadWrite, b'f', 11), 0xC020_660B);
    }
}
