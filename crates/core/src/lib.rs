//! The trusted core of AECS: what runs inside the TEE, and nothing else.
//!
//! For the server, which gives it sockets and files, and for tests, which give it none. The core
//! reads messages of the wire protocol and answers with such; it opens no socket, reads no
//! environment and knows no command line. One method of [`Core`] an RPC:
//!
//! 1. the dispatch proves who calls (`dispatch/`), by one table of functions (`functions.rs`),
//! 2. the handler does what the function says (`handlers/`),
//! 3. the vault (`aecs-vault`) makes it durable together with the memory of the request.
//!
//! ```
//! use aecs_core::Aecs20;
//!
//! // Requests of protocol 2.0 are refused unless the configuration says otherwise.
//! assert_eq!(Aecs20::default(), Aecs20::Deny);
//! assert!("allow".parse::<Aecs20>()? > Aecs20::ReadOnly);
//! # Ok::<(), String>(())
//! ```

#![forbid(unsafe_code)]
#![cfg_attr(not(test), warn(clippy::disallowed_methods))]

mod act;
mod activity;
mod administrators;
mod alone;
mod audit;
mod bound;
mod by_epoch;
mod call;
mod cause;
mod clock;
mod compat;
mod config;
mod dispatch;
mod error;
mod exports;
mod floor;
mod following;
mod functions;
mod guesses;
mod handlers;
mod housekeeping;
mod identity;
mod keys;
mod lists;
mod memory;
mod name;
mod quota;
mod records;
mod recovering;
mod recovery;
mod relocation;
mod remembering;
mod replay;
mod restoration;
mod row;
mod secret;
mod session;
mod settings;
mod share;
mod signatures;
mod slow;
mod stack;
mod start;
mod state;
mod ta_rule;
mod timing;
mod uploads;
mod views;
mod waits;
mod watchers;
mod wire;

use std::sync::Arc;

use aecs_proto::{
    AdminRemoteCallRequest, AdminRemoteCallResponse, Function, GetAecsStatusRequest,
    GetAecsStatusResponse, GetEnclaveSecretPublicRequest, GetEnclaveSecretPublicResponse,
    GetRemoteSecretRequest, GetRemoteSecretResponse, SyncWithRemoteAecsRequest,
    SyncWithRemoteAecsResponse, TaRemoteCallRequest, TaRemoteCallResponse, TaSessionCallRequest,
    TaSessionCallResponse,
};

pub use aecs_proto::{Caller, Effect, MAX_NAME_BYTES, TRUSTED_APPLICATIONS};
pub use aecs_vault as vault;

pub use self::{
    administrators::AdminConfig,
    audit::{AuditEntry, AuditFailure, AuditSink, LookBack, Room},
    clock::{Clock, SystemClock},
    compat::{Aecs20, Compat},
    config::{CoreConfig, Environment, IdentityCache, OneStore, Stores},
    error::{Error, ErrorCode, Kind},
    functions::{FunctionInfo, functions},
    identity::UnsealError,
    name::{HostName, ListName, PersonName, SecretName, ServiceName},
    quota::Quotas,
    row::State,
    settings::{
        Appointing, NamedAdministrator, NamedPassword, ReadFile, Restart, Settings, SettingsReader,
        TrustSettings,
    },
    start::StartError,
    ta_rule::TaRule,
    waits::Wait,
};

/// A node of a deployment. Cheap to clone; the last one dropped stops its housekeeping.
#[derive(Clone)]
pub struct Core {
    state: Arc<state::CoreState>,
}

impl Core {
    /// Starts a core: unseals or makes its identity, proves it, and works if it was in service
    /// before; otherwise it waits for an administrator's provision. Needs a Tokio runtime.
    ///
    /// # Errors
    /// [`StartError`]: the sealed identity does not open, or the platform does not attest.
    pub async fn start(config: CoreConfig, env: Environment) -> Result<Self, StartError> {
        Ok(Self { state: start::start(config, env).await? })
    }

    /// The id of the deployment, as the report shows it.
    #[must_use]
    pub fn deployment_id(&self) -> [u8; 32] {
        self.state.node().deployment_id()
    }

    /// `Pending`, `Recovering` or `Working`.
    #[must_use]
    pub fn status(&self) -> &'static str {
        self.state.node().status()
    }

    /// The records, once the server works.
    #[cfg(feature = "testing")]
    #[must_use]
    pub fn records(&self) -> Option<vault::Vault> {
        self.state.node().vault().ok().cloned()
    }

    /// Saves what the node remembers: for the end of a server. The records learn the end of the
    /// audit log, and the sealed identity the state of the records. While the server works, that is
    /// done every ten seconds and every minute.
    ///
    /// # Errors
    /// [`Error`], when something cannot be sealed or written.
    pub async fn save(&self) -> Result<(), Error> {
        let node = self.state.node();
        activity::write(&self.state, activity::Which::All).await;
        let ended = self.state.ledger.end(node.vault().ok()).await;
        remembering::remember(&self.state).await.and(ended)
    }

    /// The status and the report of this node.
    ///
    /// # Errors
    /// [`Error`], like every method below.
    pub async fn get_aecs_status(
        &self,
        request: GetAecsStatusRequest,
    ) -> Result<GetAecsStatusResponse, Error> {
        handlers::status::get(&self.state, request).await.map_err(Error::for_stranger)
    }

    /// The public half of a shared secret.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn get_enclave_secret_public(
        &self,
        request: GetEnclaveSecretPublicRequest,
    ) -> Result<GetEnclaveSecretPublicResponse, Error> {
        let answer = timing::on_the_beat(handlers::public::get(&self.state, request)).await;
        answer.map_err(Error::for_stranger)
    }

    /// A call of the platform operator.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn aecs_admin_remote_call(
        &self,
        request: AdminRemoteCallRequest,
    ) -> Result<AdminRemoteCallResponse, Error> {
        timing::on_the_beat(dispatch::admin::aecs_admin(&self.state, request)).await
    }

    /// A call of the owner of a service.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn service_admin_remote_call(
        &self,
        request: AdminRemoteCallRequest,
    ) -> Result<AdminRemoteCallResponse, Error> {
        timing::on_the_beat(dispatch::admin::service_admin(&self.state, request)).await
    }

    /// A call of an application in a TEE.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn ta_remote_call(
        &self,
        request: TaRemoteCallRequest,
    ) -> Result<TaRemoteCallResponse, Error> {
        let answer =
            timing::on_the_beat(dispatch::ta::trusted_application(&self.state, request)).await;
        answer.map_err(Error::for_stranger)
    }

    /// A call of an application in a TEE that has a session.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn ta_session_call(
        &self,
        request: TaSessionCallRequest,
    ) -> Result<TaSessionCallResponse, Error> {
        let answer =
            timing::on_the_beat(dispatch::session::trusted_application(&self.state, request)).await;
        answer.map_err(Error::for_stranger)
    }

    /// Whether a call in a session is one that waits: [`Core::ta_wait`] serves it without holding
    /// anything of the server meanwhile.
    #[must_use]
    pub fn waits(request: &TaSessionCallRequest) -> bool {
        request.function_name == Function::TaWaitForChange.name()
    }

    /// Begins a wait of an application in a TEE that has a session.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn ta_wait(&self, request: TaSessionCallRequest) -> Result<Wait, Error> {
        timing::on_the_beat(dispatch::session::wait(&self.state, request)).await
    }

    /// Asks for the identity, as another node. Refused: see the table of functions.
    ///
    /// # Errors
    /// [`Error`], always.
    pub async fn get_remote_secret(
        &self,
        _request: GetRemoteSecretRequest,
    ) -> Result<GetRemoteSecretResponse, Error> {
        Err(dispatch::closed(Function::GetRemoteSecret))
    }

    /// Makes this node take another node's identity. Refused: see the table of functions.
    ///
    /// # Errors
    /// [`Error`], always.
    pub async fn sync_with_remote_aecs(
        &self,
        _request: SyncWithRemoteAecsRequest,
    ) -> Result<SyncWithRemoteAecsResponse, Error> {
        Err(dispatch::closed(Function::SyncWithRemoteAecs))
    }
}
