//! The AECS administrator: provisions the server, registers services, keeps identity backups.

use std::sync::Arc;
use std::time::Duration;

use aecs_attest::Verifier;
use aecs_crypto::{KeyPair, PublicKey, SecretString};
use aecs_proto::{
    AecsBackupIdentityRequest, AecsBackupIdentityResponse, AecsDeleteBackupIdentityRequest,
    AecsDeleteBackupIdentityResponse, AecsDestroyTaSecretRequest, AecsDestroyTaSecretResponse,
    AecsListBackupIdentityRequest, AecsListBackupIdentityResponse, AecsListTaSecretRequest,
    AecsListTaSecretResponse, AecsProvisionRequest, AecsProvisionResponse, EnclaveSecretSpec,
    ExportStoreRequest, ExportStoreResponse, ListEnclaveServiceRequest, ListEnclaveServiceResponse,
    RegisterEnclaveServiceRequest, RegisterEnclaveServiceResponse, StorageAuth,
    UnregisterEnclaveServiceRequest, UnregisterEnclaveServiceResponse, Zeroizing,
};
use tokio::time::Instant;

use crate::endpoint::Endpoint;
use crate::error::{Error, Result};
use crate::memory::StateMemory;
use crate::refusal::ErrorCode;
use crate::sealed_call::{Administrator, Function, Role};
use crate::session::{Memory, Session};
use crate::trust::{ServerPolicy, TrustedServer};

const PROVISION: Function = Function::write("AecsProvision");
const REGISTER: Function = Function::write("RegisterEnclaveService");
const UNREGISTER: Function = Function::write("UnregisterEnclaveService");
const LIST_SERVICES: Function = Function::read("ListEnclaveService");
const LIST_TA_SECRETS: Function = Function::read("ListTaSecret");
const DESTROY_TA_SECRET: Function = Function::write("DestroyTaSecret");
const BACKUP: Function = Function::write("AecsBackupIdentity");
const LIST_BACKUPS: Function = Function::read("AecsListBackupIdentity");
const EXPORT_STORE: Function = Function::read("ExportStore");
const DELETE_BACKUP: Function = Function::write("AecsDeleteBackupIdentity");

/// How long a provision waits for a server that prepares itself, and how often it asks.
const PREPARATION: Duration = Duration::from_secs(120);
const ASK_AGAIN: Duration = Duration::from_secs(1);

/// Calls the functions of the AECS administrator.
///
/// ```no_run
/// use std::sync::Arc;
/// use aecs_client::{AdminClient, FileStateMemory, files::kubeconfig::Kubeconfig};
///
/// # async fn register(verifier: Arc<aecs_attest::Verifier>) -> Result<(), Box<dyn std::error::Error>> {
/// let (administrator, server) = Kubeconfig::load("aecs_admin.kubeconfig")?.into_parts()?;
/// let memory = Arc::new(FileStateMemory::new("/var/lib/aecs/seen-states"));
/// let admin = AdminClient::builder(server.endpoint, verifier, server.policy)
///     .memory(memory)
///     .connect(administrator.identity_key)
///     .await?;
/// admin.provision("host1").await?;
/// for service in admin.list_services("").await? {
///     println!("{service}");
/// }
/// # Ok(())
/// # }
/// ```
pub struct AdminClient(Administrator);

/// An identity backup, as the server lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backup {
    /// The host name it was made under.
    pub host_name: String,
    /// SHA-256 of the identity's public PEM text, in hexadecimal.
    pub identity_hash: String,
}

/// A page of an export of the server's store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportPage {
    export_id: String,
    /// Keys and sealed values, in the order of the keys.
    pub entries: Vec<(String, Vec<u8>)>,
    /// Whether there is another page.
    pub more: bool,
}

impl AdminClient {
    /// Connects to a server and checks it.
    ///
    /// # Errors
    ///
    /// When the server cannot be reached or is not trusted.
    pub async fn connect(
        endpoint: Endpoint,
        verifier: Arc<Verifier>,
        policy: ServerPolicy,
        key: KeyPair,
        password: Option<SecretString>,
    ) -> Result<AdminClient> {
        let builder = AdminClient::builder(endpoint, verifier, policy);
        let builder = match password {
            Some(password) => builder.password(password),
            None => builder,
        };
        builder.connect(key).await
    }

    /// Prepares a connection.
    #[must_use]
    pub fn builder(
        endpoint: Endpoint,
        verifier: Arc<Verifier>,
        policy: ServerPolicy,
    ) -> AdminBuilder {
        AdminBuilder { endpoint, verifier, policy, password: None, memory: None }
    }

    /// The server, checked at most an hour ago.
    ///
    /// # Errors
    ///
    /// When it has to be checked again, and that fails.
    pub async fn server(&self) -> Result<Arc<TrustedServer>> {
        self.0.session.server().await
    }

    /// The server, checked now: its status is the present one.
    ///
    /// # Errors
    ///
    /// When the server cannot be reached or is not trusted any more.
    pub async fn status(&self) -> Result<Arc<TrustedServer>> {
        self.0.session.refresh().await
    }

    /// Makes the server work: with the identity that is backed up under `host_name`, or with its
    /// current one, which is then backed up there. An empty name backs nothing up.
    ///
    /// A backed up identity needs attestation reports of the server first. Waits up to two minutes
    /// until the server has made them.
    ///
    /// # Errors
    ///
    /// As every call: unreachable, refused or not trusted.
    pub async fn provision(&self, host_name: &str) -> Result<Arc<TrustedServer>> {
        self.provision_with(host_name, StorageAuth::default()).await
    }

    /// Provisions with credentials for a store that needs them.
    ///
    /// # Errors
    ///
    /// As every call: unreachable, refused or not trusted.
    pub async fn provision_with(
        &self,
        host_name: &str,
        storage: StorageAuth,
    ) -> Result<Arc<TrustedServer>> {
        let request = Zeroizing::new(AecsProvisionRequest {
            auth: Some(storage),
            host_name: host_name.to_owned(),
        });
        let patient_until = Instant::now() + PREPARATION;
        loop {
            match self.0.call(PROVISION, &*request).await {
                Ok(AecsProvisionResponse {}) => break,
                Err(Error::Refused(refusal))
                    if refusal.code() == Some(ErrorCode::NOT_YET)
                        && Instant::now() < patient_until =>
                {
                    tracing::debug!(%refusal, "asking again");
                    tokio::time::sleep(ASK_AGAIN).await;
                }
                Err(error) => return Err(error),
            }
        }
        // The identity may be another one now.
        self.status().await
    }

    /// Registers a service with its administrator's public key and, optionally, the hash of a
    /// password: argon2id as a PHC string, or the SHA-256 of AECS 2.0 as 64 hexadecimal digits.
    ///
    /// # Errors
    ///
    /// As every call: unreachable, refused or not trusted.
    pub async fn register(
        &self,
        service: &str,
        key: &PublicKey,
        password_hash: Option<&SecretString>,
    ) -> Result<()> {
        let request = Zeroizing::new(RegisterEnclaveServiceRequest {
            service_name: service.to_owned(),
            service_pubkey: key.pem().to_owned(),
            service_password_hash: password_hash
                .map(|hash| hash.expose().to_owned())
                .unwrap_or_default(),
        });
        let RegisterEnclaveServiceResponse {} = self.0.call(REGISTER, &*request).await?;
        Ok(())
    }

    /// Unregisters a service: the exact name.
    ///
    /// # Errors
    ///
    /// As every call: unreachable, refused or not trusted.
    pub async fn unregister(&self, service: &str) -> Result<()> {
        let request = UnregisterEnclaveServiceRequest { service_name: service.to_owned() };
        let UnregisterEnclaveServiceResponse {} = self.0.call(UNREGISTER, &request).await?;
        Ok(())
    }

    /// The services whose names start with `prefix`.
    ///
    /// # Errors
    ///
    /// As every call: unreachable, refused or not trusted.
    pub async fn list_services(&self, prefix: &str) -> Result<Vec<String>> {
        let request = ListEnclaveServiceRequest { service_name: prefix.to_owned() };
        let answer: ListEnclaveServiceResponse = self.0.call(LIST_SERVICES, &request).await?;
        Ok(answer.services.map(|services| services.names).unwrap_or_default())
    }

    /// The secrets of trusted applications whose names start with `prefix`.
    ///
    /// # Errors
    ///
    /// As every call: unreachable, refused or not trusted.
    pub async fn list_ta_secrets(&self, prefix: &str) -> Result<Vec<EnclaveSecretSpec>> {
        let request = AecsListTaSecretRequest { secret_name: prefix.to_owned() };
        let answer: AecsListTaSecretResponse = self.0.call(LIST_TA_SECRETS, &request).await?;
        Ok(answer.secrets)
    }

    /// Destroys a secret of a trusted application: the exact name, as listed.
    ///
    /// # Errors
    ///
    /// As every call: unreachable, refused or not trusted.
    pub async fn destroy_ta_secret(&self, name: &str) -> Result<()> {
        let request = AecsDestroyTaSecretRequest { secret_name: name.to_owned() };
        let AecsDestroyTaSecretResponse {} = self.0.call(DESTROY_TA_SECRET, &request).await?;
        Ok(())
    }

    /// Backs the server's identity up under a host name.
    ///
    /// # Errors
    ///
    /// As every call: unreachable, refused or not trusted.
    pub async fn backup(&self, host_name: &str) -> Result<()> {
        let request = AecsBackupIdentityRequest { host_name: host_name.to_owned() };
        let AecsBackupIdentityResponse {} = self.0.call(BACKUP, &request).await?;
        Ok(())
    }

    /// The identity backups; of one host, or of all with an empty name.
    ///
    /// # Errors
    ///
    /// As every call: unreachable, refused or not trusted.
    pub async fn list_backups(&self, host_name: &str) -> Result<Vec<Backup>> {
        let request = AecsListBackupIdentityRequest { host_name: host_name.to_owned() };
        let answer: AecsListBackupIdentityResponse = self.0.call(LIST_BACKUPS, &request).await?;
        let backups = answer.results.into_iter().map(|backup| Backup {
            host_name: backup.identity_backup_name,
            identity_hash: backup.identity_public_key_hash,
        });
        Ok(backups.collect())
    }

    /// Everything in the server's store at one moment, sealed as it is there: the page after
    /// `previous`, or the first one of a new export. An export has to be read within 10 minutes,
    /// and a new one ends it.
    ///
    /// # Errors
    ///
    /// As every call: unreachable, refused or not trusted.
    pub async fn export_store(&self, previous: Option<&ExportPage>) -> Result<ExportPage> {
        let request = previous.map_or_else(ExportStoreRequest::default, |previous| {
            let after = previous.entries.last().map(|(key, _)| key.clone()).unwrap_or_default();
            ExportStoreRequest { export_id: previous.export_id.clone(), after }
        });
        let answer: ExportStoreResponse = self.0.call(EXPORT_STORE, &request).await?;
        let entries: Vec<_> =
            answer.entries.into_iter().map(|entry| (entry.key, entry.value)).collect();
        // A page without entries has no successor, whatever it says.
        let more = answer.more && !entries.is_empty();
        Ok(ExportPage { export_id: answer.export_id, entries, more })
    }

    /// Deletes an identity backup.
    ///
    /// # Errors
    ///
    /// As every call: unreachable, refused or not trusted.
    pub async fn delete_backup(&self, host_name: &str) -> Result<()> {
        let request = AecsDeleteBackupIdentityRequest { host_name: host_name.to_owned() };
        let AecsDeleteBackupIdentityResponse {} = self.0.call(DELETE_BACKUP, &request).await?;
        Ok(())
    }
}

/// The optional parts of an administrator's connection; for the AECS administrator.
pub struct AdminBuilder {
    endpoint: Endpoint,
    verifier: Arc<Verifier>,
    policy: ServerPolicy,
    password: Option<SecretString>,
    memory: Option<Arc<dyn StateMemory>>,
}

impl AdminBuilder {
    /// The administrator's password, where one is set.
    #[must_use]
    pub fn password(mut self, password: SecretString) -> AdminBuilder {
        self.password = Some(password);
        self
    }

    /// Refuses a server whose store was rolled back since it was last seen.
    #[must_use]
    pub fn memory(mut self, memory: Arc<dyn StateMemory>) -> AdminBuilder {
        self.memory = Some(memory);
        self
    }

    /// Connects to the server and checks it.
    ///
    /// # Errors
    ///
    /// When the server cannot be reached or is not trusted.
    pub async fn connect(self, key: KeyPair) -> Result<AdminClient> {
        self.administrator(key, Role::AecsAdmin).await.map(AdminClient)
    }

    pub(crate) async fn administrator(self, key: KeyPair, role: Role) -> Result<Administrator> {
        let AdminBuilder { endpoint, verifier, policy, password, memory } = self;
        let memory = memory.map_or(Memory::Nothing, Memory::Lasting);
        let session = Session::new(&endpoint, verifier, policy, key.suite(), memory)?;
        session.server().await?;
        Ok(Administrator { session, role, key, password })
    }
}
