//! The client of trusted applications for programs without an asynchronous runtime.
//!
//! Each call is one of [`crate::TaClient`], on a thread of the client's own.
//!
//! ```no_run
//! use aecs_client::blocking::TaClient;
//!
//! # fn main() -> aecs_client::Result<()> {
//! let ta = TaClient::from_kubeconfig("/etc/kubetee/ta.kubeconfig")?;
//! let secret = ta.get("service1", "db-password")?;
//! # Ok(())
//! # }
//! ```

use std::path::Path;
use std::time::Duration;

use aecs_crypto::SecretBytes;
use aecs_proto::{KeySignature, TaBinding};
use tokio::runtime::{Builder, Handle, Runtime};

use crate::error::{Error, Result};
use crate::public::PublicSecret;
use crate::refusal::OperationError;
use crate::secret::{ListedSecret, NewSecret, Secret, Tag};
use crate::ta::{TaClientBuilder, Wanted};
use crate::transit::{Operation, Outcome};

/// A [`crate::TaClient`] whose calls return when they are done.
///
/// Its calls are refused, as [`Error::Misuse`], in asynchronous code, which they would block.
pub struct TaClient {
    client: crate::TaClient,
    runtime: OwnRuntime,
}

/// A [`crate::Watch`] whose calls return when they are done.
pub struct Watch<'a> {
    watch: crate::Watch<'a>,
    runtime: &'a OwnRuntime,
}

/// A [`crate::KeyInPlace`] whose calls return when they are done. [`KeyInPlace::batch`] has those that are
/// not here.
pub struct KeyInPlace<'a> {
    key: crate::KeyInPlace<'a>,
    runtime: &'a OwnRuntime,
}

/// A runtime that may be dropped everywhere.
struct OwnRuntime(Option<Runtime>);

impl OwnRuntime {
    fn start() -> Result<Self> {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build();
        runtime.map(|runtime| Self(Some(runtime))).map_err(Error::Runtime)
    }

    fn block_on<T>(&self, call: impl Future<Output = Result<T>>) -> Result<T> {
        match &self.0 {
            Some(runtime) if Handle::try_current().is_err() => runtime.block_on(call),
            _ => Err(Error::Misuse(
                "the blocking client is called from asynchronous code: use aecs_client::TaClient",
            )),
        }
    }
}

impl Drop for OwnRuntime {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

impl TaClient {
    /// As [`crate::TaClient::from_kubeconfig`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn from_kubeconfig(path: impl AsRef<Path>) -> Result<Self> {
        Self::connect(TaClientBuilder::from_kubeconfig(path)?)
    }

    /// As [`crate::TaClient::from_env`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn from_env() -> Result<Self> {
        Self::connect(TaClientBuilder::from_env()?)
    }

    /// As [`TaClientBuilder::connect`].
    ///
    /// # Errors
    ///
    /// As there, and [`Error::Runtime`] if a thread cannot be started.
    pub fn connect(builder: TaClientBuilder) -> Result<Self> {
        let runtime = OwnRuntime::start()?;
        let client = runtime.block_on(builder.connect())?;
        Ok(Self { client, runtime })
    }

    /// As [`crate::TaClient::get`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn get(&self, service: &str, secret: &str) -> Result<Secret> {
        self.runtime.block_on(self.client.get(service, secret))
    }

    /// As [`crate::TaClient::get_version`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn get_version(&self, service: &str, secret: &str, version: u64) -> Result<Secret> {
        self.runtime.block_on(self.client.get_version(service, secret, version))
    }

    /// As [`crate::TaClient::get_if_changed`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn get_if_changed(
        &self,
        service: &str,
        secret: &str,
        known: &Tag,
    ) -> Result<Option<Secret>> {
        self.runtime.block_on(self.client.get_if_changed(service, secret, known))
    }

    /// As [`crate::TaClient::get_when_ready`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn get_when_ready(&self, service: &str, secret: &str, within: Duration) -> Result<Secret> {
        self.runtime.block_on(self.client.get_when_ready(service, secret, within))
    }

    /// As [`crate::TaClient::get_many`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn get_many(
        &self,
        wanted: &[Wanted],
    ) -> Result<Vec<std::result::Result<Secret, OperationError>>> {
        self.runtime.block_on(self.client.get_many(wanted))
    }

    /// As [`crate::TaClient::list`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn list(&self, service: &str, prefix: &str) -> Result<Vec<ListedSecret>> {
        self.runtime.block_on(self.client.list(service, prefix))
    }

    /// As [`crate::TaClient::get_public`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn get_public(&self, service: &str, secret: &str) -> Result<PublicSecret> {
        self.runtime.block_on(self.client.get_public(service, secret))
    }

    /// As [`crate::TaClient::create`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn create(&self, secret: &NewSecret, binding: TaBinding) -> Result<()> {
        self.runtime.block_on(self.client.create(secret, binding))
    }

    /// As [`crate::TaClient::destroy`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn destroy(&self, secret: &str) -> Result<()> {
        self.runtime.block_on(self.client.destroy(secret))
    }

    /// As [`crate::TaClient::key`].
    #[must_use]
    pub fn key(&self, service: &str, secret: &str) -> KeyInPlace<'_> {
        KeyInPlace { key: self.client.key(service, secret), runtime: &self.runtime }
    }

    /// As [`crate::TaClient::watch`].
    #[must_use]
    pub fn watch(&self, service: &str, secret: &str) -> Watch<'_> {
        Watch { watch: self.client.watch(service, secret), runtime: &self.runtime }
    }
}

impl KeyInPlace<'_> {
    /// As [`crate::KeyInPlace::encrypt`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn encrypt(&self, plain: &[u8], associated: &[u8]) -> Result<String> {
        self.runtime.block_on(self.key.encrypt(plain, associated))
    }

    /// As [`crate::KeyInPlace::decrypt`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn decrypt(&self, sealed: &str, associated: &[u8]) -> Result<SecretBytes> {
        self.runtime.block_on(self.key.decrypt(sealed, associated))
    }

    /// As [`crate::KeyInPlace::rewrap`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn rewrap(&self, sealed: &str, associated: &[u8]) -> Result<String> {
        self.runtime.block_on(self.key.rewrap(sealed, associated))
    }

    /// As [`crate::KeyInPlace::wrap`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn wrap(&self, key: &[u8], associated: &[u8]) -> Result<String> {
        self.runtime.block_on(self.key.wrap(key, associated))
    }

    /// As [`crate::KeyInPlace::unwrap`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn unwrap(&self, sealed: &str, associated: &[u8]) -> Result<SecretBytes> {
        self.runtime.block_on(self.key.unwrap(sealed, associated))
    }

    /// As [`crate::KeyInPlace::data_key`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn data_key(&self, length: u32, associated: &[u8]) -> Result<(SecretBytes, String)> {
        self.runtime.block_on(self.key.data_key(length, associated))
    }

    /// As [`crate::KeyInPlace::sign`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn sign(&self, algorithm: KeySignature, message: &[u8]) -> Result<String> {
        self.runtime.block_on(self.key.sign(algorithm, message))
    }

    /// As [`crate::KeyInPlace::verify`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn verify(&self, algorithm: KeySignature, message: &[u8], signature: &str) -> Result<bool> {
        self.runtime.block_on(self.key.verify(algorithm, message, signature))
    }

    /// As [`crate::KeyInPlace::mac`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn mac(&self, data: &[u8]) -> Result<String> {
        self.runtime.block_on(self.key.mac(data))
    }

    /// As [`crate::KeyInPlace::verify_mac`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn verify_mac(&self, data: &[u8], mac: &str) -> Result<bool> {
        self.runtime.block_on(self.key.verify_mac(data, mac))
    }

    /// As [`crate::KeyInPlace::derive`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn derive(
        &self,
        context: &[u8],
        length: u32,
        version: Option<u64>,
    ) -> Result<(SecretBytes, u64)> {
        self.runtime.block_on(self.key.derive(context, length, version))
    }

    /// As [`crate::KeyInPlace::random`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn random(&self, length: u32) -> Result<SecretBytes> {
        self.runtime.block_on(self.key.random(length))
    }

    /// As [`crate::KeyInPlace::batch`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn batch(
        &self,
        operations: Vec<Operation>,
    ) -> Result<Vec<std::result::Result<Outcome, OperationError>>> {
        self.runtime.block_on(self.key.batch(operations))
    }
}

impl Watch<'_> {
    /// As [`crate::Watch::every`].
    #[must_use]
    pub fn every(self, interval: Duration) -> Self {
        Self { watch: self.watch.every(interval), runtime: self.runtime }
    }

    /// As [`crate::Watch::changed`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn changed(&mut self) -> Result<Secret> {
        self.runtime.block_on(self.watch.changed())
    }
}
