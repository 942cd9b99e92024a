//! The border between C and Rust: nothing else looks at texts and bytes of C, and no panic leaves.

use std::ffi::{CStr, c_char};
use std::mem::MaybeUninit;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;

use crate::error::{Failure, Status};

/// What a call in Rust gives.
pub(crate) type Result<T> = std::result::Result<T, Failure>;

/// Where a call of C wants to have something: its variable, which may hold anything yet.
type Place<'a, T> = Option<&'a mut MaybeUninit<*mut T>>;

/// Runs something, and makes an error of a panic.
pub(crate) fn caught<T>(body: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|_| Err(Failure::panicked()))
}

/// Runs a call, and tells C what became of it.
pub(crate) fn call(error: Place<'_, Failure>, body: impl FnOnce() -> Result<()>) -> Status {
    let (status, failure) = match caught(body) {
        Ok(()) => (Status::Ok, ptr::null_mut()),
        Err(failure) => (failure.status(), Box::into_raw(Box::new(failure))),
    };
    match error {
        Some(place) => {
            place.write(failure);
        }
        None if failure.is_null() => {}
        // SAFETY: it was made above, and nobody else has it.
        None => drop(unsafe { Box::from_raw(failure) }),
    }
    status
}

/// Runs a call that makes something, which C gets as a handle; a null pointer if it fails.
pub(crate) fn give<T>(
    result: Place<'_, T>,
    error: Place<'_, Failure>,
    body: impl FnOnce() -> Result<T>,
) -> Status {
    give_some(result, error, || body().map(Some))
}

/// The same for a call that may make nothing.
pub(crate) fn give_some<T>(
    result: Place<'_, T>,
    error: Place<'_, Failure>,
    body: impl FnOnce() -> Result<Option<T>>,
) -> Status {
    call(error, || {
        let place = result.ok_or_else(|| Failure::null("the place for the result"))?;
        place.write(ptr::null_mut());
        if let Some(made) = body()? {
            place.write(Box::into_raw(Box::new(made)));
        }
        Ok(())
    })
}

/// Runs what cannot fail, and gives `otherwise` should it panic all the same.
pub(crate) fn quietly<T>(otherwise: T, body: impl FnOnce() -> T) -> T {
    catch_unwind(AssertUnwindSafe(body)).unwrap_or(otherwise)
}

/// A handle that must be there.
pub(crate) fn given<'a, T>(handle: Option<&'a T>, what: &str) -> Result<&'a T> {
    handle.ok_or_else(|| Failure::null(what))
}

/// The texts of C, each with what errors call it; a null pointer is an empty text.
///
/// # Safety
///
/// Each pointer is null, or leads to bytes that end with a NUL and stay as they are for `'a`.
pub(crate) unsafe fn texts<'a, const N: usize>(
    pointers: [(&str, *const c_char); N],
) -> Result<[&'a str; N]> {
    let mut texts = [""; N];
    for (text, (what, pointer)) in texts.iter_mut().zip(pointers) {
        if !pointer.is_null() {
            // SAFETY: the caller's promise.
            let bytes = unsafe { CStr::from_ptr(pointer) };
            *text = bytes.to_str().map_err(|_| Failure::usage(format!("{what} is not UTF-8")))?;
        }
    }
    Ok(texts)
}

/// An array of C, of bytes for instance; a null pointer without a length is none.
///
/// # Safety
///
/// The pointer is null, or leads to that many items, which stay as they are for `'a`.
pub(crate) unsafe fn items<'a, T>(what: &str, pointer: *const T, length: usize) -> Result<&'a [T]> {
    if length == 0 {
        return Ok(&[]);
    }
    check_array(what, pointer, length)?;
    // SAFETY: the caller's promise, and the length is one that memory can have.
    Ok(unsafe { std::slice::from_raw_parts(pointer, length) })
}

/// An array of C that is to be filled: it may hold anything yet.
///
/// # Safety
///
/// The pointer is null, or leads to room for that many items, which nobody else uses for `'a`.
pub(crate) unsafe fn places<'a, T>(
    what: &str,
    pointer: *mut T,
    length: usize,
) -> Result<&'a mut [MaybeUninit<T>]> {
    if length == 0 {
        return Ok(&mut []);
    }
    check_array(what, pointer, length)?;
    // SAFETY: the caller's promise, and the length is one that memory can have.
    Ok(unsafe { std::slice::from_raw_parts_mut(pointer.cast(), length) })
}

fn check_array<T>(what: &str, pointer: *const T, length: usize) -> Result<()> {
    if pointer.is_null() {
        return Err(Failure::null(what));
    }
    match length.checked_mul(size_of::<T>()).is_some_and(|size| isize::try_from(size).is_ok()) {
        true => Ok(()),
        false => Err(Failure::usage(format!("{what} has no length: {length}"))),
    }
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::panic,
        reason = "a test stops at what it does not expect"
    )]

    use super::*;

    #[test]
    fn a_panic_is_an_error_of_the_library() {
        let mut error = MaybeUninit::uninit();
        assert_eq!(call(Some(&mut error), || panic!("on purpose")), Status::Internal);
        // SAFETY: a call always writes it.
        let failure = unsafe { error.assume_init() };
        // SAFETY: it is the one that the call made.
        let failure = unsafe { Box::from_raw(failure) };
        assert!(failure.text().contains("defect"), "{}", failure.text());

        let mut result = MaybeUninit::<*mut u8>::uninit();
        assert_eq!(give(Some(&mut result), None, || panic!("on purpose")), Status::Internal);
        // SAFETY: a call always writes it.
        assert!(unsafe { result.assume_init() }.is_null());
        assert_eq!(quietly(7, || panic!("on purpose")), 7);
    }

    #[test]
    fn what_is_not_there_is_refused() {
        assert_eq!(give::<u8>(None, None, || Ok(1)), Status::Usage);
        assert_eq!(given::<u8>(None, "the client").unwrap_err().text(), "the client is NULL");
        // SAFETY: null pointers.
        let none = unsafe { texts([("the service", ptr::null())]) };
        assert_eq!(none.unwrap(), [""]);
        let latin = [0xE9, 0];
        // SAFETY: the bytes end with a NUL.
        let refused = unsafe { texts([("the service", latin.as_ptr().cast())]) };
        assert_eq!(refused.unwrap_err().text(), "the service is not UTF-8");
        // SAFETY: no byte is looked at.
        assert_eq!(unsafe { items::<u8>("the data", ptr::null(), 0) }.unwrap(), b"");
        // SAFETY: as above.
        assert!(unsafe { items::<u8>("the data", ptr::null(), 1) }.is_err());
        // SAFETY: as above.
        assert!(unsafe { items("the data", latin.as_ptr(), usize::MAX) }.is_err());
        // SAFETY: as above.
        assert!(unsafe { items("the data", [0_u64].as_ptr(), usize::MAX / 8) }.is_err());
        // SAFETY: as above.
        assert!(unsafe { places::<u8>("the places", ptr::null_mut(), 1) }.is_err());
    }
}
