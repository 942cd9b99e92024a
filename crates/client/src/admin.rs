//! The AECS administrator: provisions the server, registers services, keeps identity backups.

mod administrators;
mod deployment;
mod recovery;
mod store;

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aecs_attest::Verifier;
use aecs_crypto::{KeyHash, KeyPair, PublicKey, SecretString};
use aecs_proto::{
    AecsDestroyTaSecretRequest, AecsListTaSecretRequest, AecsSetTimeRequest, AecsSetTimeResponse,
    EnclaveSecretSpec, ErrorCode, FunctionRequest, ListEnclaveServiceRequest,
    RegisterEnclaveServiceRequest, UnregisterEnclaveServiceRequest, Zeroizing,
};
use tokio::time::Instant;

pub use self::deployment::{Provision, Provisioned};
pub use self::recovery::Finish;
pub use self::store::{Backup, ExportPage};
use crate::endpoint::Endpoint;
use crate::error::{Error, Result};
use crate::memory::StateMemory;
use crate::sealed_call::{Administrator, Role};
use crate::session::{Memory, Session};
use crate::status::DeploymentId;
use crate::trust::{ServerPolicy, TrustedServer};

/// How long a provision or the end of a recovery waits for the server's reports, and how often it asks.
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

/// A service, as the server lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// Its name.
    pub name: String,
    /// The operator may replace the key of its administrator.
    pub operator_may_replace_key: bool,
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
        let builder = AdminClient::builder(endpoint, verifier, policy).password(password);
        builder.connect(key).await
    }

    /// Prepares a connection.
    #[must_use]
    pub fn builder(
        endpoint: Endpoint,
        verifier: Arc<Verifier>,
        policy: ServerPolicy,
    ) -> AdminBuilder {
        AdminBuilder::new(endpoint, verifier, policy)
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

    /// The hash of this administrator's own public key.
    #[must_use]
    pub fn key_hash(&self) -> KeyHash {
        self.administrator.key.public().fingerprint()
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
        self.administrator.call(&*request).await?;
        Ok(())
    }

    /// Lowers the floor of the server's clock: the latest time that somebody has signed for it.
    /// Returns where it was.
    ///
    /// # Errors
    ///
    /// As every call: unreachable, refused or not trusted. Without a floor, and for a time that is
    /// not before it, the server refuses.
    pub async fn set_time(&self, floor: SystemTime) -> Result<SystemTime> {
        let since = floor.duration_since(UNIX_EPOCH).unwrap_or_default();
        // The request is good for a few minutes after this status, by a clock that nobody sets.
        let server = self.administrator.session.refresh().await?;
        let request = AecsSetTimeRequest {
            floor_ms: i64::try_from(since.as_millis()).unwrap_or(i64::MAX),
            uptime_ms: server.status().uptime_ms,
        };
        let AecsSetTimeResponse { before_ms } = self.administrator.call(&request).await?;
        Ok(UNIX_EPOCH + Duration::from_millis(before_ms.unsigned_abs()))
    }

    /// Unregisters a service: the exact name.
    ///
    /// # Errors
    ///
    /// As every call: unreachable, refused or not trusted.
    pub async fn unregister(&self, service: &str) -> Result<()> {
        let request = UnregisterEnclaveServiceRequest { service_name: service.to_owned() };
        self.administrator.call(&request).await?;
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
        let answer = self.administrator.call(&request).await?;
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
        let answer = self.administrator.call(&request).await?;
        Ok(answer.secrets)
    }

    /// Destroys a secret of a trusted application: the exact name, as listed.
    ///
    /// # Errors
    ///
    /// As every call: unreachable, refused or not trusted.
    pub async fn destroy_ta_secret(&self, name: &str) -> Result<()> {
        let request = AecsDestroyTaSecretRequest { secret_name: name.to_owned() };
        self.administrator.call(&request).await?;
        Ok(())
    }
}

impl AdminClient {
    /// Calls a server that may have to make reports first, until then.
    async fn call_prepared<R: FunctionRequest>(
        &self,
        request: &R,
        patient_until: Instant,
    ) -> Result<R::Response> {
        loop {
            match self.administrator.call(request).await {
                Err(Error::Refused(refusal))
                    if refusal.code() == Some(ErrorCode::NotYet)
                        && Instant::now() < patient_until =>
                {
                    tracing::debug!(%refusal, "asking again");
                    tokio::time::sleep(ASK_AGAIN).await;
                }
                done => return done,
            }
        }
    }
}

pub(crate) fn exposed(hash: Option<&SecretString>) -> String {
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
    recovers: bool,
}

impl AdminBuilder {
    pub(crate) fn new(
        endpoint: Endpoint,
        verifier: Arc<Verifier>,
        policy: ServerPolicy,
    ) -> AdminBuilder {
        let pinned = policy.pinned_deployment();
        let recovers = false;
        AdminBuilder { endpoint, verifier, policy, pinned, password: None, memory: None, recovers }
    }

    /// The administrator's password, where one is set.
    #[must_use]
    pub fn password(mut self, password: impl Into<Option<SecretString>>) -> AdminBuilder {
        self.password = password.into();
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

    /// As [`AdminBuilder::first_contact`], to finish the recovery of the pinned deployment: the server has
    /// an identity of its own until then, and what is remembered of the deployment counts for it.
    #[must_use]
    pub fn recovers(mut self) -> AdminBuilder {
        self.recovers = true;
        self.first_contact()
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
        let AdminBuilder { endpoint, verifier, policy, pinned, password, memory, recovers } = self;
        let memory = memory.map_or(Memory::Nothing, Memory::Lasting);
        let mut session = Session::new(&endpoint, verifier, policy, key.suite(), memory)?;
        session.recovers(pinned.filter(|_| recovers));
        session.server().await?;
        Ok(Administrator { session, role, key, password })
    }
}
