//! The client of the platform's administrator.

use std::path::PathBuf;
use std::sync::Arc;

use aecs_client::files::kubeconfig::{self, Kubeconfig};
use aecs_client::files::server_config::ServerConfig;
use aecs_client::{AdminClient, Finish, Provision, ServerPolicy};
use aecs_crypto::SecretString;
use aecs_proto::RecoveryCustodian;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::call::{Call, Shared};
use crate::convert;
use crate::error;
use crate::service::{Opened, ServerStatus, open};

/// A connected administrator of the platform.
#[pyclass(frozen, module = "aecs._aecs")]
pub(crate) struct Admin(Shared<AdminClient>);

fn config(py: Python<'_>, path: Option<PathBuf>) -> PyResult<Option<ServerConfig>> {
    path.map(ServerConfig::read).transpose().map_err(|error| error::of_file(py, error))
}

fn key_and_hash(
    py: Python<'_>,
    public_key: &str,
    password_hash: Option<&Bound<'_, PyAny>>,
) -> PyResult<(aecs_crypto::PublicKey, Option<SecretString>)> {
    Ok((convert::public_key(py, public_key)?, convert::optional_text(password_hash)?))
}

#[pymethods]
impl Admin {
    #[staticmethod]
    fn connect(
        py: Python<'_>,
        kubeconfig: PathBuf,
        password: Option<&Bound<'_, PyAny>>,
        state_file: PathBuf,
        roots: Vec<String>,
        first_contact: bool,
    ) -> PyResult<Call> {
        let Opened { administrator, server, verifier, memory } =
            open(py, kubeconfig, state_file, &roots)?;
        let mut builder = AdminClient::builder(server.endpoint, verifier, server.policy)
            .memory(memory)
            .password(convert::optional_text(password)?);
        if first_contact {
            builder = builder.first_contact();
        }
        let call = builder.connect(administrator.identity_key);
        Ok(Call::new(call, |py, client| convert::instance(py, Self(Shared::new(client)))))
    }

    fn close(&self) {
        self.0.close();
    }

    fn status(&self, py: Python<'_>) -> PyResult<Call> {
        self.0.plain(py, |client| async move { Ok(ServerStatus::from(&*client.status().await?)) })
    }

    /// Whether the server worked before, and its status.
    fn provision(
        &self,
        py: Python<'_>,
        host_name: String,
        server_config: Option<PathBuf>,
        settings_digest: String,
        accept_older_store: bool,
    ) -> PyResult<Call> {
        let provision = Provision {
            host_name,
            server_config: config(py, server_config)?,
            settings_digest,
            accept_older_store,
            ..Provision::default()
        };
        self.0.plain(py, |client| async move {
            let done = client.provision(provision).await?;
            Ok((done.already_working, ServerStatus::from(&*done.server)))
        })
    }

    fn register(
        &self,
        py: Python<'_>,
        service: String,
        public_key: &str,
        password_hash: Option<&Bound<'_, PyAny>>,
        operator_may_replace_key: bool,
    ) -> PyResult<Call> {
        let (key, hash) = key_and_hash(py, public_key, password_hash)?;
        self.0.plain(py, |client| async move {
            client.register_with(&service, &key, hash.as_ref(), operator_may_replace_key).await
        })
    }

    fn unregister(&self, py: Python<'_>, service: String) -> PyResult<Call> {
        self.0.plain(py, |client| async move { client.unregister(&service).await })
    }

    /// Names, and whether the operator may replace the key.
    fn services(&self, py: Python<'_>, prefix: String) -> PyResult<Call> {
        self.0.plain(py, |client| async move {
            let services = client.services(&prefix).await?.into_iter();
            Ok(services.map(|it| (it.name, it.operator_may_replace_key)).collect::<Vec<_>>())
        })
    }

    fn set_service_key(
        &self,
        py: Python<'_>,
        service: String,
        public_key: &str,
        password_hash: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Call> {
        let (key, hash) = key_and_hash(py, public_key, password_hash)?;
        self.0.plain(py, |client| async move {
            client.set_service_key(&service, &key, hash.as_ref()).await
        })
    }

    fn list_ta_secrets(&self, py: Python<'_>, prefix: String) -> PyResult<Call> {
        self.0.json_list(py, |client| async move { client.list_ta_secrets(&prefix).await })
    }

    fn destroy_ta_secret(&self, py: Python<'_>, name: String) -> PyResult<Call> {
        self.0.plain(py, |client| async move { client.destroy_ta_secret(&name).await })
    }

    fn backup(&self, py: Python<'_>, host_name: String) -> PyResult<Call> {
        self.0.plain(py, |client| async move { client.backup(&host_name).await })
    }

    /// Host names and hashes of identities.
    fn backups(&self, py: Python<'_>, host_name: String) -> PyResult<Call> {
        self.0.plain(py, |client| async move {
            let backups = client.list_backups(&host_name).await?.into_iter();
            Ok(backups.map(|it| (it.host_name, it.identity_hash)).collect::<Vec<_>>())
        })
    }

    fn delete_backup(&self, py: Python<'_>, host_name: String) -> PyResult<Call> {
        self.0.plain(py, |client| async move { client.delete_backup(&host_name).await })
    }

    fn administrators(&self, py: Python<'_>) -> PyResult<Call> {
        self.0.json_list(py, |client| async move { client.list_administrators().await })
    }

    fn add_administrator(
        &self,
        py: Python<'_>,
        name: String,
        public_key: &str,
        password_hash: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Call> {
        let (key, hash) = key_and_hash(py, public_key, password_hash)?;
        self.0.plain(py, |client| async move {
            client.add_administrator(&name, &key, hash.as_ref()).await
        })
    }

    /// The revisions of the recovery shares that have ended.
    fn remove_administrator(
        &self,
        py: Python<'_>,
        name: String,
        kept: Vec<i64>,
        leave_none_proven: bool,
    ) -> PyResult<Call> {
        self.0.plain(py, |client| async move {
            client.remove_administrator(&name, &kept, leave_none_proven).await
        })
    }

    fn rotate_key(
        &self,
        py: Python<'_>,
        public_key: &str,
        password_hash: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Call> {
        let (key, hash) = key_and_hash(py, public_key, password_hash)?;
        self.0.plain(py, |client| async move { client.rotate_key(&key, hash.as_ref()).await })
    }

    fn deployment(&self, py: Python<'_>) -> PyResult<Call> {
        self.0.json(py, |client| async move { client.show_deployment().await })
    }

    fn diff_deployment(&self, py: Python<'_>, server_config: Option<PathBuf>) -> PyResult<Call> {
        let config = config(py, server_config)?;
        self.0.json(py, |client| async move { client.diff_deployment(config).await })
    }

    fn apply_deployment(
        &self,
        py: Python<'_>,
        server_config: PathBuf,
        revision: i64,
    ) -> PyResult<Call> {
        let config =
            ServerConfig::read(server_config).map_err(|error| error::of_file(py, error))?;
        self.0.json(py, |client| async move { client.apply_deployment(config, revision).await })
    }

    fn store_status(&self, py: Python<'_>) -> PyResult<Call> {
        self.0.json(py, |client| async move { client.store_status().await })
    }

    fn verify_store(&self, py: Python<'_>) -> PyResult<Call> {
        self.0.json(py, |client| async move { client.verify_store().await })
    }

    fn move_store(&self, py: Python<'_>, url: String) -> PyResult<Call> {
        self.0.json(py, |client| async move { client.move_store(&url).await })
    }

    fn recovery(&self, py: Python<'_>) -> PyResult<Call> {
        self.0.json(py, |client| async move { client.recovery().await })
    }

    fn create_recovery(
        &self,
        py: Python<'_>,
        threshold: u8,
        custodians: Vec<(String, String)>,
        latest_revision: i64,
        released_to: Option<PathBuf>,
    ) -> PyResult<Call> {
        let next = released_to.map(Kubeconfig::load).transpose();
        let next = next.map_err(|error| error::of_file(py, error))?.map(|next| next.server.policy);
        if next.as_ref().is_some_and(|policy| policy.message().is_none()) {
            let what =
                "the kubeconfig that says which servers may have the shares accepts any server";
            return Err(error::input(py, what, "name one whose verifyPolicy describes them"));
        }
        let custodian = |(name, recipient)| RecoveryCustodian { name, recipient };
        let custodians = custodians.into_iter().map(custodian).collect();
        self.0.json(py, |client| async move {
            let released_to = next.as_ref().and_then(ServerPolicy::message);
            client.create_recovery(threshold, custodians, latest_revision, released_to).await
        })
    }

    /// Why the identity is not sealed on the server's platform; empty if it is.
    fn finish_recovery(
        &self,
        py: Python<'_>,
        state: (i64, u64, String),
        settings_digest: String,
        accept_older_store: bool,
        overruled: Vec<i32>,
    ) -> PyResult<Call> {
        let (revision, epoch, text) = state;
        let mut chain = [0; 32];
        hex::decode_to_slice(text, &mut chain).map_err(|_| {
            let help = "take it from `recovering` in the status of the server";
            error::input(py, "the chain must be 64 hexadecimal digits", help)
        })?;
        let finish =
            Finish { revision, epoch, chain, settings_digest, accept_older_store, overruled };
        self.0.plain(py, |client| async move { client.finish_recovery(&finish).await })
    }

    /// The page after `previous`; without one, the first of a new export.
    fn export_store(&self, py: Python<'_>, previous: Option<ExportPage>) -> PyResult<Call> {
        let page = |client: Arc<AdminClient>| async move {
            client.export_store(previous.as_ref().map(|page| &*page.0)).await
        };
        self.0.with(py, page, |py, page| convert::instance(py, ExportPage(Arc::new(page))))
    }

    fn revoke_recovery(&self, py: Python<'_>, revisions: Vec<i64>) -> PyResult<Call> {
        self.0.plain(py, |client| async move { client.revoke_recovery(&revisions).await })
    }

    fn set_time(&self, py: Python<'_>, floor: f64) -> PyResult<Call> {
        let floor = convert::time(py, Some(floor))?;
        self.0
            .plain(py, |client| async move { Ok(convert::seconds(client.set_time(floor).await?)) })
    }
}

/// A page of an export of the server's store.
#[pyclass(frozen, module = "aecs._aecs", from_py_object)]
#[derive(Clone)]
pub(crate) struct ExportPage(Arc<aecs_client::ExportPage>);

#[pymethods]
impl ExportPage {
    #[getter]
    fn entries<'py>(&self, py: Python<'py>) -> Vec<(&str, Bound<'py, PyBytes>)> {
        let entries = self.0.entries.iter();
        entries.map(|(key, value)| (key.as_str(), PyBytes::new(py, value))).collect()
    }

    #[getter]
    fn more(&self) -> bool {
        self.0.more
    }
}

/// The text of a kubeconfig with a deployment pinned in it.
#[pyfunction]
pub(crate) fn pinned(
    py: Python<'_>,
    path: PathBuf,
    text: &str,
    deployment_id: &str,
    replace: bool,
) -> PyResult<String> {
    let id = deployment_id.parse().map_err(|error: aecs_client::NotADeploymentId| {
        error::input(py, &error.to_string(), "take it from the status of the server")
    })?;
    kubeconfig::pinned(&path, text, id, replace).map_err(|error| error::of_file(py, error))
}
