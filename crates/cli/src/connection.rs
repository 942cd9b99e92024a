//! From the command line to a server that was checked: kubeconfig, password, roots, state memory.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use aecs_attest::Verifier;
use aecs_client::files::kubeconfig::{Administrator, Kubeconfig, Server};
use aecs_client::{AdminClient, FileStateMemory, ServiceClient};
use aecs_crypto::SecretString;
use clap::Args;

use crate::failure::{Failure, Result, with_causes};
use crate::output::Format;
use crate::password::PasswordArgs;
use crate::roots::RootArgs;
use crate::tool;

/// What both administrators' tools are told about their server.
#[derive(Args, Debug)]
pub struct AdminArgs {
    /// Kubeconfig: the administrator's key, the server's address and the policy that the server
    /// must satisfy
    #[arg(long, global = true, value_name = "KUBECONFIG", env = "AECS_KUBECONFIG")]
    config: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) password: PasswordArgs,
    #[command(flatten)]
    roots: RootArgs,
    /// Output format
    #[arg(
        long,
        visible_alias = "format",
        global = true,
        value_name = "FORMAT",
        value_enum,
        default_value_t
    )]
    pub(crate) output: Format,
    /// Seconds to wait for an answer
    #[arg(
        long, global = true, value_name = "SECONDS", default_value_t = 10,
        value_parser = seconds
    )]
    timeout: u64,
    /// Folder that remembers the last state seen of each server [default: $XDG_STATE_HOME/aecs or
    /// ~/.local/state/aecs]
    #[arg(long, global = true, value_name = "DIR", env = "AECS_STATE_DIR")]
    state_dir: Option<PathBuf>,
    /// Accept a server whose stored state is older than the one seen last, and remember it
    #[arg(long, global = true)]
    insecure_accept_rollback: bool,
}

/// Everything a call needs, read and checked; nothing has been sent yet.
pub struct Prepared {
    /// The kubeconfig.
    file: PathBuf,
    first_contact: bool,
    administrator: Administrator,
    server: Server,
    verifier: Arc<Verifier>,
    memory: Arc<FileStateMemory>,
    password: Option<SecretString>,
}

/// Reads how long to wait for an answer.
pub(crate) fn seconds(text: &str) -> std::result::Result<u64, &'static str> {
    let seconds = text.parse().ok().filter(|seconds| (1..=3600).contains(seconds));
    seconds.ok_or("write a whole number of seconds, from 1 to 3600")
}

impl AdminArgs {
    /// Reads the kubeconfig and finds the password; `variable` is the environment variable for it.
    ///
    /// # Errors
    ///
    /// A missing or broken kubeconfig, and whatever keeps the password from being read.
    pub fn prepare(&self, variable: &str) -> Result<Prepared> {
        let config = self.config.as_ref().ok_or_else(|| {
            Failure::usage("no kubeconfig given")
                .help("name it with --config or in the environment variable AECS_KUBECONFIG")
        })?;
        let (administrator, mut server) = Kubeconfig::load(config)?.into_parts()?;
        let verifier = verifier(server.simulation_root.take(), &self.roots)?;
        let memory = Arc::new(self.memory()?.of_kubeconfig(config));
        let password = self.password.resolve(variable)?;
        server.endpoint = server.endpoint.call_timeout(Duration::from_secs(self.timeout));
        Ok(Prepared {
            file: config.clone(),
            first_contact: false,
            administrator,
            server,
            verifier,
            memory,
            password,
        })
    }

    fn memory(&self) -> Result<FileStateMemory> {
        let folder = match &self.state_dir {
            Some(folder) => folder.clone(),
            None => default_state_folder()?,
        };
        let memory = FileStateMemory::new(folder.join("servers"));
        if !self.insecure_accept_rollback {
            return Ok(memory);
        }
        tool::warn(
            "--insecure-accept-rollback: any state of the server is accepted, also an older one",
        );
        Ok(memory.insecure_accept_rollback())
    }
}

impl Prepared {
    /// The administrator's name in the kubeconfig: the service's, for its administrator.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.administrator.name
    }

    /// The kubeconfig.
    #[must_use]
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// The server's configuration file that the kubeconfig names.
    #[must_use]
    pub fn server_config(&self) -> Option<PathBuf> {
        self.administrator.server_config.clone()
    }

    /// The other kubeconfigs that are pinned with this one.
    #[must_use]
    pub fn pin_kubeconfigs(&self) -> Vec<PathBuf> {
        self.administrator.pin_kubeconfigs.clone()
    }

    /// Whether the kubeconfig pins a deployment.
    #[must_use]
    pub fn is_pinned(&self) -> bool {
        self.server.policy.pinned_deployment().is_some()
    }

    /// The same, to call a server of any deployment: one that begins to work, or is about to be
    /// pinned.
    #[must_use]
    pub fn first_contact(mut self) -> Self {
        self.first_contact = true;
        self
    }

    /// As [`Prepared::first_contact`], if the kubeconfig pins no deployment.
    #[must_use]
    pub fn first_contact_if_unpinned(self) -> Self {
        if self.is_pinned() { self } else { self.first_contact() }
    }

    /// Connects as the AECS administrator and checks the server.
    ///
    /// # Errors
    ///
    /// Those of the client library.
    pub async fn aecs_admin(self) -> Result<AdminClient> {
        let Server { endpoint, policy, .. } = self.server;
        let builder = AdminClient::builder(endpoint, self.verifier, policy)
            .memory(self.memory)
            .password(self.password);
        let builder = if self.first_contact { builder.first_contact() } else { builder };
        Ok(builder.connect(self.administrator.identity_key).await?)
    }

    /// Connects as the administrator of a service and checks the server.
    ///
    /// # Errors
    ///
    /// Those of the client library.
    pub async fn service_admin(self) -> Result<ServiceClient> {
        let Server { endpoint, policy, .. } = self.server;
        let builder = ServiceClient::builder(endpoint, self.verifier, policy)
            .memory(self.memory)
            .password(self.password);
        let Administrator { name, identity_key, .. } = self.administrator;
        Ok(builder.connect(&name, identity_key).await?)
    }
}

/// A verifier of evidence: the vendors' roots, further ones, and that of one software CPU where a
/// file names it.
///
/// # Errors
///
/// [`Exit::BadInput`](crate::Exit::BadInput) if a root cannot be used.
pub fn verifier(simulation_root: Option<Vec<u8>>, roots: &RootArgs) -> Result<Arc<Verifier>> {
    let mut builder = roots.add_to(Verifier::builder().vendor_roots())?;
    if let Some(root) = simulation_root {
        tool::warn("simulation: reports of a software CPU are accepted, which proves nothing");
        builder = builder.simulated_root(root);
    }
    let verifier = builder.build().map_err(|error| {
        Failure::bad_input(format!("cannot verify reports: {}", with_causes(&error)))
    })?;
    Ok(Arc::new(verifier))
}

/// The XDG base directory for state that outlives a program.
fn default_state_folder() -> Result<PathBuf> {
    let folder =
        |variable| std::env::var_os(variable).map(PathBuf::from).filter(|path| path.is_absolute());
    let base = match folder("XDG_STATE_HOME") {
        Some(base) => base,
        None => folder("HOME").map(|home| home.join(".local/state")).ok_or_else(|| {
            Failure::usage("there is no folder to remember the server's state in")
                .help("name one with --state-dir, or set HOME")
        })?,
    };
    Ok(base.join("aecs"))
}
