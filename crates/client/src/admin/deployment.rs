//! The deployment: its start, its trust settings, and how they are changed.

use std::sync::Arc;

use aecs_proto::{
    AecsProvisionRequest, ApplyDeploymentRequest, ApplyDeploymentResponse, DiffDeploymentRequest,
    DiffDeploymentResponse, SettingDifference, ShowDeploymentRequest, ShowDeploymentResponse,
    StorageAuth, Zeroizing,
};
use tokio::time::Instant;

use super::{AdminClient, PREPARATION};
use crate::error::{Error, Result};
use crate::files::server_config::ServerConfig;
use crate::trust::{Distrust, TrustedServer};

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
    /// Start although the store is empty, or older than the last state that the identity has
    /// recorded.
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
    /// How the administrator that [`Provision::server_config`] names differs from the one in force.
    pub administrator: Vec<SettingDifference>,
}

impl AdminClient {
    /// Makes the server work: with the identity that is backed up under the host name, or with its
    /// current one, which is then backed up there. Succeeds if it works already.
    ///
    /// The request names the identity that the server has now, and the deployment that the policy
    /// pins. A backed up identity needs attestation reports of the server first: this waits up to
    /// two minutes until the server has made them.
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
            let answer = self.call_prepared(&*request, patient_until).await?;
            if answer.missing_files.is_empty() {
                break answer;
            }
            complete(&mut config, &answer.missing_files)?;
        };
        // The identity may be another one now.
        let server = self.status().await?;
        match self.pinned {
            Some(expected) if expected != server.status().deployment_id => {
                Err(Error::Untrusted(Distrust::deployment(expected, server.status())))
            }
            _ => Ok(Provisioned {
                server,
                already_working: answer.already_working,
                administrator: answer.administrator,
            }),
        }
    }

    /// The trust settings in force, and where the host's own file differs.
    ///
    /// # Errors
    ///
    /// As every call: unreachable, refused or not trusted.
    pub async fn show_deployment(&self) -> Result<ShowDeploymentResponse> {
        self.administrator.call(&ShowDeploymentRequest {}).await
    }

    /// What a file would change, or the file that the server was started with; and how the
    /// administrator that it names differs from the one in force, which no file changes.
    ///
    /// # Errors
    ///
    /// As every call, and [`Error::File`] if a file that it names cannot be read.
    pub async fn diff_deployment(
        &self,
        mut config: Option<ServerConfig>,
    ) -> Result<DiffDeploymentResponse> {
        loop {
            let file = config.as_ref().map(ServerConfig::to_message);
            let request = DiffDeploymentRequest { file };
            let answer = self.administrator.call(&request).await?;
            if answer.missing_files.is_empty() {
                return Ok(answer);
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
            let answer = self.administrator.call(&request).await?;
            if answer.missing_files.is_empty() {
                return Ok(answer);
            }
            complete(&mut config, &answer.missing_files)?;
        }
    }
}

/// Adds the files that the server asks for, if the configuration file names them.
fn complete(config: &mut Option<ServerConfig>, missing: &[String]) -> Result<()> {
    match config {
        Some(config) => config.add(missing).map_err(Error::File),
        None => Err(Error::Misuse("the server asks for files that nobody has named")),
    }
}
