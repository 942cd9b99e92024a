//! Secrets that were fetched, and those to be created.

use std::path::PathBuf;
use std::sync::Arc;

use aecs_client::files::secret_policy::SecretPolicyFile;
use aecs_client::{EnclaveSecretType, NewSecret as New, Secret as Fetched};
use aecs_proto::EnclaveSecretSpec;
use parking_lot::Mutex;
use pyo3::exceptions::PyKeyError;
use pyo3::prelude::*;

use crate::convert;
use crate::error;
use crate::secret_bytes::SecretBytes;

/// The name of a secret's type, as files spell it.
pub(crate) fn kind(spec: &EnclaveSecretSpec) -> &'static str {
    spec.r#type().as_str_name()
}

/// A secret that was fetched.
#[pyclass(frozen, module = "aecs")]
pub(crate) struct Secret {
    #[pyo3(get)]
    name: String,
    #[pyo3(get)]
    service: String,
    #[pyo3(get, name = "type")]
    kind: &'static str,
    #[pyo3(get)]
    version: u64,
    #[pyo3(get)]
    tag: Tag,
    secret: Mutex<Option<Arc<Fetched>>>,
}

impl From<Fetched> for Secret {
    fn from(secret: Fetched) -> Self {
        Self {
            name: secret.spec.secret_name.clone(),
            service: secret.spec.service_name.clone(),
            kind: kind(&secret.spec),
            version: secret.version,
            tag: Tag(secret.tag().clone()),
            secret: Mutex::new(Some(Arc::new(secret))),
        }
    }
}

impl Secret {
    pub(crate) fn get(&self, py: Python<'_>) -> PyResult<Arc<Fetched>> {
        let secret = self.secret.lock().clone();
        secret.ok_or_else(|| error::closed(py, "secret"))
    }
}

#[pymethods]
impl Secret {
    #[getter]
    fn fields(&self, py: Python<'_>) -> PyResult<Vec<String>> {
        Ok(self.get(py)?.field_names())
    }

    /// The specification as JSON.
    fn spec(&self, py: Python<'_>) -> PyResult<String> {
        Ok(convert::json_of(&self.get(py)?.spec))
    }

    fn bytes(&self, py: Python<'_>) -> PyResult<SecretBytes> {
        Ok(self.get(py)?.to_bytes().into())
    }

    fn field(&self, py: Python<'_>, name: &str) -> PyResult<SecretBytes> {
        let secret = self.get(py)?;
        let field = secret.field(name).map(SecretBytes::from);
        field.ok_or_else(|| {
            let names = secret.field_names().join(", ");
            PyKeyError::new_err(format!("the secret has no field {name:?}; it has: {names}"))
        })
    }

    fn close(&self) {
        let secret = self.secret.lock().take();
        drop(secret);
    }

    fn __enter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    #[pyo3(signature = (*_args))]
    fn __exit__(&self, _args: &Bound<'_, PyAny>) {
        self.close();
    }

    fn __repr__(&self) -> String {
        format!("<aecs.Secret {}/{} version {}>", self.service, self.name, self.version)
    }
}

/// What names a version of a secret. It tells nothing of the data.
#[pyclass(frozen, eq, module = "aecs", from_py_object)]
#[derive(Clone, PartialEq)]
pub(crate) struct Tag(pub(crate) aecs_client::Tag);

#[pymethods]
impl Tag {
    fn __repr__(&self) -> &'static str {
        "<aecs.Tag>"
    }
}

/// The public part of a secret.
#[pyclass(frozen, module = "aecs")]
pub(crate) struct PublicSecret {
    #[pyo3(get)]
    name: String,
    #[pyo3(get)]
    service: String,
    #[pyo3(get, name = "type")]
    kind: &'static str,
    #[pyo3(get)]
    data: String,
}

impl From<aecs_client::PublicSecret> for PublicSecret {
    fn from(public: aecs_client::PublicSecret) -> Self {
        let kind = kind(&public.spec);
        let (name, service) = (public.spec.secret_name, public.spec.service_name);
        Self { name, service, kind, data: public.data }
    }
}

#[pymethods]
impl PublicSecret {
    fn __repr__(&self) -> String {
        format!("<aecs.PublicSecret {}/{}>", self.service, self.name)
    }
}

/// A secret to be created.
#[pyclass(frozen, module = "aecs", from_py_object)]
#[derive(Clone)]
pub(crate) struct NewSecret(pub(crate) Arc<New>);

#[pymethods]
impl NewSecret {
    /// Of a type, with nothing else said: for secrets of an application's own.
    #[new]
    fn new(py: Python<'_>, name: &str, r#type: &str) -> PyResult<Self> {
        let kind = EnclaveSecretType::from_str_name(r#type).ok_or_else(|| {
            let what = format!("unknown secret type {type:?}");
            error::input(
                py,
                &what,
                "the types are in docs/guide/secrets.md: SECRET_TYPE_AES256_KEY, …",
            )
        })?;
        Ok(Self(Arc::new(New::new(name, kind))))
    }

    #[getter]
    fn name(&self) -> &str {
        self.0.name()
    }

    #[getter]
    fn service(&self) -> &str {
        &self.0.spec.service_name
    }

    #[getter]
    fn r#type(&self) -> &'static str {
        kind(&self.0.spec)
    }

    fn __repr__(&self) -> String {
        format!("<aecs.NewSecret {}>", self.name())
    }
}

/// The secrets of a policy file, or of its text.
#[pyfunction]
#[pyo3(signature = (*, path=None, text=None, insecure_open_rules=false))]
pub(crate) fn read_secrets(
    py: Python<'_>,
    path: Option<PathBuf>,
    text: Option<&Bound<'_, PyAny>>,
    insecure_open_rules: bool,
) -> PyResult<Vec<NewSecret>> {
    let file = match (convert::optional_text(text)?, path) {
        (Some(text), name) => SecretPolicyFile::parse(convert::file_name(name), text.expose()),
        (None, Some(path)) => SecretPolicyFile::load(path),
        (None, None) => return Err(error::usage(py, "neither a path nor a text", "give one")),
    };
    let file = match insecure_open_rules {
        true => file,
        false => file.and_then(SecretPolicyFile::refuse_open_rules),
    };
    let secrets = file.map_err(|error| error::of_file(py, error))?.secrets;
    Ok(secrets.into_iter().map(|secret| NewSecret(Arc::new(secret))).collect())
}
