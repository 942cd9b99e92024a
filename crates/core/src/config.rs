//! What a core is told at its start, and the environment it lives in.

use std::{io, sync::Arc};

use aecs_attest::{Attester, Seals};
use aecs_store::{Lost, Opened, pages::PageStore};
use async_trait::async_trait;

use crate::{
    administrators::AdminConfig,
    audit::AuditSink,
    clock::Clock,
    settings::{SettingsReader, TrustSettings},
};

/// What a core is told at its start.
#[derive(Clone)]
pub struct CoreConfig {
    /// The first administrator of an identity that is born with this start.
    pub admin: AdminConfig,
    /// The trust settings of the host's file. In force when an identity is born, and only then.
    pub settings: TrustSettings,
    /// How many bytes the sessions of applications may take; 0 for no sessions.
    pub session_bytes: usize,
    /// How many bytes the data of secrets may take that administrators of services send in parts, until the
    /// requests that use it are done; 0 for no such data.
    pub upload_bytes: usize,
    /// How many applications may wait for changes at the same time; 0 for none.
    pub watchers: usize,
    /// Wait for recovery shares, instead of beginning with a new identity.
    pub recover: bool,
}

impl CoreConfig {
    /// Bytes for sessions unless configured otherwise: some ten thousand applications.
    pub const SESSION_BYTES: usize = 64 << 20;

    /// Bytes for uploads unless configured otherwise: five of the longest.
    pub const UPLOAD_BYTES: usize = 64 << 20;

    /// Waiting applications unless configured otherwise.
    pub const WATCHERS: usize = 1024;
}

/// What surrounds a core: hardware, store, files, time. Everything here is the host's and
/// therefore not trusted, except the attester and the sealer, which are the hardware.
#[derive(Clone)]
pub struct Environment {
    /// Makes the server's own reports.
    pub attester: Arc<dyn Attester>,
    /// Seals the identity to this enclave or its signer under the rules of the trust settings, if
    /// the platform has anything to seal with. If not, the identity lives as long as the process.
    pub sealing: Arc<dyn Seals>,
    /// Gives trust settings their meaning.
    pub reader: Arc<dyn SettingsReader>,
    /// Keeps records and identity backups.
    pub store: Arc<dyn PageStore>,
    /// Opens the stores that records can move to.
    pub stores: Arc<dyn Stores>,
    /// Keeps the sealed identity beside the server, if the operator wants that.
    pub identity_cache: Option<Arc<dyn IdentityCache>>,
    /// Receives every administrative act, every release of a secret and every denial.
    pub audit: Arc<dyn AuditSink>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
}

/// The stores of a host.
#[async_trait]
pub trait Stores: Send + Sync {
    /// The URL of the store of the start.
    fn origin(&self) -> &str;

    /// The URL of a store that the settings may have a shorter name for, as far as it can be seen without the
    /// store. It has no password in it, so it may be written down.
    ///
    /// # Errors
    /// Why it cannot be one, for the administrator.
    fn url(&self, name: &str) -> Result<String, String>;

    /// Opens the store at a URL.
    ///
    /// # Errors
    /// Why it cannot be opened, for the administrator.
    async fn open(&self, url: &str) -> Result<Opened, String>;

    /// The records are in another store from now on; `lost` is that of [`Opened`].
    fn moved(&self, lost: Lost);
}

/// Where there is no store but that of the start.
pub struct OneStore;

#[async_trait]
impl Stores for OneStore {
    fn origin(&self) -> &str {
        "memory:"
    }

    fn url(&self, name: &str) -> Result<String, String> {
        Ok(name.to_owned())
    }

    async fn open(&self, _url: &str) -> Result<Opened, String> {
        Err("this server has no other store".to_owned())
    }

    fn moved(&self, _lost: Lost) {}
}

/// Where a sealed identity outlives the process.
pub trait IdentityCache: Send + Sync {
    /// The sealed identity, or `None` if none was saved.
    ///
    /// # Errors
    /// Whatever keeps the medium from being read.
    fn load(&self) -> io::Result<Option<Vec<u8>>>;

    /// Keeps what was saved by another server in another place, because it is about to be replaced and may be the
    /// only copy of an identity. Returns where it is.
    ///
    /// # Errors
    /// Whatever keeps the medium from being written; then it is not replaced.
    fn keep_former(&self, sealed: &[u8]) -> io::Result<String>;

    /// Replaces the sealed identity, all or nothing, and returns when it is durable.
    ///
    /// # Errors
    /// Whatever keeps the medium from being written.
    fn save(&self, sealed: &[u8]) -> io::Result<()>;
}
