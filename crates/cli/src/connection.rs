//! From the command line to a server that was checked: kubeconfig, password, roots, state memory.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use aecs_attest::Verifier;
use aecs_client::files::kubeconfig::{Administrator, Kubeconfig, Server};
use aecs_client::{
    AdminClient, DeploymentId, Error, FileStateMemory, MemoryError, ReportingMemory, Seen,
    ServiceClient, StateMemory as _,
};
use aecs_crypto::SecretString;
use clap::Args;

use crate::contexts::Role;
use crate::failure::{Exit, Failure, Result, with_causes};
use crate::names::Name;
use crate::output::{self, Format};
use crate::password::PasswordArgs;
use crate::remedy::of_kubeconfig;
use crate::roots::RootArgs;
use crate::{contexts, files, tool};

/// What both administrators' tools are told about their server.
#[derive(Args, Debug)]
pub struct AdminArgs {
    /// Kubeconfig: the administrator's key, the server's address and the policy that the server
    /// must satisfy
    #[arg(long, global = true, value_name = "KUBECONFIG", env = "AECS_KUBECONFIG")]
    config: Option<PathBuf>,
    /// Context to use instead of the current one: `aecs config list` shows them
    #[arg(long, global = true, value_name = "CONTEXT", conflicts_with = "config")]
    context: Option<Name>,
    #[command(flatten)]
    pub(crate) password: PasswordArgs,
    #[command(flatten)]
    roots: RootArgs,
    /// Output format
    #[arg(
        long = "format",
        short = 'o',
        visible_alias = "output",
        global = true,
        value_name = "FORMAT",
        value_enum,
        default_value_t
    )]
    pub(crate) output: Format,
    /// Width of tables in characters; 0: as wide as they are [default: the terminal's]
    #[arg(long, global = true, value_name = "COLUMNS")]
    width: Option<u16>,
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
    /// Accept a server whose stored state is older than the one seen last, and remember the state that a
    /// working server shows
    #[arg(long, global = true)]
    insecure_accept_rollback: bool,
    /// The memory of the server's state, once it is used.
    #[arg(skip)]
    memory: OnceLock<Arc<Memory>>,
    /// The verifier of the server's evidence, once it is used.
    #[arg(skip)]
    verifier: OnceLock<Arc<Verifier>>,
}

pub(crate) type Memory = ReportingMemory<FileStateMemory>;

/// Everything a call needs, read and checked; nothing has been sent yet.
pub struct Prepared {
    /// The kubeconfig.
    file: PathBuf,
    first_contact: bool,
    recovers: bool,
    administrator: Administrator,
    server: Server,
    verifier: Arc<Verifier>,
    memory: Arc<Memory>,
    password: Option<SecretString>,
}

/// Reads how long to wait for an answer.
pub(crate) fn seconds(text: &str) -> std::result::Result<u64, &'static str> {
    let seconds = text.parse().ok().filter(|seconds| (1..=3600).contains(seconds));
    seconds.ok_or("write a whole number of seconds, from 1 to 3600")
}

impl AdminArgs {
    /// Reads the kubeconfig of an administrator with this `role` and finds the password.
    ///
    /// # Errors
    ///
    /// A missing or broken kubeconfig, and whatever keeps the password from being read.
    pub fn prepare(&self, role: Role) -> Result<Prepared> {
        self.width.into_iter().for_each(output::set_width);
        let config = self.kubeconfig(role)?;
        let (administrator, mut server) = Kubeconfig::load(&config)?.into_parts()?;
        files::warn_if_others_read(&administrator.identity_key_path);
        let verifier = self.verifier(server.simulation_root.take())?;
        let memory = self.memory(&config)?;
        let password = self.password.resolve(role.password_variable())?;
        server.endpoint = server.endpoint.call_timeout(Duration::from_secs(self.timeout));
        Ok(Prepared {
            file: config,
            first_contact: false,
            recovers: false,
            administrator,
            server,
            verifier,
            memory,
            password,
        })
    }

    /// Reads the server in a kubeconfig, and how it is verified: for a caller whose key is not in there.
    ///
    /// # Errors
    ///
    /// A missing or broken kubeconfig, and roots that cannot be used.
    pub(crate) fn server(&self) -> Result<(Server, Arc<Verifier>)> {
        self.width.into_iter().for_each(output::set_width);
        let Kubeconfig { mut server, .. } = Kubeconfig::load(self.kubeconfig(Role::Admin)?)?;
        let verifier = self.verifier(server.simulation_root.take())?;
        server.endpoint = server.endpoint.call_timeout(Duration::from_secs(self.timeout));
        Ok((server, verifier))
    }

    /// The verifier for the kubeconfig, made once: it warns of a software CPU.
    fn verifier(&self, simulation_root: Option<Vec<u8>>) -> Result<Arc<Verifier>> {
        if let Some(verifier) = self.verifier.get() {
            return Ok(verifier.clone());
        }
        let verifier = verifier(simulation_root, &self.roots)?;
        Ok(self.verifier.get_or_init(|| verifier).clone())
    }

    /// The end of a command that was `done`: fails if what it learnt of the server's state could not
    /// be remembered.
    ///
    /// # Errors
    ///
    /// That of the command, or [`Exit::NotRemembered`].
    pub fn remembered(&self, done: Result<()>) -> Result<()> {
        remembered(self.memory.get().map(|memory| &**memory), done)
    }

    /// The kubeconfig that the command line, the environment or a context names, in this order.
    fn kubeconfig(&self, role: Role) -> Result<PathBuf> {
        let named = match &self.config {
            Some(config) => Some(config.clone()),
            None => contexts::kubeconfig(self.context.as_ref(), role)?,
        };
        named.ok_or_else(|| {
            Failure::usage("no kubeconfig given").help(
                "name it with --config or in the environment variable AECS_KUBECONFIG, or choose a \
                 context: aecs config set",
            )
        })
    }

    /// Whether any state of the server is accepted, so that it is not asked for one.
    pub(crate) fn accepts_rollback(&self) -> bool {
        self.insecure_accept_rollback
    }

    /// What is remembered by way of this kubeconfig.
    ///
    /// # Errors
    ///
    /// [`Error::State`].
    pub(crate) fn own_memory(&self) -> Result<Arc<Memory>> {
        self.memory(&self.kubeconfig(Role::Admin)?)
    }

    fn memory(&self, config: &Path) -> Result<Arc<Memory>> {
        if let Some(memory) = self.memory.get() {
            return Ok(memory.clone());
        }
        let memory = accepting(self.insecure_accept_rollback, self.file()?.of_kubeconfig(config));
        let memory = ReportingMemory::new(memory);
        Ok(self.memory.get_or_init(|| Arc::new(memory)).clone())
    }

    /// The latest state of a deployment that was seen by way of this kubeconfig, whatever is accepted now.
    ///
    /// # Errors
    ///
    /// [`Error::State`].
    pub(crate) fn last_seen(&self, deployment: &DeploymentId) -> Result<Option<Seen>> {
        let memory = self.file()?.of_kubeconfig(&self.kubeconfig(Role::Admin)?);
        let known = memory.recall().map_err(Error::State)?;
        Ok(known.get(deployment).map(|known| known.told))
    }

    fn file(&self) -> Result<FileStateMemory> {
        let folder = match &self.state_dir {
            Some(folder) => folder.clone(),
            None => default_state_folder()?,
        };
        Ok(memory_in(&folder))
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

    /// Whether the kubeconfig pins the deployment that another one pins.
    #[must_use]
    pub(crate) fn is_pinned_as(&self, other: &Server) -> bool {
        self.is_pinned()
            && self.server.policy.pinned_deployment() == other.policy.pinned_deployment()
    }

    /// The same, to call a server of any deployment: one that begins to work, or is about to be
    /// pinned.
    #[must_use]
    pub fn first_contact(mut self) -> Self {
        self.first_contact = true;
        self
    }

    /// The same, to finish the recovery of the deployment that the kubeconfig pins.
    #[must_use]
    pub fn recovers(mut self) -> Self {
        self.recovers = true;
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
        let Server { endpoint, policy, policy_keys, .. } = self.server;
        let builder = AdminClient::builder(endpoint, self.verifier, policy)
            .memory(self.memory)
            .password(self.password);
        let builder = match (self.recovers, self.first_contact) {
            (true, _) => builder.recovers(),
            (false, true) => builder.first_contact(),
            (false, false) => builder,
        };
        let connected = builder.connect(self.administrator.identity_key).await;
        connected.map_err(|error| of_kubeconfig(error, Some(&policy_keys)))
    }

    /// Connects as the administrator of a service and checks the server.
    ///
    /// # Errors
    ///
    /// Those of the client library.
    pub async fn service_admin(self) -> Result<ServiceClient> {
        let Server { endpoint, policy, policy_keys, .. } = self.server;
        let builder = ServiceClient::builder(endpoint, self.verifier, policy)
            .memory(self.memory)
            .password(self.password);
        let Administrator { name, identity_key, .. } = self.administrator;
        let connected = builder.connect(&name, identity_key).await;
        connected.map_err(|error| of_kubeconfig(error, Some(&policy_keys)))
    }
}

/// The memory in a folder.
pub(crate) fn memory_in(folder: &Path) -> FileStateMemory {
    FileStateMemory::new(folder.join("servers"))
}

/// A memory, or one that accepts any state where that is wanted.
pub(crate) fn accepting(any_state: bool, memory: FileStateMemory) -> FileStateMemory {
    if !any_state {
        return memory;
    }
    tool::warn(
        "--insecure-accept-rollback: any state of the server is accepted, also an older one",
    );
    memory.insecure_accept_rollback()
}

/// See [`AdminArgs::remembered`].
pub(crate) fn remembered<T>(memory: Option<&Memory>, done: Result<T>) -> Result<T> {
    let Some(error) = memory.and_then(ReportingMemory::failure) else { return done };
    let failure = not_remembered(&error);
    match done {
        Ok(_) => Err(failure),
        Err(other) => {
            tool::warn(failure.message());
            Err(other)
        }
    }
}

fn not_remembered(error: &MemoryError) -> Failure {
    let what = format!(
        "the command was carried out, but the server's state was not remembered: {}",
        with_causes(error)
    );
    Failure::new(Exit::NotRemembered, what).help(
        "do not repeat the command. Make room for the file, or correct it, and run a command that only \
         reads, as `list`, with the same --state-dir: it remembers the present state. Until then, an old \
         copy of the server's store from before this command would not be noticed",
    )
}

/// A verifier of evidence: the vendors' roots, further ones, and that of one software CPU where a
/// file names it.
///
/// # Errors
///
/// [`Exit::BadInput`] if a root cannot be used.
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

/// Where the state of servers is remembered if nobody names a folder.
fn default_state_folder() -> Result<PathBuf> {
    files::user_folder("XDG_STATE_HOME", ".local/state").ok_or_else(|| {
        Failure::usage("there is no folder to remember the server's state in")
            .help("name one with --state-dir, or set HOME")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The arguments of a tool whose memory is in this folder.
    fn arguments(folder: &Path) -> AdminArgs {
        #[derive(clap::Parser)]
        struct Tool {
            #[command(flatten)]
            connection: AdminArgs,
        }
        let folder = folder.to_str().unwrap();
        let tool: Tool = clap::Parser::parse_from(["tool", "--state-dir", folder]);
        tool.connection
    }

    #[test]
    fn an_act_is_told_although_it_cannot_be_remembered() {
        let folder = tempfile::tempdir().unwrap();
        let arguments = arguments(folder.path());
        let memory = arguments.memory(Path::new("kubeconfig")).unwrap();
        let deployment = DeploymentId::from_bytes([1; 32]);
        let remember = |epoch, confirmed| {
            let seen = Seen { epoch, chain: [7; 32], settings_revision: 0 };
            memory.remember(&deployment, &seen, confirmed)
        };
        remember(1, false).unwrap();
        assert_eq!(arguments.remembered(Ok(())), Ok(()));
        // In the place of the file that is written first.
        std::fs::create_dir(folder.path().join(".servers.new")).unwrap();
        assert!(remember(2, false).is_err(), "nothing was done yet, and nothing will be");
        remember(3, true).unwrap();
        remember(4, false).unwrap();
        let failure = arguments.remembered(Ok(())).unwrap_err();
        assert_eq!(failure.exit(), Exit::NotRemembered);
        let told = failure.to_string();
        for part in ["was carried out, but", "servers is not usable", "do not repeat the command"] {
            assert!(told.contains(part), "{part}: {told}");
        }
        remember(5, true).unwrap();
        let other = Failure::new(Exit::Refused, "the server refused");
        assert_eq!(arguments.remembered(Err(other.clone())), Err(other));
        std::fs::remove_dir(folder.path().join(".servers.new")).unwrap();
        remember(6, true).unwrap();
        assert_eq!(arguments.remembered(Ok(())), Ok(()));
    }
}
