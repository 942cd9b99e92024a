//! The client of a trusted application.

use std::path::PathBuf;
use std::sync::Arc;

use aecs_client::{
    OperationError, Secret as Fetched, TaBinding, TaClient, TaClientBuilder, Wanted,
};
use pyo3::prelude::*;
use pyo3::types::PyList;

use crate::call::{Call, Shared};
use crate::convert;
use crate::error;
use crate::key::{Key, Owner};
use crate::platform::{self, Simulation};
use crate::secret::{NewSecret, PublicSecret, Secret, Tag};
use crate::watch::Watch;

/// A connected application.
#[pyclass(frozen, module = "aecs._aecs")]
pub(crate) struct Application(Shared<TaClient>);

#[pymethods]
impl Application {
    /// Connects as a kubeconfig says, or without one as the environment does.
    #[staticmethod]
    #[pyo3(signature = (kubeconfig, platform, simulation, user_data, wait_for_start))]
    fn connect(
        py: Python<'_>,
        kubeconfig: Option<PathBuf>,
        platform: Option<&str>,
        simulation: Option<Simulation>,
        user_data: Option<Vec<u8>>,
        wait_for_start: Option<f64>,
    ) -> PyResult<Call> {
        let own = platform::named(py, platform, simulation.as_ref())?;
        let user_data = convert::user_data(py, user_data.as_deref())?;
        let wait = wait_for_start.map(|seconds| convert::duration(py, seconds)).transpose()?;
        let connected = async move {
            let mut builder = match kubeconfig {
                Some(path) => TaClientBuilder::on_platform(path, &own)?,
                None => TaClientBuilder::from_env()?,
            };
            if let Some(time) = wait {
                builder = builder.wait_for_start(time);
            }
            builder.user_data(user_data).connect().await
        };
        Ok(Call::new(connected, |py, client| convert::instance(py, Self(Shared::new(client)))))
    }

    fn close(&self) {
        self.0.close();
    }

    fn get(&self, py: Python<'_>, service: String, secret: String) -> PyResult<Call> {
        let client = self.0.get(py)?;
        Ok(Call::new(async move { client.get(&service, &secret).await }, fetched))
    }

    fn get_version(
        &self,
        py: Python<'_>,
        service: String,
        secret: String,
        version: u64,
    ) -> PyResult<Call> {
        let client = self.0.get(py)?;
        let call = async move { client.get_version(&service, &secret, version).await };
        Ok(Call::new(call, fetched))
    }

    fn get_if_changed(
        &self,
        py: Python<'_>,
        service: String,
        secret: String,
        known: Tag,
    ) -> PyResult<Call> {
        let client = self.0.get(py)?;
        let call = async move { client.get_if_changed(&service, &secret, &known.0).await };
        Ok(Call::new(call, |py, secret| match secret {
            Some(secret) => fetched(py, secret),
            None => Ok(py.None()),
        }))
    }

    fn get_when_ready(
        &self,
        py: Python<'_>,
        service: String,
        secret: String,
        within: f64,
    ) -> PyResult<Call> {
        let (client, within) = (self.0.get(py)?, convert::duration(py, within)?);
        let call = async move { client.get_when_ready(&service, &secret, within).await };
        Ok(Call::new(call, fetched))
    }

    /// A list with a secret or an exception for each.
    fn get_many(&self, py: Python<'_>, wanted: Vec<(String, String)>) -> PyResult<Call> {
        let client = self.0.get(py)?;
        let wanted: Vec<Wanted> =
            wanted.iter().map(|(service, secret)| Wanted::new(service, secret)).collect();
        Ok(Call::new(async move { client.get_many(&wanted).await }, each))
    }

    /// Names, types and versions.
    fn list_secrets(&self, py: Python<'_>, service: String, prefix: String) -> PyResult<Call> {
        let client = self.0.get(py)?;
        Ok(Call::plain(async move {
            let listed = client.list(&service, &prefix).await?;
            let row = |it: aecs_client::ListedSecret| (it.name, it.kind.as_str_name(), it.version);
            Ok(listed.into_iter().map(row).collect::<Vec<_>>())
        }))
    }

    fn get_public(&self, py: Python<'_>, service: String, secret: String) -> PyResult<Call> {
        let client = self.0.get(py)?;
        let call = async move { client.get_public(&service, &secret).await };
        Ok(Call::new(call, |py, public| convert::instance(py, PublicSecret::from(public))))
    }

    fn create(&self, py: Python<'_>, secret: NewSecret, binding: &str) -> PyResult<Call> {
        let client = self.0.get(py)?;
        let binding = match binding {
            "measurement" => TaBinding::Measurement,
            "signer" => TaBinding::Signer,
            _ => {
                let what = "a secret is bound to a measurement or to a signer";
                return Err(error::input(py, what, "give \"measurement\" or \"signer\""));
            }
        };
        Ok(Call::plain(async move { client.create(&secret.0, binding).await }))
    }

    fn destroy(&self, py: Python<'_>, secret: String) -> PyResult<Call> {
        let client = self.0.get(py)?;
        Ok(Call::plain(async move { client.destroy(&secret).await }))
    }

    fn key(&self, py: Python<'_>, service: String, secret: String) -> PyResult<Key> {
        let client = self.0.get(py)?;
        Ok(Key::new(Owner::Application { client, service }, secret))
    }

    fn watch(
        &self,
        py: Python<'_>,
        service: String,
        secret: String,
        every: f64,
    ) -> PyResult<Watch> {
        let client: Arc<TaClient> = self.0.get(py)?;
        Watch::start(client, service, secret, convert::duration(py, every)?)
    }
}

fn fetched(py: Python<'_>, secret: Fetched) -> PyResult<Py<PyAny>> {
    convert::instance(py, Secret::from(secret))
}

fn each(py: Python<'_>, found: Vec<Result<Fetched, OperationError>>) -> PyResult<Py<PyAny>> {
    let one = |found| match found {
        Ok(secret) => fetched(py, secret),
        Err(error) => Ok(error::of_operation(py, error).into_value(py).into_any()),
    };
    let all = found.into_iter().map(one).collect::<PyResult<Vec<_>>>()?;
    Ok(PyList::new(py, all)?.into_any().unbind())
}
