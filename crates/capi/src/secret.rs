//! A secret that was fetched, and its parts.

use std::ffi::{CString, c_char};
use std::mem::MaybeUninit;
use std::ptr;

use aecs_client::crypto::der_of_pem;
use aecs_client::{EnclaveSecretType, SecretBytes};

use crate::border::{Result, give, given, quietly, texts};
use crate::data::Data;
use crate::error::{Failure, Status, c_text};

/// A secret that was fetched. Belongs to the caller, who frees it with aecs_secret_free, which wipes it.
/// It does not need the client any more. May be read by several threads at once.
pub struct Secret {
    fetched: aecs_client::Secret,
    name: CString,
    service: CString,
    kind: CString,
    fields: Vec<CString>,
}

impl Secret {
    pub(crate) fn fetched(&self) -> &aecs_client::Secret {
        &self.fetched
    }

    fn field(&self, name: &str) -> Result<SecretBytes> {
        self.fetched.field(name).ok_or_else(|| {
            let failure =
                Failure::new(Status::BadInput, format!("the secret has no field `{name}`"));
            match self.fetched.field_names() {
                names if names.is_empty() => failure,
                names => failure.help(format!("it has: {}", names.join(", "))),
            }
        })
    }
}

impl From<aecs_client::Secret> for Secret {
    fn from(fetched: aecs_client::Secret) -> Self {
        let spec = &fetched.spec;
        let kind = EnclaveSecretType::try_from(spec.r#type).map_or("", |kind| kind.as_str_name());
        Self {
            name: c_text(spec.secret_name.as_str()),
            service: c_text(spec.service_name.as_str()),
            kind: c_text(kind),
            fields: fetched.field_names().into_iter().map(c_text).collect(),
            fetched,
        }
    }
}

/// The name of the secret. Lives as long as the secret.
#[unsafe(no_mangle)]
pub extern "C" fn aecs_secret_name(secret: Option<&Secret>) -> *const c_char {
    quietly(ptr::null(), || secret.map_or(ptr::null(), |secret| secret.name.as_ptr()))
}

/// The service of the secret. Lives as long as the secret.
#[unsafe(no_mangle)]
pub extern "C" fn aecs_secret_service(secret: Option<&Secret>) -> *const c_char {
    quietly(ptr::null(), || secret.map_or(ptr::null(), |secret| secret.service.as_ptr()))
}

/// The type of the secret, for example SECRET_TYPE_AES256_KEY. Lives as long as the secret.
#[unsafe(no_mangle)]
pub extern "C" fn aecs_secret_type(secret: Option<&Secret>) -> *const c_char {
    quietly(ptr::null(), || secret.map_or(ptr::null(), |secret| secret.kind.as_ptr()))
}

/// The number of the version, from 1; a higher one is newer. 0 for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn aecs_secret_version(secret: Option<&Secret>) -> u64 {
    quietly(0, || secret.map_or(0, |secret| secret.fetched.version))
}

/// The secret as a file has it: imported data as it is, a key as hexadecimal digits, a key pair, a
/// certificate or configurations as JSON. The caller frees *result.
#[unsafe(no_mangle)]
pub extern "C" fn aecs_secret_data(
    secret: Option<&Secret>,
    result: Option<&mut MaybeUninit<*mut Data>>,
    error: Option<&mut MaybeUninit<*mut Failure>>,
) -> Status {
    give(result, error, || Ok(given(secret, "the secret")?.fetched.to_bytes().into()))
}

/// The bytes of a symmetric key: 32 of AES-256, 16 of SM4. The caller frees *result.
#[unsafe(no_mangle)]
pub extern "C" fn aecs_secret_key_bytes(
    secret: Option<&Secret>,
    result: Option<&mut MaybeUninit<*mut Data>>,
    error: Option<&mut MaybeUninit<*mut Failure>>,
) -> Status {
    give(result, error, || Ok(given(secret, "the secret")?.field("bytes")?.into()))
}

/// A part of the secret, by name:
///
/// - AES or SM4 key: "hex", "bytes"
/// - key pair: "private-key", "public-key" (PEM)
/// - certificate: "certificate" (PEM, with its chain), "private-key" (PEM), "root" (PEM, if it was given)
/// - configurations: the keys
/// - imported text that is a JSON object: its members, a text as it is, others as JSON
///
/// The caller frees *result.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aecs_secret_field(
    secret: Option<&Secret>,
    field: *const c_char,
    result: Option<&mut MaybeUninit<*mut Data>>,
    error: Option<&mut MaybeUninit<*mut Failure>>,
) -> Status {
    // SAFETY: what the header asks of the caller.
    let names = unsafe { texts([("the field", field)]) };
    give(result, error, || {
        let [field] = names?;
        Ok(given(secret, "the secret")?.field(field)?.into())
    })
}

/// The first PEM block of a field as DER: of "certificate" the certificate itself. The caller frees
/// *result.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aecs_secret_field_der(
    secret: Option<&Secret>,
    field: *const c_char,
    result: Option<&mut MaybeUninit<*mut Data>>,
    error: Option<&mut MaybeUninit<*mut Failure>>,
) -> Status {
    // SAFETY: what the header asks of the caller.
    let names = unsafe { texts([("the field", field)]) };
    give(result, error, || {
        let [field] = names?;
        let pem = given(secret, "the secret")?.field(field)?;
        let text = std::str::from_utf8(pem.expose()).unwrap_or_default();
        let not_pem = |error| {
            Failure::new(Status::BadInput, format!("the field `{field}` is not PEM: {error}"))
        };
        Ok(der_of_pem(text).map_err(not_pem)?.into())
    })
}

/// The name of a field, from 0; NULL after the last one. Lives as long as the secret.
#[unsafe(no_mangle)]
pub extern "C" fn aecs_secret_field_name(secret: Option<&Secret>, index: usize) -> *const c_char {
    quietly(ptr::null(), || {
        let field = secret.and_then(|secret| secret.fields.get(index));
        field.map_or(ptr::null(), |field| field.as_ptr())
    })
}

/// Wipes and frees a secret. NULL is allowed.
#[unsafe(no_mangle)]
pub extern "C" fn aecs_secret_free(secret: Option<Box<Secret>>) {
    quietly((), || drop(secret));
}
