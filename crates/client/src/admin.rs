//! The AECS administrator: provisions the server, registers services, keeps identity backups.

use std::sync::Arc;
use std::time::Duration;

use aecs_attest::Verifier;
use aecs_crypto::{KeyPair, PublicKey, SecretString};
use aecs_proto::{
    AddAdministratorRequest, AddAdministratorResponse, AecsBackupIdentityRequest,
    AecsBackupIdentityResponse, AecsDeleteBackupIdentityRequest, AecsDeleteBackupIdentityResponse,
    AecsDestroyTaSecretRequest, AecsDestroyTaSecretResponse, AecsListBackupIdentityRequest,
    AecsListBackupIdentityResponse, AecsListTaSecretRequest, AecsListTaSecretResponse,
    AecsProvisionRequest, AecsProvisionResponse, ApplyDeploymentRequest, ApplyDeploymentResponse,
    DiffDeploymentRequest, DiffDeploymentResponse, EnclaveSecretSpec, ExportStoreRequest,
    ExportStoreResponse, ListAdministratorRequest, ListAdministratorResponse,
    ListEnclaveServiceRequest, ListEnclaveServiceResponse, RegisterEnclaveServiceRequest,
    RegisterEnclaveServiceResponse, RemoveAdministratorRequest, RemoveAdministratorResponse,
    RotateAdministratorKeyRequest, RotateAdministratorKeyResponse, SetServiceKeyRequest,
    SetServiceKeyResponse, SettingDifference, ShowDeploymentRequest, ShowDeploymentResponse,
    StorageAuth, UnregisterEnclaveServiceRequest, UnregisterEnclaveServiceResponse, Zeroizing,
};
use tokio::time::Instant;

use crate::endpoint::Endpoint;
use crate::error::{Error, Result};
use crate::files::server_config::ServerConfig;
use crate::memory::StateMemory;
use crate::refusal::ErrorCode;
use crate::sealed_call::{Administrator, Function, Role};
use crate::session::{Memory, Session};
use crate::status::DeploymentId;
use crate::trust::{Distrust, ServerPolicy, TrustedServer};

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
const SHOW_DEPLOYMENT: Function = Function::read("ShowDeployment");
const DIFF_DEPLOYMENT: Function = Function::read("DiffDeployment");
const APPLY_DEPLOYMENT: Function = Function::write("ApplyDeployment");
const LIST_ADMINISTRATORS: Function = Function::read("ListAdministrator");
const ADD_ADMINISTRATOR: Function = Function::write("AddAdministrator");
const REMOVE_ADMINISTRATOR: Function = Function::write("RemoveAdministrator");
const ROTATE_KEY: Function = Function::write("RotateAdministratorKey");
const SET_SERVICE_KEY: Function = Function::write("SetServiceKey");

/// How long a provision waits for a server that prepares itself, and how often it asks.
const PREPARATION: Duration = Duration::from_secs(120);
const ASK_AGAIN: Duration = Duration::from_secs(1);

/// Calls the functions of the AECS administrator.
///
/// ```no_run
/// use std::sync::Arc;
/// use aecs_client::{AdminClient, FileStateMemory, Provision};
/// use aecs_client::files::{kubeconfig::Kubeconfig, server_config::ServerConfig};
///
/// # async fn register(verifier: Arc<aecs_attest::Verifier>) -> Result<(), Box<dyn std::error::Error>> {
/// let (administrator, server) = Kubeconfig::load("aecs_admin.kubeconfig")?.into_parts()?;
/// let memory = Arc::new(FileStateMemory::new("/var/lib/aecs/seen-states"));
/// let admin = AdminClient::builder(server.endpoint, verifier, server.policy)
///     .memory(memory)
///     .first_contact()
///     .connect(administrator.identity_key)
///     .await?;
/// let config = ServerConfig::read("aecs_server.json")?;
/// let provision = Provision { host_name: "host1".into(), server_config: Some(config), ..Provision::default() };
/// admin.provision(provision).await?;
/// for service in admin.list_services("").await? {
///     println!("{service}");
/// }
/// # Ok(())
/// # }
/// ```
pub struct AdminClient {
    administrator: Administrator,
    /// The deployment that the policy names.
    pinned: Option<DeploymentId>,
}

/// What a provision asks for.
#[derive(Default)]
pub struct Provision {
    /// The host name under which the identity is or will be backed up; empty for no backup.
    pub host_name: String,
    /// Credentials for a store that needs them.
    pub storage: StorageAuth,
    /// The configuration file that the administrator holds: refused if its trust settings are not
    /// those in force.
    pub server_config: Option<ServerConfig>,
    /// The digest of the trust settings that the administrator has seen; empty for any.
    pub settings_digest: String,
    /// Begin although the store is older than the identity remembers, or empty.
    pub accept_older_store: bool,
}

/// A provision under this host name that asks for nothing else.
impl From<&str> for Provision {
    fn from(host_name: &str) -> Self {
        Self { host_name: host_name.to_owned(), ..Self::default() }
    }
}

/// What came of a provision.
pub struct Provisioned {
    /// The server as it is now.
    pub server: Arc<TrustedServer>,
    /// It was working before, and nothing was done.
    pub already_working: bool,
}

/// A service, as the server lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// Its name.
    pub name: String,
    /// The operator may replace the key of its administrator.
    pub operator_may_replace_key: bool,
}

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
        let pinned = policy.pinned_deployment();
        AdminBuilder { endpoint, verifier, policy, pinned, password: None, memory: None }
    }

    /// The server, checked at most an hour ago.
    ///
    /// # Errors
    ///
    /// When it has to be checked again, and that fails.
    pub async fn server(&self) -> Result<Arc<TrustedServer>> {
        self.administrator.session.server().await
    }

    /// The server, checked now: its status is the present one.
    ///
    /// # Errors
    ///
    /// When the server cannot be reached or is not trusted any more.
    pub async fn status(&self) -> Result<Arc<TrustedServer>> {
        self.administrator.session.refresh().await
    }

    /// Makes the server work: with the identity that is backed up under the host name, or with its
    /// current one, which is then backed up there. Succeeds if it works already.
    ///
    /// The request names the identity that the server has now, and the deployment that the policy
    /// pins. A backed up identity needs attestation reports of the server first: this waits up to two
    /// minutes until the server has made them.
    ///
    /// # Errors
    ///
    /// As every call: unreachable, refused or not trusted. [`Error::File`] if a file that
    /// [`Provision::server_config`] names cannot be read.
    pub async fn provision(&self, provision: impl Into<Provision>) -> Result<Provisioned> {
        let provision = provision.into();
        let server = self.status().await?;
        let mut request = Zeroizing::new(AecsProvisionRequest {
            auth: Some(provision.storage),
            host_name: provision.host_name,
            identity_hash: server.status().identity_hash.clone(),
            deployment_id: self.pinned.map(|id| id.to_string()).unwrap_or_default(),
            server_config: None,
            settings_digest: provision.settings_digest,
            accept_older_store: provision.accept_older_store,
        });
        let mut config = provision.server_config;
        let patient_until = Instant::now() + PREPARATION;
        let answer = loop {
            request.server_config = config.as_ref().map(ServerConfig::to_message);
            match self.administrator.call::<_, AecsProvisionResponse>(PROVISION, &*request).await {
                Ok(answer) if answer.missing_files.is_empty() => break answer,
                Ok(answer) => complete(&mut config, &answer.missing_files)?,
                Err(Error::Refused(refusal))
                    if refusal.code() == Some(ErrorCode::NOT_YET)
                        && Instant::now() < patient_until =>
                {
                    tracing::debug!(%refusal, "asking again");
                    tokio::time::sleep(ASK_AGAIN).await;
                }
                Err(error) => return Err(error),
            }
        };
        // The identity may be another one now.
        let server = self.status().await?;
        let actual = server.status().deployment_id;
        match self.pinned {
            Some(expected) if expected != actual => {
                Err(Error::Untrusted(Distrust::Deployment { expected, actual }))
            }
            _ => Ok(Provisioned { server, already_working: answer.already_working }),
        }
    }

    /// The trust settings in force, and where the host's own file differs.
    ///
    /// # Errors
    ///
    /// As every call: unreachable, refused or not trusted.
    pub async fn show_deployment(&self) -> Result<ShowDeploymentResponse> {
        self.administrator.call(SHOW_DEPLOYMENT, &ShowDeploymentRequest {}).await
    }

    /// What a file would change, or the file that the server was started with.
    ///
    /// # Errors
    ///
    /// As every call, and [`Error::File`] if a file that it names cannot be read.
    pub async fn diff_deployment(
        &self,
        mut config: Option<ServerConfig>,
    ) -> Result<Vec<SettingDifference>> {
        loop {
            let file = config.as_ref().map(ServerConfig::to_message);
            let request = DiffDeploymentRequest { file };
            let answer: DiffDeploymentResponse =
                self.administrator.call(DIFF_DEPLOYMENT, &request).await?;
            if answer.missing_files.is_empty() {
                return Ok(answer.differences);
            }
            complete(&mut config, &answer.missing_files)?;
        }
    }

    /// Makes the trust settings of a file those in force, in the place of those of `revision`.
    ///
    /// # Errors
    ///
    /// As every call, and [`Error::File`] if a file that it names cannot be read.
    pub async fn apply_deployment(
        &self,
        config: ServerConfig,
        revision: i64,
    ) -> Result<ApplyDeploymentResponse> {
        let mut config = Some(config);
        loop {
            let file = config.as_ref().map(ServerConfig::to_message);
            let request = ApplyDeploymentRequest { file, revision };
            let answer: ApplyDeploymentResponse =
                self.administrator.call(APPLY_DEPLOYMENT, &request).await?;
            if answer.missing_files.is_empty() {
                return Ok(answer);
            }
            complete(&mut config, &answer.missing_files)?;
        }
    }

    /// The administrators of the platform.
    ///
    /// # Errors
    ///
    /// As every call: unreachable, refused or not trusted.
    pub async fn list_administrators(&self) -> Result<Vec<aecs_proto::Administrator>> {
        let answer: ListAdministratorResponse =
            self.administrator.call(LIST_ADMINISTRATORS, &ListAdministratorRequest {}).await?;
        Ok(answer.administrators)
    }

    /// Adds an administrator of the platform, with the hash of a password where one is to be asked.
    ///
    /// # Errors
    ///
    /// As every call: unreachable, refused or not trusted.
    pub async fn add_administrator(
        &self,
        name: &str,
        key: &PublicKey,
        password_hash: Option<&SecretString>,
    ) -> Result<()> {
        let request = Zeroizing::new(AddAdministratorRequest {
            name: name.to_owned(),
            public_key: key.pem().to_owned(),
            password_hash: exposed(password_hash),
        });
        let AddAdministratorResponse {} =
            self.administrator.call(ADD_ADMINISTRATOR, &*request).await?;
        Ok(())
    }

    /// Removes an administrator of the platform: its key is refused from now on.
    ///
    /// # Errors
    ///
    /// As every call: unreachable, refused or not trusted.
    pub async fn remove_administrator(&self, name: &str) -> Result<()> {
        let request = RemoveAdministratorRequest { name: name.to_owned() };
        let RemoveAdministratorResponse {} =
            self.administrator.call(REMOVE_ADMINISTRATOR, &request).await?;
        Ok(())
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
        let request = Zeroizing::new(RotateAdministratorKeyRequest {
            public_key: key.pem().to_owned(),
            password_hash: exposed(password_hash),
        });
        let RotateAdministratorKeyResponse {} =
            self.administrator.call(ROTATE_KEY, &*request).await?;
        Ok(())
    }

    /// Gives a service another administrator's key, if it was registered so that this may be done.
    ///
    /// # Errors
    ///
    /// As every call: unreachable, refused or not trusted.
    pub async fn set_service_key(
        &self,
        service: &str,
        key: &PublicKey,
        password_hash: Option<&SecretString>,
    ) -> Result<()> {
        let request = Zeroizing::new(SetServiceKeyRequest {
            service_name: service.to_owned(),
            public_key: key.pem().to_owned(),
            password_hash: exposed(password_hash),
        });
        let SetServiceKeyResponse {} = self.administrator.call(SET_SERVICE_KEY, &*request).await?;
        Ok(())
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
        self.register_with(service, key, password_hash, false).await
    }

    /// The same; `operator_may_replace_key` lets [`AdminClient::set_service_key`] replace the key
    /// later, and so get at the service's secrets.
    ///
    /// # Errors
    ///
    /// As every call: unreachable, refused or not trusted.
    pub async fn register_with(
        &self,
        service: &str,
        key: &PublicKey,
        password_hash: Option<&SecretString>,
        operator_may_replace_key: bool,
    ) -> Result<()> {
        let request = Zeroizing::new(RegisterEnclaveServiceRequest {
            service_name: service.to_owned(),
            service_pubkey: key.pem().to_owned(),
            service_password_hash: exposed(password_hash),
            operator_may_replace_key,
        });
        let RegisterEnclaveServiceResponse {} =
            self.administrator.call(REGISTER, &*request).await?;
        Ok(())
    }

    /// Unregisters a service: the exact name.
    ///
    /// # Errors
    ///
    /// As every call: unreachable, refused or not trusted.
    pub async fn unregister(&self, service: &str) -> Result<()> {
        let request = UnregisterEnclaveServiceRequest { service_name: service.to_owned() };
        let UnregisterEnclaveServiceResponse {} =
            self.administrator.call(UNREGISTER, &request).await?;
        Ok(())
    }

    /// The services whose names start with `prefix`.
    ///
    /// # Errors
    ///
    /// As every call: unreachable, refused or not trusted.
    pub async fn list_services(&self, prefix: &str) -> Result<Vec<String>> {
        Ok(self.services(prefix).await?.into_iter().map(|service| service.name).collect())
    }

    /// The same, with what their registrations say.
    ///
    /// # Errors
    ///
    /// As every call: unreachable, refused or not trusted.
    pub async fn services(&self, prefix: &str) -> Result<Vec<Service>> {
        let request = ListEnclaveServiceRequest { service_name: prefix.to_owned() };
        let answer: ListEnclaveServiceResponse =
            self.administrator.call(LIST_SERVICES, &request).await?;
        let replaceable = answer.replaceable_keys;
        let names = answer.services.map(|services| services.names).unwrap_or_default();
        let service =
            |name: String| Service { operator_may_replace_key: replaceable.contains(&name), name };
        Ok(names.into_iter().map(service).collect())
    }

    /// The secrets of trusted applications whose names start with `prefix`.
    ///
    /// # Errors
    ///
    /// As every call: unreachable, refused or not trusted.
    pub async fn list_ta_secrets(&self, prefix: &str) -> Result<Vec<EnclaveSecretSpec>> {
        let request = AecsListTaSecretRequest { secret_name: prefix.to_owned() };
        let answer: AecsListTaSecretResponse =
            self.administrator.call(LIST_TA_SECRETS, &request).await?;
        Ok(answer.secrets)
    }

    /// Destroys a secret of a trusted application: the exact name, as listed.
    ///
    /// # Errors
    ///
    /// As every call: unreachable, refused or not trusted.
    pub async fn destroy_ta_secret(&self, name: &str) -> Result<()> {
        let request = AecsDestroyTaSecretRequest { secret_name: name.to_owned() };
        let AecsDestroyTaSecretResponse {} =
            self.administrator.call(DESTROY_TA_SECRET, &request).await?;
        Ok(())
    }

    /// Backs the server's identity up under a host name.
    ///
    /// # Errors
    ///
    /// As every call: unreachable, refused or not trusted.
    pub async fn backup(&self, host_name: &str) -> Result<()> {
        let request = AecsBackupIdentityRequest { host_name: host_name.to_owned() };
        let AecsBackupIdentityResponse {} = self.administrator.call(BACKUP, &request).await?;
        Ok(())
    }

    /// The identity backups; of one host, or of all with an empty name.
    ///
    /// # Errors
    ///
    /// As every call: unreachable, refused or not trusted.
    pub async fn list_backups(&self, host_name: &str) -> Result<Vec<Backup>> {
        let request = AecsListBackupIdentityRequest { host_name: host_name.to_owned() };
        let answer: AecsListBackupIdentityResponse =
            self.administrator.call(LIST_BACKUPS, &request).await?;
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
        let answer: ExportStoreResponse = self.administrator.call(EXPORT_STORE, &request).await?;
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
        let AecsDeleteBackupIdentityResponse {} =
            self.administrator.call(DELETE_BACKUP, &request).await?;
        Ok(())
    }
}

/// Adds the files that the server asks for, if the configuration file names them.
fn complete(config: &mut Option<ServerConfig>, missing: &[String]) -> Result<()> {
    match config {
        Some(config) => config.add(missing).map_err(Error::File),
        None => Err(Error::Misuse("the server asks for files that nobody has named")),
    }
}

fn exposed(hash: Option<&SecretString>) -> String {
    hash.map(|hash| hash.expose().to_owned()).unwrap_or_default()
}

/// The optional parts of an administrator's connection; for the AECS administrator.
pub struct AdminBuilder {
    endpoint: Endpoint,
    verifier: Arc<Verifier>,
    policy: ServerPolicy,
    pinned: Option<DeploymentId>,
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

    /// Connects to a server of any deployment of the pinned code: before its first provision nobody
    /// can know the id, and a new server gets it back from a backup. [`AdminClient::provision`]
    /// still asks for the pinned one.
    #[must_use]
    pub fn first_contact(mut self) -> AdminBuilder {
        self.policy = self.policy.first_contact();
        self
    }

    /// Connects to the server and checks it.
    ///
    /// # Errors
    ///
    /// When the server cannot be reached or is not trusted.
    pub async fn connect(self, key: KeyPair) -> Result<AdminClient> {
        let pinned = self.pinned;
        let administrator = self.administrator(key, Role::AecsAdmin).await?;
        Ok(AdminClient { administrator, pinned })
    }

    pub(crate) async fn administrator(self, key: KeyPair, role: Role) -> Result<Administrator> {
        let AdminBuilder { endpoint, verifier, policy, password, memory, .. } = self;
        let memory = memory.map_or(Memory::Nothing, Memory::Lasting);
        let session = Session::new(&endpoint, verifier, policy, key.suite(), memory)?;
        session.server().await?;
        Ok(Administrator { session, role, key, password })
    }
}
