//! From errors of the libraries to the exceptions in `aecs/errors.py`.

use aecs_attest::{Causes, Denial};
use aecs_client::files::FileError;
use aecs_client::{Error, ErrorCode, ErrorKind, OperationError};
use pyo3::prelude::*;
use pyo3::types::IntoPyDict as _;

/// The exception for an error of the client library.
pub(crate) fn to_python(py: Python<'_>, error: &Error) -> PyErr {
    let class = match error.kind() {
        ErrorKind::Usage => "UsageError",
        ErrorKind::BadInput => "InputError",
        ErrorKind::NoInput => "UnreadableError",
        ErrorKind::Unreachable => "UnreachableError",
        ErrorKind::NotReady => "NotReadyError",
        ErrorKind::NotFound => "NotFoundError",
        ErrorKind::Exists => "ExistsError",
        ErrorKind::Denied => "DeniedError",
        ErrorKind::Conflict => "ConflictError",
        ErrorKind::Refused => "RefusedError",
        ErrorKind::Untrusted => "UntrustedError",
        ErrorKind::CannotWrite => "StateMemoryError",
        _ => "InternalError",
    };
    raise(py, class, &error.message(), error.code(), error.help(), error.is_temporary())
}

/// The exception for a file that is not right.
pub(crate) fn of_file(py: Python<'_>, error: FileError) -> PyErr {
    to_python(py, &Error::File(error))
}

/// The exception for one of several things that were asked for.
pub(crate) fn of_operation(py: Python<'_>, error: OperationError) -> PyErr {
    to_python(py, &Error::Operation(error))
}

/// Evidence that does not hold.
pub(crate) fn of_evidence(py: Python<'_>, error: &aecs_attest::Error) -> PyErr {
    let finding = error.finding();
    let raised = raise(py, "EvidenceError", &Causes(error).to_string(), None, None, false);
    let told = raised.value(py);
    let set = || {
        told.setattr("check", finding.check)?;
        told.setattr("expected", finding.expected)?;
        told.setattr("actual", finding.actual)
    };
    set().map_or_else(|error| error, |()| raised)
}

/// Evidence that a policy does not admit.
pub(crate) fn of_denial(py: Python<'_>, denial: &Denial) -> PyErr {
    let help = "Policy.explain() tells what would make it pass";
    raise(py, "PolicyError", &denial.to_string(), None, Some(help), false)
}

/// A call that makes no sense.
pub(crate) fn usage(py: Python<'_>, what: &str, help: &str) -> PyErr {
    raise(py, "UsageError", what, None, Some(help), false)
}

/// A call on what was closed before.
///
/// As every error here, it is made by code of Python, where another thread may take Python's lock: who has
/// locked something that a thread with Python's lock waits for must not make one.
pub(crate) fn closed(py: Python<'_>, what: &str) -> PyErr {
    usage(py, &format!("the {what} is closed"), "use it before it is closed, or make another one")
}

/// An argument that is not right.
pub(crate) fn input(py: Python<'_>, what: &str, help: &str) -> PyErr {
    raise(py, "InputError", what, None, Some(help), false)
}

/// A defect.
pub(crate) fn internal(py: Python<'_>) -> PyErr {
    raise(py, "InternalError", "the call ended without a result", None, None, false)
}

fn raise(
    py: Python<'_>,
    class: &str,
    message: &str,
    code: Option<ErrorCode>,
    help: Option<&str>,
    temporary: bool,
) -> PyErr {
    let made = || -> PyResult<PyErr> {
        let told = [
            ("code", code.map(|code| code.to_string()).into_pyobject(py)?),
            ("code_name", code.map(|code| format!("{code:?}")).into_pyobject(py)?),
            ("help", help.into_pyobject(py)?),
            ("temporary", temporary.into_pyobject(py)?.to_owned().into_any()),
        ];
        let class = py.import("aecs.errors")?.getattr(class)?;
        Ok(PyErr::from_value(class.call((message,), Some(&told.into_py_dict(py)?))?))
    };
    made().unwrap_or_else(|error| error)
}
