//! Keys that are used in place, and the operations with them.

use std::sync::Arc;

use aecs_client::{Error, KeyInPlace, KeySignature, ServiceClient, TaClient};
use aecs_crypto::SecretBytes as Wiped;
use pyo3::prelude::*;
use pyo3::types::PyList;

use crate::call::Call;
use crate::convert;
use crate::error;
use crate::secret_bytes::SecretBytes;

/// Who uses a key.
#[derive(Clone)]
pub(crate) enum Owner {
    /// An application, one of a service.
    Application {
        /// Who calls.
        client: Arc<TaClient>,
        /// Whose key it is.
        service: String,
    },
    /// The administrator of its service.
    Service(Arc<ServiceClient>),
}

/// A key that is used in place.
#[pyclass(frozen, module = "aecs._aecs")]
pub(crate) struct Key {
    owner: Owner,
    secret: String,
}

impl Key {
    pub(crate) fn new(owner: Owner, secret: String) -> Self {
        Self { owner, secret }
    }
}

impl Owner {
    fn key<'a>(&'a self, secret: &str) -> KeyInPlace<'a> {
        match self {
            Self::Application { client, service } => client.key(service, secret),
            Self::Service(client) => client.key(secret),
        }
    }
}

#[pymethods]
impl Key {
    /// Does one operation.
    fn one(&self, operation: &Operation) -> Call {
        let (owner, secret) = (self.owner.clone(), self.secret.clone());
        let operations = vec![operation.make()];
        let call = async move {
            let done = owner.key(&secret).batch(operations).await?.pop();
            // As many come back as were asked for.
            done.ok_or(Error::Misuse("the operation has no result"))?.map_err(Error::Operation)
        };
        Call::new(call, |py, outcome| convert::instance(py, Outcome(outcome)))
    }

    /// A list with an outcome or an exception for each.
    fn batch(&self, operations: Vec<PyRef<'_, Operation>>) -> Call {
        let (owner, secret) = (self.owner.clone(), self.secret.clone());
        let operations: Vec<_> = operations.iter().map(|it| it.make()).collect();
        let call = async move { owner.key(&secret).batch(operations).await };
        Call::new(call, |py, outcomes| {
            let one = |outcome| match outcome {
                Ok(outcome) => convert::instance(py, Outcome(outcome)),
                Err(error) => Ok(error::of_operation(py, error).into_value(py).into_any()),
            };
            let all = outcomes.into_iter().map(one).collect::<PyResult<Vec<_>>>()?;
            Ok(PyList::new(py, all)?.into_any().unbind())
        })
    }
}

/// An operation, which may be done several times.
#[pyclass(frozen, module = "aecs")]
pub(crate) struct Operation(Box<dyn Fn() -> aecs_client::Operation + Send + Sync>);

impl Operation {
    fn make(&self) -> aecs_client::Operation {
        (self.0)()
    }

    fn of(make: impl Fn() -> aecs_client::Operation + Send + Sync + 'static) -> Self {
        Self(Box::new(make))
    }
}

/// The associated data: none is empty.
fn associated(data: Option<&Bound<'_, PyAny>>) -> PyResult<Wiped> {
    data.map_or_else(|| Ok(Wiped::from(Vec::new())), convert::bytes)
}

/// A signature algorithm by its name; the one of the key's type without one.
fn algorithm(py: Python<'_>, name: Option<&str>) -> PyResult<KeySignature> {
    let Some(name) = name else { return Ok(KeySignature::default()) };
    KeySignature::from_str_name(name).ok_or_else(|| {
        let what = format!("unknown signature algorithm {name:?}");
        error::input(
            py,
            &what,
            "give a name of KeySignature, for example KEY_SIGNATURE_RSA_PSS_SHA256",
        )
    })
}

#[pymethods]
impl Operation {
    #[staticmethod]
    #[pyo3(signature = (plain, associated_data=None))]
    fn encrypt(
        plain: &Bound<'_, PyAny>,
        associated_data: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let (plain, data) = (convert::bytes(plain)?, associated(associated_data)?);
        Ok(Self::of(move || aecs_client::Operation::encrypt(plain.expose(), data.expose())))
    }

    #[staticmethod]
    #[pyo3(signature = (sealed, associated_data=None))]
    fn decrypt(sealed: String, associated_data: Option<&Bound<'_, PyAny>>) -> PyResult<Self> {
        let data = associated(associated_data)?;
        Ok(Self::of(move || aecs_client::Operation::decrypt(&sealed, data.expose())))
    }

    #[staticmethod]
    #[pyo3(signature = (sealed, associated_data=None))]
    fn rewrap(sealed: String, associated_data: Option<&Bound<'_, PyAny>>) -> PyResult<Self> {
        let data = associated(associated_data)?;
        Ok(Self::of(move || aecs_client::Operation::rewrap(&sealed, data.expose())))
    }

    #[staticmethod]
    #[pyo3(signature = (key, associated_data=None))]
    fn wrap(key: &Bound<'_, PyAny>, associated_data: Option<&Bound<'_, PyAny>>) -> PyResult<Self> {
        let (key, data) = (convert::bytes(key)?, associated(associated_data)?);
        Ok(Self::of(move || aecs_client::Operation::wrap(key.expose(), data.expose())))
    }

    #[staticmethod]
    #[pyo3(signature = (sealed, associated_data=None))]
    fn unwrap(sealed: String, associated_data: Option<&Bound<'_, PyAny>>) -> PyResult<Self> {
        let data = associated(associated_data)?;
        Ok(Self::of(move || aecs_client::Operation::unwrap(&sealed, data.expose())))
    }

    #[staticmethod]
    #[pyo3(signature = (length, associated_data=None))]
    fn data_key(length: u32, associated_data: Option<&Bound<'_, PyAny>>) -> PyResult<Self> {
        let data = associated(associated_data)?;
        Ok(Self::of(move || aecs_client::Operation::data_key(length, data.expose())))
    }

    #[staticmethod]
    #[pyo3(signature = (message, algorithm=None))]
    fn sign(message: &Bound<'_, PyAny>, algorithm: Option<&str>) -> PyResult<Self> {
        let algorithm = self::algorithm(message.py(), algorithm)?;
        let message = convert::bytes(message)?;
        Ok(Self::of(move || aecs_client::Operation::sign(algorithm, message.expose())))
    }

    #[staticmethod]
    #[pyo3(signature = (message, signature, algorithm=None))]
    fn verify(
        message: &Bound<'_, PyAny>,
        signature: String,
        algorithm: Option<&str>,
    ) -> PyResult<Self> {
        let algorithm = self::algorithm(message.py(), algorithm)?;
        let message = convert::bytes(message)?;
        Ok(Self::of(move || {
            aecs_client::Operation::verify(algorithm, message.expose(), &signature)
        }))
    }

    #[staticmethod]
    fn mac(data: &Bound<'_, PyAny>) -> PyResult<Self> {
        let data = convert::bytes(data)?;
        Ok(Self::of(move || aecs_client::Operation::mac(data.expose())))
    }

    #[staticmethod]
    fn verify_mac(data: &Bound<'_, PyAny>, mac: String) -> PyResult<Self> {
        let data = convert::bytes(data)?;
        Ok(Self::of(move || aecs_client::Operation::verify_mac(data.expose(), &mac)))
    }

    #[staticmethod]
    #[pyo3(signature = (context, length, version=None))]
    fn derive(context: &Bound<'_, PyAny>, length: u32, version: Option<u64>) -> PyResult<Self> {
        let context = convert::bytes(context)?;
        Ok(Self::of(move || aecs_client::Operation::derive(context.expose(), length, version)))
    }

    #[staticmethod]
    fn random(length: u32) -> Self {
        Self::of(move || aecs_client::Operation::random(length))
    }
}

/// What an operation made.
#[pyclass(frozen, module = "aecs")]
pub(crate) struct Outcome(aecs_client::Outcome);

#[pymethods]
impl Outcome {
    #[getter]
    fn output(&self) -> SecretBytes {
        self.0.output().into()
    }

    #[getter]
    fn sealed(&self) -> &str {
        self.0.sealed()
    }

    #[getter]
    fn valid(&self) -> bool {
        self.0.is_valid()
    }

    #[getter]
    fn version(&self) -> u64 {
        self.0.version()
    }

    fn __repr__(&self) -> &'static str {
        "<aecs.Outcome>"
    }
}
