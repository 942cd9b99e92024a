//! Between Python's objects and those of the libraries.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aecs_client::NewValue;
use aecs_crypto::{PublicKey, SecretBytes, SecretString};
use aecs_proto::json::{self, JsonMessage};
use pyo3::buffer::PyBuffer;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};
use pyo3::{IntoPyObjectExt as _, PyClass};

use crate::error;

/// What Python has for a value.
pub(crate) fn object<T>(py: Python<'_>, value: T) -> PyResult<Py<PyAny>>
where
    T: for<'py> IntoPyObject<'py>,
{
    value.into_py_any(py)
}

/// An object of a class of this module.
pub(crate) fn instance<T>(py: Python<'_>, value: T) -> PyResult<Py<PyAny>>
where
    T: PyClass + Into<PyClassInitializer<T>>,
{
    Ok(Py::new(py, value)?.into_any())
}

/// The bytes of what supports the buffer protocol.
pub(crate) fn bytes(value: &Bound<'_, PyAny>) -> PyResult<SecretBytes> {
    Ok(SecretBytes::from(PyBuffer::<u8>::get(value)?.to_vec(value.py())?))
}

/// A text, or the bytes of one.
pub(crate) fn text(value: &Bound<'_, PyAny>) -> PyResult<SecretString> {
    if let Ok(text) = value.cast::<PyString>() {
        return Ok(SecretString::from(text.to_str()?.to_owned()));
    }
    let help = "give text, or bytes of text in UTF-8";
    SecretString::try_from(bytes(value)?)
        .map_err(|_| error::input(value.py(), "this is not UTF-8 text", help))
}

/// A text, if there is one.
pub(crate) fn optional_text(value: Option<&Bound<'_, PyAny>>) -> PyResult<Option<SecretString>> {
    value.map(text).transpose()
}

/// A value of a secret: text, bytes (text if they are UTF-8, as a file's), or pairs.
pub(crate) fn new_value(value: &Bound<'_, PyAny>) -> PyResult<NewValue> {
    if let Ok(pairs) = value.cast::<PyDict>() {
        let pair = |(key, value): (Bound<'_, PyAny>, Bound<'_, PyAny>)| {
            Ok((key.extract::<String>()?, text(&value)?))
        };
        return Ok(NewValue::Pairs(pairs.iter().map(pair).collect::<PyResult<_>>()?));
    }
    match value.is_instance_of::<PyString>() {
        true => Ok(NewValue::Text(text(value)?)),
        false => Ok(NewValue::from(bytes(value)?)),
    }
}

/// 32 bytes, or zeros.
pub(crate) fn user_data(py: Python<'_>, value: Option<&[u8]>) -> PyResult<aecs_attest::UserData> {
    let Some(value) = value else { return Ok(aecs_attest::UserData::default()) };
    let bytes: Result<[u8; 32], _> = value.try_into();
    bytes.map(aecs_attest::UserData).map_err(|_| {
        let what = format!("user data must be exactly 32 bytes, got {}", value.len());
        error::input(py, &what, "give the SHA-256 of what it stands for")
    })
}

/// Seconds, as a time to wait.
pub(crate) fn duration(py: Python<'_>, seconds: f64) -> PyResult<Duration> {
    Duration::try_from_secs_f64(seconds)
        .map_err(|_| error::input(py, "not a number of seconds", "give 0 or more"))
}

/// Seconds since 1970, as a time; now without a number.
pub(crate) fn time(py: Python<'_>, seconds: Option<f64>) -> PyResult<SystemTime> {
    let Some(seconds) = seconds else { return Ok(SystemTime::now()) };
    let since = duration(py, seconds)?;
    UNIX_EPOCH
        .checked_add(since)
        .ok_or_else(|| error::input(py, "not a time", "give seconds since 1970"))
}

/// A time in seconds since 1970.
pub(crate) fn seconds(time: SystemTime) -> f64 {
    time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}

/// A public key of an administrator.
pub(crate) fn public_key(py: Python<'_>, pem: &str) -> PyResult<PublicKey> {
    PublicKey::from_pem(pem).map_err(|error| {
        let help = "give the public half of a key pair, as PEM";
        error::input(py, &format!("this is not a public key: {error}"), help)
    })
}

/// A message as JSON (docs/json.md), which the package makes Python's objects of.
pub(crate) fn json_of<M: JsonMessage>(message: &M) -> String {
    json::to_string(message)
}

/// A message that is a part of something else, for which Python has a dictionary.
pub(crate) struct Json(String);

impl Json {
    pub(crate) fn of<M: JsonMessage>(message: &M) -> Self {
        Self(json_of(message))
    }
}

impl<'py> IntoPyObject<'py> for Json {
    type Target = PyAny;
    type Output = Bound<'py, PyAny>;
    type Error = PyErr;

    fn into_pyobject(self, py: Python<'py>) -> PyResult<Self::Output> {
        py.import("json")?.call_method1("loads", (self.0,))
    }
}

/// Several messages as JSON.
pub(crate) fn json_list<M: JsonMessage>(messages: &[M]) -> String {
    let texts: Vec<String> = messages.iter().map(json_of).collect();
    format!("[{}]", texts.join(","))
}

/// The name that messages have for a file whose content was given as text.
pub(crate) fn file_name(name: Option<PathBuf>) -> PathBuf {
    name.unwrap_or_else(|| Path::new("<text>").to_owned())
}
