//! The functions of AECS 2.0, by name and arguments.
//!
//! Each is a call with a client of its own. They behave as those of 2.0, except that the server has to
//! prove what it is: without a server policy, 2.0 took any.

use std::cell::RefCell;
use std::ffi::{CString, c_char, c_int};
use std::path::Path;
use std::ptr;
use std::sync::Arc;

use aecs_client::attest::NotUserData;
use aecs_client::files::kubeconfig::Kubeconfig;
use aecs_client::files::secret_policy::SecretPolicyFile;
use aecs_client::{
    Endpoint, Error, OwnPlatform, PublicClient, SecretBytes, ServerPolicy, TaBinding, TaClient,
    TaClientBuilder, UnifiedAttestationPolicy, UserData, Verifier,
};

use crate::border::{Result, caught, quietly, texts};
use crate::client::{Client, block_on, service_or_own};
use crate::error::{Failure, Status};
use crate::file;

/// Allows calls without a server policy, if it is 1.
const INSECURE: &str = "AECS_INSECURE_SKIP_SERVER_VERIFICATION";

thread_local! {
    /// Why the last call of this thread did not succeed.
    static LAST: RefCell<Option<CString>> = const { RefCell::new(None) };
}

/// Why the last of the functions below that this thread has called did not succeed: the text, and in a
/// second line what to do. NULL if it succeeded. Lives until this thread calls another of them.
#[unsafe(no_mangle)]
pub extern "C" fn aecs_last_error() -> *const c_char {
    quietly(ptr::null(), || {
        LAST.with_borrow(|last| last.as_ref().map_or(ptr::null(), |text| text.as_ptr()))
    })
}

/// Runs a call, and gives the error code that 2.0 has for what became of it.
fn run(body: impl FnOnce() -> Result<()>) -> c_int {
    let failure = caught(body).err();
    let lines = failure.as_ref().map(Failure::to_lines);
    quietly((), || LAST.with_borrow_mut(|last| *last = lines));
    failure.map_or(0, |failure| number(&failure).cast_signed())
}

/// The server's code, or the one of 2.0's library; else that of a failure without one of its own, with the
/// status in its lower half.
fn number(failure: &Failure) -> u32 {
    match (failure.code(), failure.status()) {
        (0, Status::Usage) => 0x0002_0000,
        (0, Status::SmallBuffer) => 0x0005_0000,
        (0, Status::Internal) => 0x0007_0000,
        (0, status) => 0xA000_0000 | status as u32,
        (code, _) => code,
    }
}

/// Which server.
#[derive(Clone, Copy)]
struct Server<'a> {
    endpoint: &'a str,
    policy: &'a str,
}

impl Server<'_> {
    /// The client of an application with this user data.
    fn connect(self, user_data: &str) -> Result<Client> {
        let user_data: UserData = user_data
            .parse()
            .map_err(|error: NotUserData| Failure::usage(format!("the user data: {error}")))?;
        let platform = OwnPlatform::from_env()?;
        let builder = match (self.endpoint, self.policy) {
            (_, "") => {
                let (endpoint, verifier, policy) = self.unverified()?;
                TaClient::builder(endpoint, verifier, policy, platform.open()?)
            }
            ("", policy) => TaClientBuilder::on_platform(policy, &platform)?,
            (endpoint, policy) => TaClientBuilder::at_address(policy, endpoint, &platform)?,
        };
        Client::connect(builder.user_data(user_data))
    }

    /// Where it is, and what it has to prove.
    fn resolve(self) -> Result<(Endpoint, Arc<Verifier>, ServerPolicy)> {
        if self.policy.is_empty() {
            return self.unverified();
        }
        let server = Kubeconfig::load(self.policy).map_err(Error::File)?.server;
        let endpoint = match self.endpoint {
            "" => server.endpoint.clone(),
            address => server.endpoint_at(address).map_err(Error::Endpoint)?,
        };
        Ok((endpoint, Arc::new(server.verifier(&[])?), server.policy))
    }

    /// The same without a policy, if the environment allows that and may.
    fn unverified(self) -> Result<(Endpoint, Arc<Verifier>, ServerPolicy)> {
        if std::env::var_os(INSECURE).is_none_or(|value| value != "1") {
            let help = format!(
                "give the path of a kubeconfig as server policy; {INSECURE}=1 in the environment gives up \
                 all protection from a false server"
            );
            let text = "nothing says what the server has to prove: the server policy is empty";
            return Err(Failure::usage(text).help(help));
        }
        OwnPlatform::environment_may_choose()?;
        let endpoint = Endpoint::new(self.endpoint).map_err(Error::Endpoint)?;
        let verifier = Verifier::builder().build().map_err(Error::Verifier)?;
        Ok((endpoint, Arc::new(verifier), ServerPolicy::insecure_any_server()))
    }
}

/// Which secret, and the policy that it is expected to have.
#[derive(Clone, Copy)]
struct Wanted<'a> {
    service: &'a str,
    name: &'a str,
    policy: &'a str,
}

impl Wanted<'_> {
    fn expected(self) -> Result<Option<UnifiedAttestationPolicy>> {
        if self.policy.is_empty() {
            return Ok(None);
        }
        let policy = SecretPolicyFile::policy_for(Path::new(self.policy), self.name);
        Ok(Some(policy.map_err(Error::File)?))
    }

    fn get(self, server: Server<'_>, user_data: &str) -> Result<SecretBytes> {
        let expected = self.expected()?;
        let client = server.connect(user_data)?;
        let secret = client.call(|ta| ta.get(service_or_own(self.service), self.name))?;
        Ok(match expected {
            Some(expected) => secret.expect_policy(&expected)?.to_bytes(),
            None => secret.to_bytes(),
        })
    }

    /// Needs no evidence of this side.
    fn get_public(self, server: Server<'_>, nonce: &str) -> Result<SecretBytes> {
        let expected = self.expected()?;
        let (endpoint, verifier, policy) = server.resolve()?;
        let service = service_or_own(self.service);
        let public = block_on(async {
            let client = PublicClient::connect(endpoint, verifier, policy).await?;
            match nonce {
                "" => client.get(service, self.name).await,
                nonce => client.get_for_nonce(service, self.name, nonce).await,
            }
        })?;
        let public = match expected {
            Some(expected) => public.expect_policy(&expected)?,
            None => public,
        };
        Ok(public.data.into_bytes().into())
    }
}

/// Copies to a buffer of C, with a NUL behind it, as there is always room for one: 2.0 refused a buffer
/// that the secret filled. The length becomes that of the secret, or of the buffer that is needed.
///
/// # Safety
///
/// The buffer has as many bytes as the length says, and nobody else uses either.
unsafe fn fill(buffer: *mut c_char, length: *mut c_int, content: &SecretBytes) -> Result<()> {
    // SAFETY: the caller's promise, unless it is null.
    let length = unsafe { length.as_mut() }.ok_or_else(|| Failure::null("the buffer's length"))?;
    let too_long = || Failure::new(Status::SmallBuffer, "the secret is too long for any buffer");
    let size = c_int::try_from(content.len()).map_err(|_| too_long())?;
    let needed = size.checked_add(1).ok_or_else(too_long)?;
    if *length < needed {
        let text = format!("the buffer has {length} bytes, {needed} are needed");
        *length = needed;
        return Err(Failure::new(Status::SmallBuffer, text));
    }
    if buffer.is_null() {
        return Err(Failure::null("the buffer"));
    }
    // SAFETY: the buffer has room for them, as was checked above.
    unsafe { ptr::copy_nonoverlapping(content.expose().as_ptr().cast(), buffer, content.len()) };
    // SAFETY: and for the NUL.
    let end = unsafe { buffer.add(content.len()) };
    // SAFETY: as above.
    unsafe { end.write(0) };
    *length = size;
    Ok(())
}

/// Gets a secret and writes it to a file, with mode 0600.
///
/// aecs_server_endpoint: HOST:PORT; empty for the address in the policy.
/// aecs_server_policy: path of a kubeconfig. Without one, the call is refused, unless
/// AECS_INSECURE_SKIP_SERVER_VERIFICATION=1 is in the environment, outside of an enclave.
/// secret_service: empty for a secret that this application created.
/// secret_policy: path of a secret policy: the secret is refused if it admits anybody whom the file does
/// not admit. Empty: no check.
/// hex_user_data: up to 32 bytes in the evidence, as hexadecimal digits.
/// nonce: not used; each request has a random one, and each answer is checked for it.
///
/// As in all functions of AECS 2.0, NULL is an empty text. Returns 0, or the error code of the server or of
/// AECS 2.0; aecs_last_error tells more. Each call makes a new connection: aecs_client_get keeps it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aecs_client_get_secret_file(
    aecs_server_endpoint: *const c_char,
    aecs_server_policy: *const c_char,
    secret_service: *const c_char,
    secret_name: *const c_char,
    secret_policy: *const c_char,
    hex_user_data: *const c_char,
    nonce: *const c_char,
    save_file_name: *const c_char,
) -> c_int {
    // SAFETY: what the header asks of the caller.
    let names = unsafe {
        texts([
            ("the endpoint", aecs_server_endpoint),
            ("the server policy", aecs_server_policy),
            ("the service", secret_service),
            ("the secret", secret_name),
            ("the secret policy", secret_policy),
            ("the user data", hex_user_data),
            ("the nonce", nonce),
            ("the file", save_file_name),
        ])
    };
    run(|| {
        let [endpoint, server, service, name, policy, user_data, _, path] = names?;
        let server = Server { endpoint, policy: server };
        let secret = Wanted { service, name, policy }.get(server, user_data)?;
        file::write(path, file::PRIVATE, secret.expose())
    })
}

/// Gets a secret into a buffer. *secret_outbuf_len: the size of the buffer; afterwards the length of the
/// secret, without the NUL that is written behind it. If the buffer is too small, 0x00050000 is returned,
/// and *secret_outbuf_len is the size that is needed. Else as aecs_client_get_secret_file.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aecs_client_get_secret_buffer(
    aecs_server_endpoint: *const c_char,
    aecs_server_policy: *const c_char,
    secret_service: *const c_char,
    secret_name: *const c_char,
    secret_policy: *const c_char,
    hex_user_data: *const c_char,
    nonce: *const c_char,
    secret_outbuf: *mut c_char,
    secret_outbuf_len: *mut c_int,
) -> c_int {
    // SAFETY: what the header asks of the caller.
    let names = unsafe {
        texts([
            ("the endpoint", aecs_server_endpoint),
            ("the server policy", aecs_server_policy),
            ("the service", secret_service),
            ("the secret", secret_name),
            ("the secret policy", secret_policy),
            ("the user data", hex_user_data),
            ("the nonce", nonce),
        ])
    };
    run(|| {
        let [endpoint, server, service, name, policy, user_data, _] = names?;
        let server = Server { endpoint, policy: server };
        let secret = Wanted { service, name, policy }.get(server, user_data)?;
        // SAFETY: what the header asks of the caller.
        unsafe { fill(secret_outbuf, secret_outbuf_len, &secret) }
    })
}

/// Creates the secrets of a secret policy file, which the server makes, and which only this application
/// gets: one with its measurement. A secret that cannot be created does not keep the others back; the last
/// error is returned. Arguments as of aecs_client_get_secret_file.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aecs_client_create_ta_secret(
    aecs_server_endpoint: *const c_char,
    aecs_server_policy: *const c_char,
    secret_policy_file: *const c_char,
    hex_user_data: *const c_char,
    nonce: *const c_char,
) -> c_int {
    // SAFETY: what the header asks of the caller.
    let names = unsafe {
        texts([
            ("the endpoint", aecs_server_endpoint),
            ("the server policy", aecs_server_policy),
            ("the secret policy", secret_policy_file),
            ("the user data", hex_user_data),
            ("the nonce", nonce),
        ])
    };
    run(|| {
        let [endpoint, policy, file, user_data, _] = names?;
        let file = SecretPolicyFile::load(file).map_err(Error::File)?;
        let client = Server { endpoint, policy }.connect(user_data)?;
        let mut created = Ok(());
        for secret in &file.secrets {
            if let Err(error) = client.call(|ta| ta.create(secret, TaBinding::Measurement)) {
                created = Err(error);
            }
        }
        created
    })
}

/// Destroys a secret that this application created. Arguments as of aecs_client_get_secret_file.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aecs_client_destroy_ta_secret(
    aecs_server_endpoint: *const c_char,
    aecs_server_policy: *const c_char,
    secret_name: *const c_char,
    hex_user_data: *const c_char,
    nonce: *const c_char,
) -> c_int {
    // SAFETY: what the header asks of the caller.
    let names = unsafe {
        texts([
            ("the endpoint", aecs_server_endpoint),
            ("the server policy", aecs_server_policy),
            ("the secret", secret_name),
            ("the user data", hex_user_data),
            ("the nonce", nonce),
        ])
    };
    run(|| {
        let [endpoint, policy, name, user_data, _] = names?;
        let client = Server { endpoint, policy }.connect(user_data)?;
        client.call(|ta| ta.destroy(name))
    })
}

/// Gets the public part of a shared secret and writes it to a file. Needs no TEE. nonce: the answer is
/// for it; must never have been used before. Empty: a random one. Other arguments as of
/// aecs_client_get_secret_file.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aecs_client_get_secret_public_file(
    aecs_server_endpoint: *const c_char,
    aecs_server_policy: *const c_char,
    secret_service: *const c_char,
    secret_name: *const c_char,
    secret_policy: *const c_char,
    nonce: *const c_char,
    save_file_name: *const c_char,
) -> c_int {
    // SAFETY: what the header asks of the caller.
    let names = unsafe {
        texts([
            ("the endpoint", aecs_server_endpoint),
            ("the server policy", aecs_server_policy),
            ("the service", secret_service),
            ("the secret", secret_name),
            ("the secret policy", secret_policy),
            ("the nonce", nonce),
            ("the file", save_file_name),
        ])
    };
    run(|| {
        let [endpoint, server, service, name, policy, nonce, path] = names?;
        let server = Server { endpoint, policy: server };
        let public = Wanted { service, name, policy }.get_public(server, nonce)?;
        file::write(path, file::PUBLIC, public.expose())
    })
}

/// Gets the public part of a shared secret into a buffer. Arguments as of
/// aecs_client_get_secret_public_file and aecs_client_get_secret_buffer. AECS 2.0 declares the buffer
/// const, and writes to it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aecs_client_get_secret_public_buffer(
    aecs_server_endpoint: *const c_char,
    aecs_server_policy: *const c_char,
    secret_service: *const c_char,
    secret_name: *const c_char,
    secret_policy: *const c_char,
    nonce: *const c_char,
    secret_outbuf: *const c_char,
    secret_outbuf_len: *mut c_int,
) -> c_int {
    // SAFETY: what the header asks of the caller.
    let names = unsafe {
        texts([
            ("the endpoint", aecs_server_endpoint),
            ("the server policy", aecs_server_policy),
            ("the service", secret_service),
            ("the secret", secret_name),
            ("the secret policy", secret_policy),
            ("the nonce", nonce),
        ])
    };
    run(|| {
        let [endpoint, server, service, name, policy, nonce] = names?;
        let server = Server { endpoint, policy: server };
        let public = Wanted { service, name, policy }.get_public(server, nonce)?;
        // SAFETY: what the header asks of the caller.
        unsafe { fill(secret_outbuf.cast_mut(), secret_outbuf_len, &public) }
    })
}

/// Deprecated since AECS 2.0: aecs_client_get_secret_file without secret policy and user data.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aecs_client_get_secret_and_save_file(
    aecs_server_endpoint: *const c_char,
    aecs_server_policy: *const c_char,
    secret_service: *const c_char,
    secret_name: *const c_char,
    nonce: *const c_char,
    save_file_name: *const c_char,
) -> c_int {
    // SAFETY: what the header asks of the caller.
    unsafe {
        aecs_client_get_secret_file(
            aecs_server_endpoint,
            aecs_server_policy,
            secret_service,
            secret_name,
            ptr::null(),
            ptr::null(),
            nonce,
            save_file_name,
        )
    }
}

/// Deprecated since AECS 2.0: aecs_client_get_secret_buffer without secret policy and user data.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aecs_client_get_secret_by_buffer(
    aecs_server_endpoint: *const c_char,
    aecs_server_policy: *const c_char,
    secret_service: *const c_char,
    secret_name: *const c_char,
    nonce: *const c_char,
    secret_outbuf: *mut c_char,
    secret_outbuf_len: *mut c_int,
) -> c_int {
    // SAFETY: what the header asks of the caller.
    unsafe {
        aecs_client_get_secret_buffer(
            aecs_server_endpoint,
            aecs_server_policy,
            secret_service,
            secret_name,
            ptr::null(),
            ptr::null(),
            nonce,
            secret_outbuf,
            secret_outbuf_len,
        )
    }
}

/// Deprecated since AECS 2.0: aecs_client_get_secret_public_file without secret policy.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aecs_client_get_public_secret_and_save_file(
    aecs_server_endpoint: *const c_char,
    aecs_server_policy: *const c_char,
    secret_service: *const c_char,
    secret_name: *const c_char,
    nonce: *const c_char,
    save_file_name: *const c_char,
) -> c_int {
    // SAFETY: what the header asks of the caller.
    unsafe {
        aecs_client_get_secret_public_file(
            aecs_server_endpoint,
            aecs_server_policy,
            secret_service,
            secret_name,
            ptr::null(),
            nonce,
            save_file_name,
        )
    }
}

/// Deprecated since AECS 2.0: aecs_client_get_secret_public_buffer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aecs_client_get_public_secret_by_buffer(
    aecs_server_endpoint: *const c_char,
    aecs_server_policy: *const c_char,
    secret_service: *const c_char,
    secret_name: *const c_char,
    secret_policy: *const c_char,
    nonce: *const c_char,
    secret_outbuf: *const c_char,
    secret_outbuf_len: *mut c_int,
) -> c_int {
    // SAFETY: what the header asks of the caller.
    unsafe {
        aecs_client_get_secret_public_buffer(
            aecs_server_endpoint,
            aecs_server_policy,
            secret_service,
            secret_name,
            secret_policy,
            nonce,
            secret_outbuf,
            secret_outbuf_len,
        )
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

    use super::*;

    /// The result and the length that are told for a buffer of this size, and what is in the buffer.
    fn filled(size: usize, content: &[u8]) -> (c_int, c_int, Vec<u8>) {
        let (mut buffer, content) = (vec![0xAA_u8; 8], SecretBytes::from(content.to_vec()));
        let mut length = c_int::try_from(size).unwrap();
        // SAFETY: the buffer has at least that many bytes.
        let result = run(|| unsafe { fill(buffer.as_mut_ptr().cast(), &mut length, &content) });
        (result, length, buffer)
    }

    #[test]
    fn a_buffer_that_is_too_small_is_told_and_not_touched() {
        assert_eq!(filled(8, b"four").0, 0);
        assert_eq!(filled(5, b"four"), (0, 4, b"four\0\xAA\xAA\xAA".to_vec()));
        assert!(aecs_last_error().is_null());
        for size in [4, 1, 0] {
            assert_eq!(filled(size, b"four"), (0x0005_0000, 5, vec![0xAA; 8]), "{size}");
        }
        LAST.with_borrow(|last| {
            let text = last.as_ref().unwrap().to_str().unwrap();
            assert_eq!(text, "the buffer has 0 bytes, 5 are needed");
        });
        assert_eq!(filled(1, b""), (0, 0, b"\0\xAA\xAA\xAA\xAA\xAA\xAA\xAA".to_vec()));
    }

    #[test]
    fn failures_have_the_numbers_of_2_0() {
        let number = |failure: Failure| number(&failure);
        assert_eq!(number(Failure::null("the buffer")), 0x0002_0000);
        assert_eq!(number(Failure::panicked()), 0x0007_0000);
        assert_eq!(number(Failure::new(Status::Untrusted, "")), 0xA000_000B);
    }
}
