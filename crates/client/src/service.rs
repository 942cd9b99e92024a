//! A service's administrator: creates, updates, lists and destroys its secrets.

use std::sync::Arc;

use aecs_attest::Verifier;
use aecs_crypto::{KeyPair, PublicKey, SecretString};
use aecs_proto::{
    CreateEnclaveSecretRequest, CreateEnclaveSecretResponse, DestroyEnclaveSecretRequest,
    DestroyEnclaveSecretResponse, EnclaveSecretSpec, Function, ListDenialRequest,
    ListDenialResponse, ListEnclaveSecretRequest, ListEnclaveSecretResponse,
    RotateServiceKeyRequest, RotateServiceKeyResponse, Zeroizing,
};

use crate::admin::{AdminBuilder, AdminClient};
use crate::endpoint::Endpoint;
use crate::error::{Error, Result};
use crate::memory::StateMemory;
use crate::public::{self, PublicSecret};
use crate::sealed_call::{Administrator, Role};
use crate::secret::NewSecret;
use crate::trust::{ServerPolicy, TrustedServer};

/// Calls the functions of a service's administrator.
///
/// ```no_run
/// use std::sync::Arc;
/// use aecs_client::ServiceClient;
/// use aecs_client::files::{kubeconfig::Kubeconfig, secret_policy::SecretPolicyFile};
///
/// # async fn create(verifier: Arc<aecs_attest::Verifier>) -> Result<(), Box<dyn std::error::Error>> {
/// let (administrator, server) = Kubeconfig::load("service1.kubeconfig")?.into_parts()?;
/// let service = ServiceClient::builder(server.endpoint, verifier, server.policy)
///     .connect(&administrator.name, administrator.identity_key)
///     .await?;
/// for secret in &SecretPolicyFile::load("secrets.yaml")?.refuse_open_rules()?.secrets {
///     service.create(secret).await?;
/// }
/// # Ok(())
/// # }
/// ```
pub struct ServiceClient {
    administrator: Administrator,
    service: String,
}

impl ServiceClient {
    /// Connects to a server and checks it.
    ///
    /// # Errors
    ///
    /// When the server cannot be reached or is not trusted.
    pub async fn connect(
        endpoint: Endpoint,
        verifier: Arc<Verifier>,
        policy: ServerPolicy,
        service: &str,
        key: KeyPair,
        password: Option<SecretString>,
    ) -> Result<ServiceClient> {
        let builder = ServiceClient::builder(endpoint, verifier, policy).password(password);
        builder.connect(service, key).await
    }

    /// Prepares a connection.
    #[must_use]
    pub fn builder(
        endpoint: Endpoint,
        verifier: Arc<Verifier>,
        policy: ServerPolicy,
    ) -> ServiceBuilder {
        ServiceBuilder(AdminClient::builder(endpoint, verifier, policy))
    }

    /// The service's name.
    #[must_use]
    pub fn service(&self) -> &str {
        &self.service
    }

    /// The server, checked at most an hour ago.
    ///
    /// # Errors
    ///
    /// When it has to be checked again, and that fails.
    pub async fn server(&self) -> Result<Arc<TrustedServer>> {
        self.administrator.session.server().await
    }

    /// Creates a secret. A name that exists is an error.
    ///
    /// # Errors
    ///
    /// [`Error::Misuse`] for a secret of another service, and as every call: unreachable, refused
    /// or not trusted.
    pub async fn create(&self, secret: &NewSecret) -> Result<()> {
        self.put(secret, false).await
    }

    /// Replaces a secret's policy. A name that does not exist, another type and a read-only secret
    /// are errors.
    ///
    /// # Errors
    ///
    /// As [`ServiceClient::create`].
    pub async fn update(&self, secret: &NewSecret) -> Result<()> {
        self.put(secret, true).await
    }

    async fn put(&self, secret: &NewSecret, is_update: bool) -> Result<()> {
        if secret.spec.service_name != self.service {
            return Err(Error::Misuse("the secret names another service than the administrator's"));
        }
        let secret = Some(secret.to_message());
        let request = Zeroizing::new(CreateEnclaveSecretRequest { secret, is_update });
        let CreateEnclaveSecretResponse {} =
            self.administrator.call(Function::CreateSecret, &*request).await?;
        Ok(())
    }

    /// Destroys a secret: the exact name.
    ///
    /// # Errors
    ///
    /// As every call: unreachable, refused or not trusted.
    pub async fn destroy(&self, name: &str) -> Result<()> {
        let request = DestroyEnclaveSecretRequest { secret_name: name.to_owned() };
        let DestroyEnclaveSecretResponse {} =
            self.administrator.call(Function::DestroySecret, &request).await?;
        Ok(())
    }

    /// The secrets whose names start with `prefix`: what describes them, not the secrets.
    ///
    /// # Errors
    ///
    /// As every call: unreachable, refused or not trusted.
    pub async fn list(&self, prefix: &str) -> Result<Vec<EnclaveSecretSpec>> {
        let request = ListEnclaveSecretRequest { secret_name: prefix.to_owned() };
        let answer: ListEnclaveSecretResponse =
            self.administrator.call(Function::ListSecret, &request).await?;
        Ok(answer.secrets)
    }

    /// Who was refused secrets whose names start with `prefix`, and why; the latest of them since
    /// the server started.
    ///
    /// # Errors
    ///
    /// As every call: unreachable, refused or not trusted.
    pub async fn list_denials(&self, prefix: &str) -> Result<ListDenialResponse> {
        let request = ListDenialRequest { secret_name: prefix.to_owned() };
        self.administrator.call(Function::ListDenial, &request).await
    }

    /// Replaces this administrator's own key. Later calls need a connection with the new one.
    ///
    /// # Errors
    ///
    /// As every call: unreachable, refused or not trusted.
    pub async fn rotate_key(
        &self,
        key: &PublicKey,
        password_hash: Option<&SecretString>,
    ) -> Result<()> {
        let request = Zeroizing::new(RotateServiceKeyRequest {
            public_key: key.pem().to_owned(),
            password_hash: password_hash.map(|hash| hash.expose().to_owned()).unwrap_or_default(),
        });
        let RotateServiceKeyResponse {} =
            self.administrator.call(Function::RotateServiceKey, &*request).await?;
        Ok(())
    }

    /// The public part of a secret that is shared with the public.
    ///
    /// # Errors
    ///
    /// As every call: unreachable, refused or not trusted.
    pub async fn get_public(&self, name: &str) -> Result<PublicSecret> {
        public::get(&self.administrator.session, &self.service, name, None).await
    }
}

/// The optional parts of an administrator's connection; for a service's administrator.
pub struct ServiceBuilder(AdminBuilder);

impl ServiceBuilder {
    /// The administrator's password, where one is set.
    #[must_use]
    pub fn password(self, password: impl Into<Option<SecretString>>) -> ServiceBuilder {
        ServiceBuilder(self.0.password(password))
    }

    /// Refuses a server whose store was rolled back since it was last seen.
    #[must_use]
    pub fn memory(self, memory: Arc<dyn StateMemory>) -> ServiceBuilder {
        ServiceBuilder(self.0.memory(memory))
    }

    /// Connects to the server and checks it.
    ///
    /// # Errors
    ///
    /// [`Error::Misuse`] for an empty service name, and when the server cannot be reached or is
    /// not trusted.
    pub async fn connect(self, service: &str, key: KeyPair) -> Result<ServiceClient> {
        if service.is_empty() {
            return Err(Error::Misuse("the service name is empty"));
        }
        let role = Role::ServiceAdmin(service.to_owned());
        let administrator = self.0.administrator(key, role).await?;
        Ok(ServiceClient { administrator, service: service.to_owned() })
    }
}
