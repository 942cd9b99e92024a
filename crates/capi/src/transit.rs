//! Keys that are used in place: the server does something with a key, and the key stays there.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use aecs_client::{KeyInPlace, KeySignature, SecretBytes};

use crate::border::{Result, call, give, given, items, texts};
use crate::client::Client;
use crate::data::Data;
use crate::error::{Failure, Status};

/// How a key signs.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signature {
    /// RSA: PSS with SHA-256. EC: ECDSA with the hash of the curve. Ed25519. SM2 with SM3.
    Default = 0,
    /// RSA only.
    RsaPssSha256 = 1,
    /// RSA only.
    RsaPssSha384 = 2,
    /// RSA only.
    RsaPssSha512 = 3,
    /// RSA only.
    RsaPkcs1Sha256 = 4,
    /// RSA only.
    RsaPkcs1Sha384 = 5,
    /// RSA only.
    RsaPkcs1Sha512 = 6,
}

/// The algorithm that has this number, which is the one on the wire.
pub(crate) fn algorithm(number: u32) -> Result<KeySignature> {
    let known = i32::try_from(number).ok().and_then(|number| KeySignature::try_from(number).ok());
    known.ok_or_else(|| Failure::usage(format!("unknown signature algorithm {number}")))
}

/// Which key, and what is done with it.
struct Use<'a> {
    client: Option<&'a Client>,
    names: Result<[&'a str; 3]>,
    input: Result<&'a [u8]>,
    associated: Result<&'a [u8]>,
}

/// The parts of a call that were taken over the border.
struct Parts<'a> {
    client: &'a Client,
    service: &'a str,
    secret: &'a str,
    /// A ciphertext, signature or MAC.
    sealed: &'a str,
    input: &'a [u8],
    associated: &'a [u8],
}

/// Bytes of C: the pointer, and how many there are.
type Given = (*const u8, usize);

const NOTHING: Given = (std::ptr::null(), 0);

impl<'a> Use<'a> {
    /// # Safety
    ///
    /// As [`texts`] and [`items`].
    unsafe fn of(
        client: Option<&'a Client>,
        [service, secret, sealed]: [*const c_char; 3],
        input: Given,
        associated: Given,
    ) -> Self {
        let named = [("the service", service), ("the secret", secret), ("the text", sealed)];
        // SAFETY: the caller's promise.
        let names = unsafe { texts(named) };
        // SAFETY: the caller's promise.
        let input = unsafe { items("the data", input.0, input.1) };
        // SAFETY: the caller's promise.
        let associated = unsafe { items("the associated data", associated.0, associated.1) };
        Self { client, names, input, associated }
    }

    fn parts(self) -> Result<Parts<'a>> {
        let [service, secret, sealed] = self.names?;
        let (input, associated) = (self.input?, self.associated?);
        let client = given(self.client, "the client")?;
        Ok(Parts { client, service, secret, sealed, input, associated })
    }
}

impl<'a> Parts<'a> {
    fn key(&self) -> KeyInPlace<'a> {
        self.client.connection().ta().key(self.service, self.secret)
    }

    fn run<T>(&self, call: impl Future<Output = aecs_client::Result<T>>) -> Result<T> {
        Ok(self.client.connection().run(call)??)
    }
}

/// Encrypts data with a key of a service. *result is a text that only the same secret decrypts, with the
/// same associated data. plain, associated: bytes with their lengths; NULL with length 0 is none. The caller frees *result.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aecs_client_encrypt(
    client: Option<&Client>,
    service: *const c_char,
    secret: *const c_char,
    plain: *const u8,
    plain_size: usize,
    associated: *const u8,
    associated_size: usize,
    result: Option<&mut MaybeUninit<*mut Data>>,
    error: Option<&mut MaybeUninit<*mut Failure>>,
) -> Status {
    let (input, associated) = ((plain, plain_size), (associated, associated_size));
    // SAFETY: what the header asks of the caller.
    let given = unsafe { Use::of(client, [service, secret, NO_TEXT], input, associated) };
    give(result, error, || {
        let it = given.parts()?;
        Ok(it.run(it.key().encrypt(it.input, it.associated))?.into())
    })
}

const NO_TEXT: *const c_char = std::ptr::null();

/// Decrypts what aecs_client_encrypt made, with the same associated data. The caller frees *result.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aecs_client_decrypt(
    client: Option<&Client>,
    service: *const c_char,
    secret: *const c_char,
    sealed: *const c_char,
    associated: *const u8,
    associated_size: usize,
    result: Option<&mut MaybeUninit<*mut Data>>,
    error: Option<&mut MaybeUninit<*mut Failure>>,
) -> Status {
    let associated = (associated, associated_size);
    // SAFETY: what the header asks of the caller.
    let given = unsafe { Use::of(client, [service, secret, sealed], NOTHING, associated) };
    give(result, error, || {
        let it = given.parts()?;
        Ok(it.run(it.key().decrypt(it.sealed, it.associated))?.into())
    })
}

/// Encrypts or wraps again with the current version what an earlier one has made. The server does that by
/// itself, and shows nothing. The caller frees *result.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aecs_client_rewrap(
    client: Option<&Client>,
    service: *const c_char,
    secret: *const c_char,
    sealed: *const c_char,
    associated: *const u8,
    associated_size: usize,
    result: Option<&mut MaybeUninit<*mut Data>>,
    error: Option<&mut MaybeUninit<*mut Failure>>,
) -> Status {
    let associated = (associated, associated_size);
    // SAFETY: what the header asks of the caller.
    let given = unsafe { Use::of(client, [service, secret, sealed], NOTHING, associated) };
    give(result, error, || {
        let it = given.parts()?;
        Ok(it.run(it.key().rewrap(it.sealed, it.associated))?.into())
    })
}

/// Wraps another key, given as bytes with their length. The caller frees *result.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aecs_client_wrap(
    client: Option<&Client>,
    service: *const c_char,
    secret: *const c_char,
    key: *const u8,
    key_size: usize,
    associated: *const u8,
    associated_size: usize,
    result: Option<&mut MaybeUninit<*mut Data>>,
    error: Option<&mut MaybeUninit<*mut Failure>>,
) -> Status {
    let (input, associated) = ((key, key_size), (associated, associated_size));
    // SAFETY: what the header asks of the caller.
    let given = unsafe { Use::of(client, [service, secret, NO_TEXT], input, associated) };
    give(result, error, || {
        let it = given.parts()?;
        Ok(it.run(it.key().wrap(it.input, it.associated))?.into())
    })
}

/// Unwraps what aecs_client_wrap or aecs_client_data_key made. The caller frees *result.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aecs_client_unwrap(
    client: Option<&Client>,
    service: *const c_char,
    secret: *const c_char,
    wrapped: *const c_char,
    associated: *const u8,
    associated_size: usize,
    result: Option<&mut MaybeUninit<*mut Data>>,
    error: Option<&mut MaybeUninit<*mut Failure>>,
) -> Status {
    let associated = (associated, associated_size);
    // SAFETY: what the header asks of the caller.
    let given = unsafe { Use::of(client, [service, secret, wrapped], NOTHING, associated) };
    give(result, error, || {
        let it = given.parts()?;
        Ok(it.run(it.key().unwrap(it.sealed, it.associated))?.into())
    })
}

/// Makes a key of length bytes (16 to 64), for data that is encrypted in the program: *key has it, *wrapped
/// the same wrapped, to be kept beside the data. The caller frees both.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aecs_client_data_key(
    client: Option<&Client>,
    service: *const c_char,
    secret: *const c_char,
    length: u32,
    associated: *const u8,
    associated_size: usize,
    key: Option<&mut MaybeUninit<*mut Data>>,
    wrapped: Option<&mut MaybeUninit<*mut Data>>,
    error: Option<&mut MaybeUninit<*mut Failure>>,
) -> Status {
    let associated = (associated, associated_size);
    // SAFETY: what the header asks of the caller.
    let given = unsafe { Use::of(client, [service, secret, NO_TEXT], NOTHING, associated) };
    // Before anything can fail: the caller may free it whatever becomes of the call.
    let wrapped = wrapped.map(|place| place.write(std::ptr::null_mut()));
    give(key, error, || {
        let it = given.parts()?;
        let wrapped = wrapped.ok_or_else(|| Failure::null("the place for the wrapped key"))?;
        let (key, text) = it.run(it.key().data_key(length, it.associated))?;
        *wrapped = Box::into_raw(Box::new(text.into()));
        Ok(key.into())
    })
}

/// Signs a message. algorithm: an aecs_signature. *result is a text. The caller frees *result.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aecs_client_sign(
    client: Option<&Client>,
    service: *const c_char,
    secret: *const c_char,
    algorithm: u32,
    message: *const u8,
    message_size: usize,
    result: Option<&mut MaybeUninit<*mut Data>>,
    error: Option<&mut MaybeUninit<*mut Failure>>,
) -> Status {
    let input = (message, message_size);
    // SAFETY: what the header asks of the caller.
    let given = unsafe { Use::of(client, [service, secret, NO_TEXT], input, NOTHING) };
    give(result, error, || {
        let it = given.parts()?;
        Ok(it.run(it.key().sign(self::algorithm(algorithm)?, it.input))?.into())
    })
}

/// Whether aecs_client_sign made this signature of the message: *valid. A wrong signature is no error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aecs_client_verify(
    client: Option<&Client>,
    service: *const c_char,
    secret: *const c_char,
    algorithm: u32,
    message: *const u8,
    message_size: usize,
    signature: *const c_char,
    valid: Option<&mut MaybeUninit<bool>>,
    error: Option<&mut MaybeUninit<*mut Failure>>,
) -> Status {
    let input = (message, message_size);
    // SAFETY: what the header asks of the caller.
    let given = unsafe { Use::of(client, [service, secret, signature], input, NOTHING) };
    tell(valid, error, || {
        let it = given.parts()?;
        it.run(it.key().verify(self::algorithm(algorithm)?, it.input, it.sealed))
    })
}

/// Runs a call that answers a question: no, if it fails.
fn tell(
    answer: Option<&mut MaybeUninit<bool>>,
    error: Option<&mut MaybeUninit<*mut Failure>>,
    body: impl FnOnce() -> Result<bool>,
) -> Status {
    call(error, || {
        let place = answer.ok_or_else(|| Failure::null("the place for the answer"))?;
        place.write(false);
        place.write(body()?);
        Ok(())
    })
}

/// The MAC of data. *result is a text. The caller frees *result.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aecs_client_mac(
    client: Option<&Client>,
    service: *const c_char,
    secret: *const c_char,
    data: *const u8,
    data_size: usize,
    result: Option<&mut MaybeUninit<*mut Data>>,
    error: Option<&mut MaybeUninit<*mut Failure>>,
) -> Status {
    let input = (data, data_size);
    // SAFETY: what the header asks of the caller.
    let given = unsafe { Use::of(client, [service, secret, NO_TEXT], input, NOTHING) };
    give(result, error, || {
        let it = given.parts()?;
        Ok(it.run(it.key().mac(it.input))?.into())
    })
}

/// Whether aecs_client_mac made this MAC of the data: *valid. A wrong MAC is no error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aecs_client_verify_mac(
    client: Option<&Client>,
    service: *const c_char,
    secret: *const c_char,
    data: *const u8,
    data_size: usize,
    mac: *const c_char,
    valid: Option<&mut MaybeUninit<bool>>,
    error: Option<&mut MaybeUninit<*mut Failure>>,
) -> Status {
    let input = (data, data_size);
    // SAFETY: what the header asks of the caller.
    let given = unsafe { Use::of(client, [service, secret, mac], input, NOTHING) };
    tell(valid, error, || {
        let it = given.parts()?;
        it.run(it.key().verify_mac(it.input, it.sealed))
    })
}

/// Derives a key of length bytes (16 to 64) from a key: always the same for the same context and the same
/// version. version: its number, from 1; 0 for the current one. *used: the number of the version; may be
/// NULL. The caller frees *result.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aecs_client_derive(
    client: Option<&Client>,
    service: *const c_char,
    secret: *const c_char,
    context: *const u8,
    context_size: usize,
    length: u32,
    version: u64,
    used: Option<&mut MaybeUninit<u64>>,
    result: Option<&mut MaybeUninit<*mut Data>>,
    error: Option<&mut MaybeUninit<*mut Failure>>,
) -> Status {
    let input = (context, context_size);
    // SAFETY: what the header asks of the caller.
    let given = unsafe { Use::of(client, [service, secret, NO_TEXT], input, NOTHING) };
    give(result, error, || {
        let it = given.parts()?;
        let version = Some(version).filter(|version| *version != 0);
        let (key, number): (SecretBytes, u64) =
            it.run(it.key().derive(it.input, length, version))?;
        if let Some(place) = used {
            place.write(number);
        }
        Ok(key.into())
    })
}

/// Random bytes of the server, 4096 at most. The caller frees *result.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aecs_client_random(
    client: Option<&Client>,
    service: *const c_char,
    secret: *const c_char,
    length: u32,
    result: Option<&mut MaybeUninit<*mut Data>>,
    error: Option<&mut MaybeUninit<*mut Failure>>,
) -> Status {
    // SAFETY: what the header asks of the caller.
    let given = unsafe { Use::of(client, [service, secret, NO_TEXT], NOTHING, NOTHING) };
    give(result, error, || {
        let it = given.parts()?;
        Ok(it.run(it.key().random(length))?.into())
    })
}
