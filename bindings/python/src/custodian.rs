//! The client of the custodian of a recovery share.

use std::path::PathBuf;
use std::sync::Arc;

use aecs_client::CustodianClient;
use aecs_client::files::kubeconfig::Kubeconfig;
use aecs_crypto::{age, recovery};
use pyo3::prelude::*;

use crate::call::{Call, Shared};
use crate::convert;
use crate::error;
use crate::service;

/// A connected custodian.
#[pyclass(frozen, module = "aecs._aecs")]
pub(crate) struct Custodian(Shared<CustodianClient>);

#[pymethods]
impl Custodian {
    /// Opens a share (the text of its file) with its holder's identity (also a text), and connects.
    #[staticmethod]
    fn connect(
        py: Python<'_>,
        kubeconfig: PathBuf,
        share: &Bound<'_, PyAny>,
        identity: &Bound<'_, PyAny>,
        recovering: bool,
        state_file: PathBuf,
        roots: Vec<String>,
    ) -> PyResult<Call> {
        let roots = service::roots(py, &roots)?;
        let (share, identity) = (convert::text(share)?, convert::text(identity)?);
        let unusable = |what: &str, error: aecs_crypto::Error| {
            let help = "give the text of a file that `age-keygen` wrote, and that of a share for its recipient";
            error::input(py, &format!("the {what} cannot be used: {error}"), help)
        };
        let identities = age::Identity::of_file(identity.expose())
            .map_err(|error| unusable("identity", error))?;
        let share = recovery::open_file(share.expose(), &identities)
            .map_err(|error| unusable("recovery share", error))?;
        let memory = service::memory(&kubeconfig, state_file);
        let server =
            Kubeconfig::load(kubeconfig).map_err(|error| error::of_file(py, error))?.server;
        let verifier = server.verifier(&roots).map_err(|error| error::to_python(py, &error))?;
        let (endpoint, verifier, policy) = (server.endpoint, Arc::new(verifier), server.policy);
        let connected = async move {
            let memory = Some(memory as _);
            match recovering {
                true => CustodianClient::to_submit(endpoint, verifier, policy, share, memory).await,
                false => CustodianClient::to_prove(endpoint, verifier, policy, share, memory).await,
            }
        };
        Ok(Call::new(connected, |py, client| convert::instance(py, Self(Shared::new(client)))))
    }

    fn close(&self) {
        self.0.close();
    }

    fn prove(&self, py: Python<'_>) -> PyResult<Call> {
        self.0.json(py, |client| async move { client.prove().await })
    }

    fn submit(&self, py: Python<'_>) -> PyResult<Call> {
        self.0.json(py, |client| async move { client.submit().await })
    }

    fn appoint(
        &self,
        py: Python<'_>,
        name: String,
        public_key: &str,
        password_hash: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Call> {
        let key = convert::public_key(py, public_key)?;
        let hash = convert::optional_text(password_hash)?;
        self.0.json(py, |client| async move { client.appoint(&name, &key, hash.as_ref()).await })
    }
}
