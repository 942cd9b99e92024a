//! Keys that are used in place: the server does something with a key, and the key stays there.

use aecs_crypto::{Protocol, Purpose, SecretBytes, envelope};
use aecs_proto::{
    KeyOperation, KeyOperations, KeyResult, KeyResults, KeySignature, KeyUse, TaUseSecretRequest,
    UseSecretRequest, Zeroizing, json,
};

use crate::error::{Error, Result};
use crate::refusal::OperationError;
use crate::service::ServiceClient;
use crate::ta::TaClient;
use crate::trust::Distrust;

/// What the results are called in errors.
const RESULTS: &str = "the results of the operations";

/// The most operations that go into one request.
pub const MOST_OPERATIONS: usize = 100;

/// The most bytes of data that one operation takes. In Base64, which a request has twice, with evidence and
/// associated data of usual length, they fit into the 1 MiB that a server takes by default
/// (`limits.max_message_bytes`).
pub const MOST_INPUT: usize = 500_000;

/// A key of a service that is used in place: made by [`TaClient::key`] and [`ServiceClient::key`].
///
/// What `encrypt`, `wrap`, `sign` and `mac` make is a text `aecs:v1:VERSION:BASE64`, which names the
/// version of the key. A ciphertext opens only under the name of the secret that made it, and with the same
/// associated data; it may be empty.
///
/// ```no_run
/// # async fn seal() -> aecs_client::Result<()> {
/// let ta = aecs_client::TaClient::from_env().await?;
/// let key = ta.key("shop", "cards");
/// let sealed = key.encrypt(b"4111 1111 1111 1111", b"customer 7").await?;
/// assert!(key.decrypt(&sealed, b"customer 7").await?.ct_eq(b"4111 1111 1111 1111"));
/// # Ok(())
/// # }
/// ```
pub struct KeyInPlace<'a> {
    caller: Caller<'a>,
    secret: String,
}

enum Caller<'a> {
    Application { client: &'a TaClient, service: String },
    Owner(&'a ServiceClient),
}

/// One operation of [`KeyInPlace::batch`]; wiped when dropped.
pub struct Operation(Zeroizing<KeyOperation>);

/// What an operation made; wiped when dropped.
pub struct Outcome(Zeroizing<KeyResult>);

impl Operation {
    fn new(what: KeyUse, fill: impl FnOnce(&mut KeyOperation)) -> Self {
        let mut message = KeyOperation { operation: what.into(), ..KeyOperation::default() };
        fill(&mut message);
        Self(Zeroizing::new(message))
    }

    fn of_data(what: KeyUse, input: &[u8], associated: &[u8]) -> Self {
        Self::new(what, |message| {
            message.input = input.to_vec();
            message.associated_data = associated.to_vec();
        })
    }

    fn of_sealed(what: KeyUse, sealed: &str, associated: &[u8]) -> Self {
        Self::new(what, |message| {
            message.sealed = sealed.to_owned();
            message.associated_data = associated.to_vec();
        })
    }

    /// Encrypts data.
    #[must_use]
    pub fn encrypt(plain: &[u8], associated: &[u8]) -> Self {
        Self::of_data(KeyUse::Encrypt, plain, associated)
    }

    /// Decrypts what was encrypted.
    #[must_use]
    pub fn decrypt(sealed: &str, associated: &[u8]) -> Self {
        Self::of_sealed(KeyUse::Decrypt, sealed, associated)
    }

    /// Encrypts or wraps again with the current version what another one has made.
    #[must_use]
    pub fn rewrap(sealed: &str, associated: &[u8]) -> Self {
        Self::of_sealed(KeyUse::Rewrap, sealed, associated)
    }

    /// Wraps another key.
    #[must_use]
    pub fn wrap(key: &[u8], associated: &[u8]) -> Self {
        Self::of_data(KeyUse::Wrap, key, associated)
    }

    /// Unwraps what was wrapped.
    #[must_use]
    pub fn unwrap(sealed: &str, associated: &[u8]) -> Self {
        Self::of_sealed(KeyUse::Unwrap, sealed, associated)
    }

    /// Makes a key of `length` bytes (16 to 64), and wraps it.
    #[must_use]
    pub fn data_key(length: u32, associated: &[u8]) -> Self {
        Self::new(KeyUse::DataKey, |message| {
            message.length = length;
            message.associated_data = associated.to_vec();
        })
    }

    /// Signs a message.
    #[must_use]
    pub fn sign(algorithm: KeySignature, message: &[u8]) -> Self {
        Self::new(KeyUse::Sign, |operation| {
            operation.input = message.to_vec();
            operation.set_algorithm(algorithm);
        })
    }

    /// Verifies a signature.
    #[must_use]
    pub fn verify(algorithm: KeySignature, message: &[u8], signature: &str) -> Self {
        Self::new(KeyUse::Verify, |operation| {
            operation.input = message.to_vec();
            operation.sealed = signature.to_owned();
            operation.set_algorithm(algorithm);
        })
    }

    /// Computes the MAC of data.
    #[must_use]
    pub fn mac(data: &[u8]) -> Self {
        Self::of_data(KeyUse::Mac, data, &[])
    }

    /// Verifies a MAC.
    #[must_use]
    pub fn verify_mac(data: &[u8], mac: &str) -> Self {
        Self::new(KeyUse::VerifyMac, |operation| {
            operation.input = data.to_vec();
            operation.sealed = mac.to_owned();
        })
    }

    /// Derives a key of `length` bytes (16 to 64) from a version of the key, from 1, or from the current
    /// one without a number.
    #[must_use]
    pub fn derive(context: &[u8], length: u32, version: Option<u64>) -> Self {
        Self::new(KeyUse::Derive, |message| {
            message.input = context.to_vec();
            message.length = length;
            message.version = version.unwrap_or_default();
        })
    }

    /// Makes random bytes, at most 4096.
    #[must_use]
    pub fn random(length: u32) -> Self {
        Self::new(KeyUse::Random, |message| message.length = length)
    }
}

impl Outcome {
    /// What was decrypted, unwrapped, derived or made; empty for other operations.
    #[must_use]
    pub fn output(&self) -> SecretBytes {
        SecretBytes::from(self.0.output.clone())
    }

    /// The ciphertext, signature or MAC; empty for other operations.
    #[must_use]
    pub fn sealed(&self) -> &str {
        &self.0.sealed
    }

    /// Whether the signature or the MAC is right; false for other operations.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.0.valid
    }

    /// The version of the key that was used; 0 if none was.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.0.version
    }
}

impl TaClient {
    /// A key of a service that this application uses in place. Nothing is sent yet.
    #[must_use]
    pub fn key(&self, service: &str, secret: &str) -> KeyInPlace<'_> {
        let caller = Caller::Application { client: self, service: service.to_owned() };
        KeyInPlace { caller, secret: secret.to_owned() }
    }
}

impl ServiceClient {
    /// A key of the service that its administrator uses in place, where its `use.admin` allows that.
    /// Nothing is sent yet.
    #[must_use]
    pub fn key(&self, secret: &str) -> KeyInPlace<'_> {
        KeyInPlace { caller: Caller::Owner(self), secret: secret.to_owned() }
    }
}

impl KeyInPlace<'_> {
    /// Encrypts data.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] with [`ErrorCode::UseDenied`](crate::ErrorCode::UseDenied) if the secret, or the
    /// rule that admits this caller, does not allow it; [`Error::Operation`]; and as every call.
    pub async fn encrypt(&self, plain: &[u8], associated: &[u8]) -> Result<String> {
        self.text(Operation::encrypt(plain, associated)).await
    }

    /// Decrypts what [`KeyInPlace::encrypt`] made, with the same associated data.
    ///
    /// # Errors
    ///
    /// As [`KeyInPlace::encrypt`].
    pub async fn decrypt(&self, sealed: &str, associated: &[u8]) -> Result<SecretBytes> {
        Ok(self.one(Operation::decrypt(sealed, associated)).await?.output())
    }

    /// Encrypts or wraps again with the current version what an earlier one has made. The server does that
    /// by itself: nothing is shown to the caller.
    ///
    /// # Errors
    ///
    /// As [`KeyInPlace::encrypt`].
    pub async fn rewrap(&self, sealed: &str, associated: &[u8]) -> Result<String> {
        self.text(Operation::rewrap(sealed, associated)).await
    }

    /// Wraps another key.
    ///
    /// # Errors
    ///
    /// As [`KeyInPlace::encrypt`].
    pub async fn wrap(&self, key: &[u8], associated: &[u8]) -> Result<String> {
        self.text(Operation::wrap(key, associated)).await
    }

    /// Unwraps what [`KeyInPlace::wrap`] or [`KeyInPlace::data_key`] made.
    ///
    /// # Errors
    ///
    /// As [`KeyInPlace::encrypt`].
    pub async fn unwrap(&self, sealed: &str, associated: &[u8]) -> Result<SecretBytes> {
        Ok(self.one(Operation::unwrap(sealed, associated)).await?.output())
    }

    /// A new key of `length` bytes (16 to 64), and the same wrapped, to be kept beside the data.
    ///
    /// # Errors
    ///
    /// As [`KeyInPlace::encrypt`].
    pub async fn data_key(&self, length: u32, associated: &[u8]) -> Result<(SecretBytes, String)> {
        let outcome = self.one(Operation::data_key(length, associated)).await?;
        Ok((outcome.output(), outcome.sealed().to_owned()))
    }

    /// Signs a message, by default with RSA-PSS and SHA-256, ECDSA, Ed25519 or SM2.
    ///
    /// # Errors
    ///
    /// As [`KeyInPlace::encrypt`].
    pub async fn sign(&self, algorithm: KeySignature, message: &[u8]) -> Result<String> {
        self.text(Operation::sign(algorithm, message)).await
    }

    /// Whether [`KeyInPlace::sign`] made this signature of the message.
    ///
    /// # Errors
    ///
    /// As [`KeyInPlace::encrypt`]. A wrong signature is no error.
    pub async fn verify(
        &self,
        algorithm: KeySignature,
        message: &[u8],
        signature: &str,
    ) -> Result<bool> {
        Ok(self.one(Operation::verify(algorithm, message, signature)).await?.is_valid())
    }

    /// The MAC of data.
    ///
    /// # Errors
    ///
    /// As [`KeyInPlace::encrypt`].
    pub async fn mac(&self, data: &[u8]) -> Result<String> {
        self.text(Operation::mac(data)).await
    }

    /// Whether [`KeyInPlace::mac`] made this MAC of the data.
    ///
    /// # Errors
    ///
    /// As [`KeyInPlace::encrypt`]. A wrong MAC is no error.
    pub async fn verify_mac(&self, data: &[u8], mac: &str) -> Result<bool> {
        Ok(self.one(Operation::verify_mac(data, mac)).await?.is_valid())
    }

    /// A key of `length` bytes (16 to 64) that is always the same for the same context and the same
    /// version of the key: the one of that number, or the current one. Tells the number.
    ///
    /// # Errors
    ///
    /// As [`KeyInPlace::encrypt`].
    pub async fn derive(
        &self,
        context: &[u8],
        length: u32,
        version: Option<u64>,
    ) -> Result<(SecretBytes, u64)> {
        let outcome = self.one(Operation::derive(context, length, version)).await?;
        Ok((outcome.output(), outcome.version()))
    }

    /// Random bytes of the server, at most 4096.
    ///
    /// # Errors
    ///
    /// As [`KeyInPlace::encrypt`].
    pub async fn random(&self, length: u32) -> Result<SecretBytes> {
        Ok(self.one(Operation::random(length)).await?.output())
    }

    /// Does up to [`MOST_OPERATIONS`] operations in one request, all of them or, if one is not allowed,
    /// none. What is wrong with one of them is the answer to that one.
    ///
    /// # Errors
    ///
    /// [`Error::Misuse`] for none or more, [`Error::Refused`], and as every call.
    pub async fn batch(
        &self,
        operations: Vec<Operation>,
    ) -> Result<Vec<std::result::Result<Outcome, OperationError>>> {
        let count = operations.len();
        if !(1..=MOST_OPERATIONS).contains(&count) {
            return Err(Error::Misuse("a request has 1 to 100 operations"));
        }
        let mut message = Zeroizing::new(KeyOperations::default());
        for mut operation in operations {
            message.operations.push(std::mem::take(&mut *operation.0));
        }
        let mut results = self.call(message).await?;
        if results.results.len() != count {
            let what = format!("{} results for {count} operations", results.results.len());
            return Err(Distrust::malformed(RESULTS, what).into());
        }
        let outcome = |mut result: KeyResult| match result.error_code {
            0 => Ok(Outcome(Zeroizing::new(result))),
            number => Err(OperationError::new(std::mem::take(&mut result.error), number)),
        };
        Ok(results.results.drain(..).map(outcome).collect())
    }

    async fn call(&self, message: Zeroizing<KeyOperations>) -> Result<Zeroizing<KeyResults>> {
        match &self.caller {
            Caller::Application { client, service } => {
                client.use_key(service, &self.secret, &message).await
            }
            Caller::Owner(client) => {
                let request = Zeroizing::new(UseSecretRequest {
                    secret_name: self.secret.clone(),
                    operations: message.operations.clone(),
                });
                let answer: KeyResults = client.call(&*request).await?;
                Ok(Zeroizing::new(answer))
            }
        }
    }

    async fn one(&self, operation: Operation) -> Result<Outcome> {
        let results = self.batch(vec![operation]).await?;
        let one = results.into_iter().next().ok_or(Distrust::Missing(RESULTS))?;
        one.map_err(Error::Operation)
    }

    async fn text(&self, operation: Operation) -> Result<String> {
        Ok(self.one(operation).await?.sealed().to_owned())
    }
}

impl TaClient {
    /// Has the server use a key. The operations are sealed for it, and signed by this application's key.
    async fn use_key(
        &self,
        service: &str,
        secret: &str,
        operations: &KeyOperations,
    ) -> Result<Zeroizing<KeyResults>> {
        if service.is_empty() || secret.is_empty() {
            return Err(Error::Misuse("the service or the secret has no name"));
        }
        let plain = Zeroizing::new(json::to_string(operations));
        let answer = self
            .call_for(|server, nonce| {
                let operations_enc = Some(envelope::seal(
                    Protocol::Aecs21,
                    Purpose::TA_OPERATIONS,
                    server.public_key(),
                    self.own_key(),
                    nonce.as_bytes(),
                    plain.as_bytes(),
                )?);
                let (service_name, secret_name) = (service.to_owned(), secret.to_owned());
                Ok(TaUseSecretRequest { service_name, secret_name, operations_enc, nonce })
            })
            .await?;
        answer.check_nonce(&answer.message.nonce)?;
        let sealed = answer.message.results_enc.as_ref();
        self.open(Purpose::TA_RESULTS, RESULTS, &answer, sealed).map(Zeroizing::new)
    }
}
