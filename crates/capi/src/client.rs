//! The client: its connection, and the calls for secrets.

use std::ffi::c_char;
use std::mem::MaybeUninit;
use std::sync::Arc;
use std::time::Duration;

use aecs_client::TaClientBuilder;
use aecs_client::{EnclaveSecretType, Error, NewSecret, TRUSTED_APPLICATIONS, TaBinding, TaClient};
use tokio::runtime::{Builder, Handle, Runtime};

use crate::border::{Result, call, give, give_some, given, quietly, texts};
use crate::data::Data;
use crate::error::{Failure, Status};
use crate::list::List;
use crate::options::{Options, platform};
use crate::secret::Secret;

/// How long the end of a client waits for what it still does.
const END: Duration = Duration::from_secs(1);

/// An application's connection to a server, with its key and its evidence. Belongs to the caller, who frees
/// it with aecs_client_free. Its calls may be made by several threads at once; each returns when it is done.
/// It has threads of its own, which a child process does not have: do not use it after fork.
pub struct Client(Arc<Connection>);

/// A client of the library and its runtime.
pub(crate) struct Connection {
    ta: TaClient,
    runtime: Option<Runtime>,
}

impl Drop for Connection {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_timeout(END);
        }
    }
}

impl Connection {
    /// Waits for a call to be done.
    fn block_on<T>(&self, call: impl Future<Output = aecs_client::Result<T>>) -> Result<T> {
        Ok(self.run(call)??)
    }

    /// Waits for something.
    pub(crate) fn run<T>(&self, future: impl Future<Output = T>) -> Result<T> {
        match &self.runtime {
            Some(runtime) if Handle::try_current().is_err() => Ok(runtime.block_on(future)),
            _ => Err(Failure::usage("called from asynchronous code of Rust, which it would block")),
        }
    }

    pub(crate) fn ta(&self) -> &TaClient {
        &self.ta
    }
}

impl Client {
    /// Connects.
    pub(crate) fn connect(builder: TaClientBuilder) -> Result<Self> {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.map_err(Error::Runtime)?;
        let ta = runtime.block_on(builder.connect())?;
        Ok(Self(Arc::new(Connection { ta, runtime: Some(runtime) })))
    }

    pub(crate) fn connection(&self) -> &Arc<Connection> {
        &self.0
    }

    pub(crate) fn call<'a, T, Call>(&'a self, call: impl FnOnce(&'a TaClient) -> Call) -> Result<T>
    where
        Call: Future<Output = aecs_client::Result<T>>,
    {
        self.0.block_on(call(&self.0.ta))
    }

    /// Gets a secret.
    pub(crate) fn get(&self, service: &str, secret: &str) -> Result<Secret> {
        Ok(self.call(|ta| ta.get(service_or_own(service), secret))?.into())
    }
}

/// Waits for a call that needs no client.
pub(crate) fn block_on<T>(call: impl Future<Output = aecs_client::Result<T>>) -> Result<T> {
    let runtime = Builder::new_current_thread().enable_all().build().map_err(Error::Runtime)?;
    Ok(runtime.block_on(call)?)
}

/// The name of a service; without one, that of the applications' own secrets.
pub(crate) fn service_or_own(service: &str) -> &str {
    if service.is_empty() { TRUSTED_APPLICATIONS } else { service }
}

/// Connects as the options say: makes a key and evidence, and checks the server. The options serve for one
/// connection, also for one that fails. The caller frees *result, and the options.
#[unsafe(no_mangle)]
pub extern "C" fn aecs_client_connect(
    options: Option<&Options>,
    result: Option<&mut MaybeUninit<*mut Client>>,
    error: Option<&mut MaybeUninit<*mut Failure>>,
) -> Status {
    give(result, error, || Client::connect(given(options, "the options")?.take()?))
}

/// Connects to the server of a kubeconfig: aecs_options_from_kubeconfig and aecs_client_connect in one.
/// The caller frees *result.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aecs_client_from_kubeconfig(
    kubeconfig: *const c_char,
    result: Option<&mut MaybeUninit<*mut Client>>,
    error: Option<&mut MaybeUninit<*mut Failure>>,
) -> Status {
    // SAFETY: what the header asks of the caller.
    let names = unsafe { texts([("the kubeconfig", kubeconfig)]) };
    give(result, error, || {
        let [kubeconfig] = names?;
        Client::connect(TaClientBuilder::on_platform(kubeconfig, &platform("")?)?)
    })
}

/// Connects as the environment says: aecs_options_from_env and aecs_client_connect in one. The caller
/// frees *result.
#[unsafe(no_mangle)]
pub extern "C" fn aecs_client_from_env(
    result: Option<&mut MaybeUninit<*mut Client>>,
    error: Option<&mut MaybeUninit<*mut Failure>>,
) -> Status {
    give(result, error, || Client::connect(TaClientBuilder::from_env()?))
}

/// Ends the connection and frees the client. No other thread may be in a call with it; watches go on until
/// they are freed. NULL is allowed.
#[unsafe(no_mangle)]
pub extern "C" fn aecs_client_free(client: Option<Box<Client>>) {
    quietly((), || drop(client));
}

/// Gets the current version of a secret. service: NULL or empty for one that this application created.
/// The caller frees *result.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aecs_client_get(
    client: Option<&Client>,
    service: *const c_char,
    secret: *const c_char,
    result: Option<&mut MaybeUninit<*mut Secret>>,
    error: Option<&mut MaybeUninit<*mut Failure>>,
) -> Status {
    // SAFETY: what the header asks of the caller.
    let names = unsafe { texts([("the service", service), ("the secret", secret)]) };
    give(result, error, || {
        let [service, secret] = names?;
        given(client, "the client")?.get(service, secret)
    })
}

/// Gets the version of a secret with that number, from 1: the current one, or an earlier one that is still
/// kept. service: as of aecs_client_get. The caller frees *result.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aecs_client_get_version(
    client: Option<&Client>,
    service: *const c_char,
    secret: *const c_char,
    version: u64,
    result: Option<&mut MaybeUninit<*mut Secret>>,
    error: Option<&mut MaybeUninit<*mut Failure>>,
) -> Status {
    // SAFETY: what the header asks of the caller.
    let names = unsafe { texts([("the service", service), ("the secret", secret)]) };
    give(result, error, || {
        let [service, secret] = names?;
        let client = given(client, "the client")?;
        Ok(client.call(|ta| ta.get_version(service_or_own(service), secret, version))?.into())
    })
}

/// Gets a secret if its current version is not the one that the program has: *result is NULL if it is.
/// known: what was fetched before, of the same service and name; it stays the caller's. The caller frees
/// *result.
#[unsafe(no_mangle)]
pub extern "C" fn aecs_client_get_if_changed(
    client: Option<&Client>,
    known: Option<&Secret>,
    result: Option<&mut MaybeUninit<*mut Secret>>,
    error: Option<&mut MaybeUninit<*mut Failure>>,
) -> Status {
    give_some(result, error, || {
        let known = given(known, "the known secret")?.fetched();
        let (service, name) = (&known.spec.service_name, &known.spec.secret_name);
        let client = given(client, "the client")?;
        let changed = client.call(|ta| ta.get_if_changed(service, name, known.tag()))?;
        Ok(changed.map(Secret::from))
    })
}

/// Gets a secret as soon as this application can, within a number of milliseconds: when the server works, the
/// secret is there and its policy admits the application. service: as of aecs_client_get. The caller frees
/// *result.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aecs_client_get_when_ready(
    client: Option<&Client>,
    service: *const c_char,
    secret: *const c_char,
    milliseconds: u64,
    result: Option<&mut MaybeUninit<*mut Secret>>,
    error: Option<&mut MaybeUninit<*mut Failure>>,
) -> Status {
    // SAFETY: what the header asks of the caller.
    let names = unsafe { texts([("the service", service), ("the secret", secret)]) };
    give(result, error, || {
        let [service, secret] = names?;
        let within = Duration::from_millis(milliseconds);
        let client = given(client, "the client")?;
        let got = client.call(|ta| ta.get_when_ready(service_or_own(service), secret, within))?;
        Ok(got.into())
    })
}

/// Lists the secrets that this application can get now, whose names begin with prefix (NULL: all).
/// service: as of aecs_client_get. The server takes a quarter of a second. The caller frees *result.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aecs_client_list(
    client: Option<&Client>,
    service: *const c_char,
    prefix: *const c_char,
    result: Option<&mut MaybeUninit<*mut List>>,
    error: Option<&mut MaybeUninit<*mut Failure>>,
) -> Status {
    // SAFETY: what the header asks of the caller.
    let names = unsafe { texts([("the service", service), ("the prefix", prefix)]) };
    give(result, error, || {
        let [service, prefix] = names?;
        let client = given(client, "the client")?;
        Ok(client.call(|ta| ta.list(service_or_own(service), prefix))?.into())
    })
}

/// Gets the public part of a shared secret: a public key or a certificate as PEM, or what its owner
/// shares. service: as of aecs_client_get. The caller frees *result.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aecs_client_get_public(
    client: Option<&Client>,
    service: *const c_char,
    secret: *const c_char,
    result: Option<&mut MaybeUninit<*mut Data>>,
    error: Option<&mut MaybeUninit<*mut Failure>>,
) -> Status {
    // SAFETY: what the header asks of the caller.
    let names = unsafe { texts([("the service", service), ("the secret", secret)]) };
    give(result, error, || {
        let [service, secret] = names?;
        let client = given(client, "the client")?;
        Ok(client.call(|ta| ta.get_public(service_or_own(service), secret))?.data.into())
    })
}

/// Who gets a secret that an application creates for itself.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Binding {
    /// Code with the measurement of this application.
    Measurement = 0,
    /// Code of the same signer and product, from the security version of this application on: an upgrade
    /// keeps its secrets.
    Signer = 1,
}

/// Creates a secret of this application's own, which the server makes.
/// kind: its type, for example SECRET_TYPE_AES256_KEY. binding: an aecs_binding.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aecs_client_create(
    client: Option<&Client>,
    secret: *const c_char,
    kind: *const c_char,
    binding: u32,
    error: Option<&mut MaybeUninit<*mut Failure>>,
) -> Status {
    // SAFETY: what the header asks of the caller.
    let names = unsafe { texts([("the secret", secret), ("the kind", kind)]) };
    call(error, || {
        let [secret, kind] = names?;
        let kind = EnclaveSecretType::from_str_name(kind)
            .ok_or_else(|| Failure::usage(format!("unknown secret type `{kind}`")))?;
        let binding = match binding {
            number if number == Binding::Measurement as u32 => TaBinding::Measurement,
            number if number == Binding::Signer as u32 => TaBinding::Signer,
            number => return Err(Failure::usage(format!("unknown binding {number}"))),
        };
        let new = NewSecret::new(secret, kind);
        given(client, "the client")?.call(|ta| ta.create(&new, binding))
    })
}

/// Destroys a secret that this application created.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aecs_client_destroy(
    client: Option<&Client>,
    secret: *const c_char,
    error: Option<&mut MaybeUninit<*mut Failure>>,
) -> Status {
    // SAFETY: what the header asks of the caller.
    let names = unsafe { texts([("the secret", secret)]) };
    call(error, || {
        let [secret] = names?;
        given(client, "the client")?.call(|ta| ta.destroy(secret))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_header_says_of_threads_holds() {
        fn shared<T: Send + Sync>() {}
        shared::<Client>();
        shared::<Secret>();
        shared::<Data>();
        shared::<List>();
        shared::<Failure>();
    }
}
