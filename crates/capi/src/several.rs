//! Several secrets, or several operations with a key, in one call.

use std::ffi::c_char;
use std::mem::MaybeUninit;
use std::ptr;

use aecs_client::{KeyUse, Operation};

use crate::border::{Result, call, given, items, places, texts};
use crate::client::{Client, service_or_own};
use crate::data::Data;
use crate::error::{Failure, Status};
use crate::secret::Secret;
use crate::transit::algorithm;

/// A secret that is wanted.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    /// NULL or empty for one that this application created.
    pub service: *const c_char,
    /// Its name.
    pub secret: *const c_char,
}

/// What became of one of several secrets: exactly one of both is not NULL after a call that succeeded. The
/// caller frees it.
#[repr(C)]
#[derive(Debug)]
pub struct Found {
    /// The secret.
    pub secret: *mut Secret,
    /// Why there is none.
    pub error: *mut Failure,
}

/// Gets several secrets in one call. wanted: an array of count. found: an array of count places, which get, in
/// the same order, a secret or why there is none. What the server says of one does not concern the others: the
/// call succeeds. If it fails, no place has anything. The caller frees each secret and each error in found.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aecs_client_get_many(
    client: Option<&Client>,
    wanted: *const Wanted,
    count: usize,
    found: *mut Found,
    error: Option<&mut MaybeUninit<*mut Failure>>,
) -> Status {
    // SAFETY: what the header asks of the caller.
    let wanted = unsafe { items("the array of secrets", wanted, count) };
    // SAFETY: what the header asks of the caller.
    let found = unsafe { places("the array of places", found, count) };
    call(error, || {
        let places = found?;
        for place in &mut *places {
            place.write(Found { secret: ptr::null_mut(), error: ptr::null_mut() });
        }
        let name = |one: &Wanted| {
            // SAFETY: what the header asks of the caller.
            let names = unsafe { texts([("a service", one.service), ("a secret", one.secret)]) };
            let [service, secret] = names?;
            Ok(aecs_client::Wanted::new(service_or_own(service), secret))
        };
        let wanted = wanted?.iter().map(name).collect::<Result<Vec<_>>>()?;
        let got = given(client, "the client")?.call(|ta| ta.get_many(&wanted))?;
        for (place, one) in places.iter_mut().zip(got) {
            place.write(match one {
                Ok(secret) => Found { secret: owned(secret.into()), error: ptr::null_mut() },
                Err(refused) => Found { secret: ptr::null_mut(), error: owned(refused.into()) },
            });
        }
        Ok(())
    })
}

/// Something that C frees.
fn owned<T>(made: T) -> *mut T {
    Box::into_raw(Box::new(made))
}

/// What is done with a key. The numbers are those on the wire.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// As aecs_client_encrypt: input, associated; gives sealed.
    Encrypt = 1,
    /// As aecs_client_decrypt: sealed, associated; gives output.
    Decrypt = 2,
    /// As aecs_client_rewrap: sealed, associated; gives sealed.
    Rewrap = 3,
    /// As aecs_client_sign: algorithm, input; gives sealed.
    Sign = 4,
    /// As aecs_client_verify: algorithm, input, sealed; gives valid.
    Verify = 5,
    /// As aecs_client_mac: input; gives sealed.
    Mac = 6,
    /// As aecs_client_verify_mac: input, sealed; gives valid.
    VerifyMac = 7,
    /// As aecs_client_derive: input, length, version; gives output and version.
    Derive = 8,
    /// As aecs_client_wrap: input, associated; gives sealed.
    Wrap = 9,
    /// As aecs_client_unwrap: sealed, associated; gives output.
    Unwrap = 10,
    /// As aecs_client_data_key: length, associated; gives output and sealed.
    DataKey = 11,
    /// As aecs_client_random: length; gives output.
    Random = 12,
}

/// One operation with a key. What the operation does not need is not looked at, and may be 0.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct KeyOperation {
    /// An aecs_use.
    pub kind: u32,
    /// An aecs_signature.
    pub algorithm: u32,
    /// The data, the message, the key or the context.
    pub input: *const u8,
    /// How many bytes it has.
    pub input_size: usize,
    /// The associated data.
    pub associated: *const u8,
    /// How many bytes it has.
    pub associated_size: usize,
    /// The ciphertext, signature or MAC.
    pub sealed: *const c_char,
    /// How many bytes are wanted.
    pub length: u32,
    /// The version of the key; 0 for the current one.
    pub version: u64,
}

/// Takes an operation over the border.
///
/// # Safety
///
/// As [`texts`] and [`items`], for what the operation needs.
unsafe fn read(it: &KeyOperation) -> Result<Operation> {
    let kind = i32::try_from(it.kind).ok().and_then(|kind| KeyUse::try_from(kind).ok());
    // SAFETY: the caller's promise.
    let input = || unsafe { items("the input", it.input, it.input_size) };
    // SAFETY: the caller's promise.
    let associated = || unsafe { items("the associated data", it.associated, it.associated_size) };
    // SAFETY: the caller's promise.
    let sealed = || unsafe { texts([("the text", it.sealed)]) }.map(|[sealed]| sealed);
    Ok(match kind {
        Some(KeyUse::Encrypt) => Operation::encrypt(input()?, associated()?),
        Some(KeyUse::Decrypt) => Operation::decrypt(sealed()?, associated()?),
        Some(KeyUse::Rewrap) => Operation::rewrap(sealed()?, associated()?),
        Some(KeyUse::Sign) => Operation::sign(algorithm(it.algorithm)?, input()?),
        Some(KeyUse::Verify) => Operation::verify(algorithm(it.algorithm)?, input()?, sealed()?),
        Some(KeyUse::Mac) => Operation::mac(input()?),
        Some(KeyUse::VerifyMac) => Operation::verify_mac(input()?, sealed()?),
        Some(KeyUse::Derive) => {
            Operation::derive(input()?, it.length, Some(it.version).filter(|number| *number != 0))
        }
        Some(KeyUse::Wrap) => Operation::wrap(input()?, associated()?),
        Some(KeyUse::Unwrap) => Operation::unwrap(sealed()?, associated()?),
        Some(KeyUse::DataKey) => Operation::data_key(it.length, associated()?),
        Some(KeyUse::Random) => Operation::random(it.length),
        _ => return Err(Failure::usage(format!("unknown use {} of a key", it.kind))),
    })
}

/// What an operation made: error is NULL, or everything else is. The caller frees output, sealed and error.
#[repr(C)]
#[derive(Debug)]
pub struct KeyOutcome {
    /// What was decrypted, unwrapped, derived or made; empty for other operations.
    pub output: *mut Data,
    /// The ciphertext, signature or MAC, a text; empty for other operations.
    pub sealed: *mut Data,
    /// Why the operation was not done.
    pub error: *mut Failure,
    /// The version of the key that was used; 0 if none was.
    pub version: u64,
    /// Whether the signature or the MAC is right.
    pub valid: bool,
}

impl KeyOutcome {
    const NONE: Self = Self {
        output: ptr::null_mut(),
        sealed: ptr::null_mut(),
        error: ptr::null_mut(),
        version: 0,
        valid: false,
    };
}

/// Does up to 100 operations with a key of a service in one request. operations: an array of count.
/// outcomes: an array of count places, in the same order. What is wrong with one operation is in its outcome, and
/// the call succeeds; if one is not allowed, none is done, and the call fails. If it fails, no place has
/// anything. The caller frees what is in outcomes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aecs_client_batch(
    client: Option<&Client>,
    service: *const c_char,
    secret: *const c_char,
    operations: *const KeyOperation,
    count: usize,
    outcomes: *mut KeyOutcome,
    error: Option<&mut MaybeUninit<*mut Failure>>,
) -> Status {
    // SAFETY: what the header asks of the caller.
    let names = unsafe { texts([("the service", service), ("the secret", secret)]) };
    // SAFETY: what the header asks of the caller.
    let operations = unsafe { items("the array of operations", operations, count) };
    // SAFETY: what the header asks of the caller.
    let outcomes = unsafe { places("the array of outcomes", outcomes, count) };
    call(error, || {
        let places = outcomes?;
        for place in &mut *places {
            place.write(KeyOutcome::NONE);
        }
        let [service, secret] = names?;
        // SAFETY: what the header asks of the caller.
        let read = |operation| unsafe { read(operation) };
        let operations = operations?.iter().map(read).collect::<Result<Vec<_>>>()?;
        let connection = given(client, "the client")?.connection();
        let key = connection.ta().key(service, secret);
        let made = connection.run(key.batch(operations))??;
        for (place, one) in places.iter_mut().zip(made) {
            place.write(match one {
                Ok(outcome) => KeyOutcome {
                    output: owned(outcome.output().into()),
                    sealed: owned(Data::new(outcome.sealed().as_bytes())),
                    version: outcome.version(),
                    valid: outcome.is_valid(),
                    ..KeyOutcome::NONE
                },
                Err(refused) => KeyOutcome { error: owned(refused.into()), ..KeyOutcome::NONE },
            });
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uses_have_the_numbers_of_the_wire() {
        for (here, wire) in [
            (Use::Encrypt, KeyUse::Encrypt),
            (Use::Decrypt, KeyUse::Decrypt),
            (Use::Rewrap, KeyUse::Rewrap),
            (Use::Sign, KeyUse::Sign),
            (Use::Verify, KeyUse::Verify),
            (Use::Mac, KeyUse::Mac),
            (Use::VerifyMac, KeyUse::VerifyMac),
            (Use::Derive, KeyUse::Derive),
            (Use::Wrap, KeyUse::Wrap),
            (Use::Unwrap, KeyUse::Unwrap),
            (Use::DataKey, KeyUse::DataKey),
            (Use::Random, KeyUse::Random),
        ] {
            assert_eq!(here as i32, wire as i32, "{here:?}");
        }
    }
}
