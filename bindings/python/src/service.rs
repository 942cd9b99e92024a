//! The client of a service's administrator, and what it has in common with the operator's.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use aecs_attest::Verifier;
use aecs_client::files::kubeconfig::{Administrator, Kubeconfig, Server};
use aecs_client::files::lists::NamedListsFile;
use aecs_client::files::root::RootFile;
use aecs_client::{
    DeploymentId, Error, FileStateMemory, Known, MemoryError, NewValue, Seen, ServiceClient,
    StateMemory, TrustedServer,
};
use aecs_proto::NamedList;
use aecs_proto::json::{self, JsonMessage};
use pyo3::prelude::*;

use crate::call::{Call, Shared};
use crate::convert;
use crate::error;
use crate::key::{Key, Owner};
use crate::secret::{NewSecret, PublicSecret};

type Memory = LoggingMemory<FileStateMemory>;

/// What a kubeconfig says, and what is remembered of its server.
pub(crate) struct Opened {
    pub(crate) administrator: Administrator,
    pub(crate) server: Server,
    pub(crate) verifier: Arc<Verifier>,
    pub(crate) memory: Arc<Memory>,
}

/// Further roots for the server's report, each `PLATFORM=FILE`.
pub(crate) fn roots(py: Python<'_>, roots: &[String]) -> PyResult<Vec<RootFile>> {
    let root = |root: &String| {
        let read = root.parse::<RootFile>();
        read.map_err(|help| error::input(py, &format!("{root:?} is not a root"), &help))
    };
    roots.iter().map(root).collect()
}

/// Reads the kubeconfig of an administrator. Nothing is sent.
pub(crate) fn open(
    py: Python<'_>,
    kubeconfig: PathBuf,
    state_file: PathBuf,
    roots: &[String],
) -> PyResult<Opened> {
    let roots = self::roots(py, roots)?;
    let read = Kubeconfig::load(&kubeconfig).and_then(Kubeconfig::into_parts);
    let (administrator, server) = read.map_err(|error| error::of_file(py, error))?;
    let verifier = server.verifier(&roots).map_err(|error| error::to_python(py, &error))?;
    let memory = memory(&kubeconfig, state_file);
    Ok(Opened { administrator, server, verifier: Arc::new(verifier), memory })
}

/// What is remembered of the server of a kubeconfig.
pub(crate) fn memory(kubeconfig: &Path, state_file: PathBuf) -> Arc<Memory> {
    let memory = FileStateMemory::new(state_file).of_kubeconfig(kubeconfig);
    Arc::new(LoggingMemory { memory, has_failed: AtomicBool::new(false) })
}

/// A memory that hides no answer to an act, as a [`aecs_client::ReportingMemory`], and logs what it could
/// not write. Before the first answer, when nothing was done, a failure stays an error.
pub(crate) struct LoggingMemory<M> {
    memory: M,
    has_failed: AtomicBool,
}

impl<M: StateMemory> StateMemory for LoggingMemory<M> {
    fn recall(&self) -> Result<BTreeMap<DeploymentId, Known>, MemoryError> {
        self.memory.recall()
    }

    fn remember(
        &self,
        deployment: &DeploymentId,
        seen: &Seen,
        confirmed: bool,
    ) -> Result<(), MemoryError> {
        let Err(error) = self.memory.remember(deployment, seen, confirmed) else { return Ok(()) };
        if !confirmed && !self.has_failed.load(Ordering::Relaxed) {
            return Err(error);
        }
        self.has_failed.store(true, Ordering::Relaxed);
        tracing::error!(%error, "the call was carried out, but the server's state was not remembered");
        Ok(())
    }
}

impl<T: Send + Sync + 'static> Shared<T> {
    /// A call whose result Python has as it is.
    pub(crate) fn plain<R, F>(
        &self,
        py: Python<'_>,
        act: impl FnOnce(Arc<T>) -> F,
    ) -> PyResult<Call>
    where
        R: for<'py> IntoPyObject<'py> + Send + 'static,
        F: Future<Output = Result<R, Error>> + Send + 'static,
    {
        self.with(py, act, convert::object)
    }

    /// A call whose result is a message.
    pub(crate) fn json<R, F>(&self, py: Python<'_>, act: impl FnOnce(Arc<T>) -> F) -> PyResult<Call>
    where
        R: JsonMessage + Send + 'static,
        F: Future<Output = Result<R, Error>> + Send + 'static,
    {
        self.with(py, act, |py, message| convert::object(py, convert::json_of(&message)))
    }

    /// A call whose result are messages.
    pub(crate) fn json_list<R, F>(
        &self,
        py: Python<'_>,
        act: impl FnOnce(Arc<T>) -> F,
    ) -> PyResult<Call>
    where
        R: JsonMessage + Send + 'static,
        F: Future<Output = Result<Vec<R>, Error>> + Send + 'static,
    {
        self.with(py, act, |py, messages| convert::object(py, convert::json_list(&messages)))
    }

    pub(crate) fn with<R, F, C>(
        &self,
        py: Python<'_>,
        act: impl FnOnce(Arc<T>) -> F,
        convert: C,
    ) -> PyResult<Call>
    where
        R: Send + 'static,
        F: Future<Output = Result<R, Error>> + Send + 'static,
        C: FnOnce(Python<'_>, R) -> PyResult<Py<PyAny>> + Send + 'static,
    {
        Ok(Call::new(act(self.get(py)?), convert))
    }
}

/// What a server's status says, for `aecs.ServerStatus`.
#[derive(IntoPyObject)]
pub(crate) struct ServerStatus {
    version: String,
    phase: String,
    deployment_id: String,
    simulation: bool,
    identity_hash: String,
    identity_backup: String,
    server_time: f64,
    uptime_ms: i64,
    settings_revision: i64,
    settings_digest: String,
    pending_reason: String,
    clock_warning: String,
    sessions: bool,
    waits_for_changes: bool,
    extra_roots: Vec<String>,
    settings_without_effect: Vec<String>,
    insecure: Vec<String>,
    recovering: Option<convert::Json>,
}

impl From<&TrustedServer> for ServerStatus {
    fn from(server: &TrustedServer) -> Self {
        let status = server.status().clone();
        Self {
            version: status.version,
            phase: status.phase.to_string(),
            deployment_id: status.deployment_id.to_string(),
            simulation: status.simulation,
            identity_hash: status.identity_hash,
            identity_backup: status.identity_backup,
            server_time: convert::seconds(status.server_time),
            uptime_ms: status.uptime_ms,
            settings_revision: status.settings_revision,
            settings_digest: status.settings_digest,
            pending_reason: status.pending_reason,
            clock_warning: status.clock_warning,
            sessions: status.sessions,
            waits_for_changes: status.waits_for_changes,
            extra_roots: status.extra_roots,
            settings_without_effect: status.settings_without_effect,
            insecure: status.insecure,
            recovering: status.recovering.as_ref().map(convert::Json::of),
        }
    }
}

/// A connected administrator of a service.
#[pyclass(frozen, module = "aecs._aecs")]
pub(crate) struct Service {
    client: Shared<ServiceClient>,
    #[pyo3(get)]
    name: String,
}

/// Reads a named list.
fn list(py: Python<'_>, text: &str) -> PyResult<NamedList> {
    json::from_str(text).map_err(|error| {
        let help = "give the JSON form of a NamedList, as `named_list` returns it";
        error::input(py, &format!("this is not a named list: {error}"), help)
    })
}

#[pymethods]
impl Service {
    #[staticmethod]
    fn connect(
        py: Python<'_>,
        kubeconfig: PathBuf,
        password: Option<&Bound<'_, PyAny>>,
        state_file: PathBuf,
        roots: Vec<String>,
    ) -> PyResult<Call> {
        let Opened { administrator, server, verifier, memory } =
            open(py, kubeconfig, state_file, &roots)?;
        let builder = ServiceClient::builder(server.endpoint, verifier, server.policy)
            .memory(memory)
            .password(convert::optional_text(password)?);
        let name = administrator.name.clone();
        let call =
            async move { builder.connect(&administrator.name, administrator.identity_key).await };
        Ok(Call::new(call, |py, client| {
            convert::instance(py, Self { client: Shared::new(client), name })
        }))
    }

    fn close(&self) {
        self.client.close();
    }

    fn status(&self, py: Python<'_>) -> PyResult<Call> {
        self.client
            .plain(py, |client| async move { Ok(ServerStatus::from(&*client.server().await?)) })
    }

    #[pyo3(signature = (secret, value))]
    fn create(
        &self,
        py: Python<'_>,
        secret: NewSecret,
        value: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Call> {
        let value: Option<NewValue> = value.map(convert::new_value).transpose()?;
        self.client.plain(py, |client| async move {
            match &value {
                Some(value) => client.create_with(&secret.0, value).await,
                None => client.create(&secret.0).await,
            }
        })
    }

    fn update(&self, py: Python<'_>, secret: NewSecret, if_epoch: Option<u64>) -> PyResult<Call> {
        self.client.plain(py, |client| async move {
            match if_epoch {
                Some(epoch) => client.update_if(&secret.0, epoch).await,
                None => client.update(&secret.0).await,
            }
        })
    }

    /// Outcome, what was changed, and the current version.
    fn apply(&self, py: Python<'_>, secret: NewSecret, dry_run: bool) -> PyResult<Call> {
        self.client.plain(py, |client| async move {
            let applied = client.apply(&secret.0, dry_run).await?;
            Ok((applied.outcome.as_str_name(), applied.changed, applied.version))
        })
    }

    fn put(
        &self,
        py: Python<'_>,
        name: String,
        value: &Bound<'_, PyAny>,
        if_version: Option<u64>,
    ) -> PyResult<Call> {
        let value = convert::new_value(value)?;
        self.client
            .plain(py, |client| async move { client.put_if(&name, &value, if_version).await })
    }

    fn rotate(&self, py: Python<'_>, name: String, if_version: Option<u64>) -> PyResult<Call> {
        self.client.plain(py, |client| async move { client.rotate_if(&name, if_version).await })
    }

    fn roll_back(
        &self,
        py: Python<'_>,
        name: String,
        to: u64,
        if_version: Option<u64>,
    ) -> PyResult<Call> {
        self.client
            .plain(py, |client| async move { client.roll_back_if(&name, to, if_version).await })
    }

    fn versions(&self, py: Python<'_>, name: String) -> PyResult<Call> {
        self.client.json(py, |client| async move { client.versions(&name).await })
    }

    fn delete(&self, py: Python<'_>, name: String, version: Option<u64>) -> PyResult<Call> {
        self.client.plain(py, |client| async move { client.delete(&name, version).await })
    }

    fn undelete(&self, py: Python<'_>, name: String, version: Option<u64>) -> PyResult<Call> {
        self.client.plain(py, |client| async move { client.undelete(&name, version).await })
    }

    fn destroy(&self, py: Python<'_>, name: String, version: Option<u64>) -> PyResult<Call> {
        self.client.plain(py, |client| async move {
            match version {
                Some(version) => client.destroy_version(&name, version).await,
                None => client.destroy(&name).await,
            }
        })
    }

    fn list_secrets(&self, py: Python<'_>, prefix: String, exact: bool) -> PyResult<Call> {
        self.client.json(py, |client| async move { client.list_with_info(&prefix, exact).await })
    }

    fn denials(&self, py: Python<'_>, prefix: String) -> PyResult<Call> {
        self.client.json(py, |client| async move { client.list_denials(&prefix).await })
    }

    fn get_public(&self, py: Python<'_>, name: String) -> PyResult<Call> {
        let public = |client: Arc<ServiceClient>| async move { client.get_public(&name).await };
        self.client.with(py, public, |py, public| convert::instance(py, PublicSecret::from(public)))
    }

    fn key(&self, py: Python<'_>, secret: String) -> PyResult<Key> {
        Ok(Key::new(Owner::Service(self.client.get(py)?), secret))
    }

    fn rotate_key(
        &self,
        py: Python<'_>,
        public_key: &str,
        password_hash: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Call> {
        let key = convert::public_key(py, public_key)?;
        let hash = convert::optional_text(password_hash)?;
        self.client.plain(py, |client| async move { client.rotate_key(&key, hash.as_ref()).await })
    }

    fn put_list(&self, py: Python<'_>, content: &str) -> PyResult<Call> {
        let list = list(py, content)?;
        self.client.json(py, |client| async move { client.put_list(&list).await })
    }

    fn add_to_list(&self, py: Python<'_>, content: &str) -> PyResult<Call> {
        let list = list(py, content)?;
        self.client.json(py, |client| async move { client.add_to_list(&list).await })
    }

    fn remove_from_list(&self, py: Python<'_>, content: &str) -> PyResult<Call> {
        let list = list(py, content)?;
        self.client.json(py, |client| async move { client.remove_from_list(&list).await })
    }

    fn named_lists(&self, py: Python<'_>, prefix: String) -> PyResult<Call> {
        self.client.json_list(py, |client| async move { client.named_lists(&prefix).await })
    }

    fn named_list(&self, py: Python<'_>, name: String) -> PyResult<Call> {
        self.client.json(py, |client| async move { client.named_list(&name).await })
    }

    fn destroy_list(&self, py: Python<'_>, name: String) -> PyResult<Call> {
        self.client.plain(py, |client| async move { client.destroy_list(&name).await })
    }
}

/// The named lists of a file (`kind: NamedLists`), as JSON.
#[pyfunction]
pub(crate) fn read_lists(py: Python<'_>, path: PathBuf) -> PyResult<String> {
    let file = NamedListsFile::load(path).map_err(|error| error::of_file(py, error))?;
    Ok(convert::json_list(&file.lists))
}
