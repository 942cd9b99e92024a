//! Bytes that are wiped: what Python sees of secrets, keys and plain texts.
//!
//! Invariant: the bytes stay where they are, and unchanged, as long as Python has a view of them. They are
//! wiped when the object is closed or goes away, and with views, when the last of these does.

use std::ffi::{c_int, c_void};

use aecs_crypto::SecretBytes as Wiped;
use parking_lot::Mutex;
use pyo3::exceptions::PyValueError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};

use crate::convert;
use crate::error;

/// Bytes that nothing prints, and that are wiped.
#[pyclass(frozen, module = "aecs")]
pub(crate) struct SecretBytes(Mutex<State>);

struct State {
    /// None once they are wiped.
    bytes: Option<Wiped>,
    /// How many views Python has.
    views: usize,
    is_closed: bool,
}

impl From<Wiped> for SecretBytes {
    fn from(bytes: Wiped) -> Self {
        Self(Mutex::new(State { bytes: Some(bytes), views: 0, is_closed: false }))
    }
}

impl SecretBytes {
    fn read<T>(&self, py: Python<'_>, read: impl FnOnce(&[u8]) -> T) -> PyResult<T> {
        let result = self.0.lock().open().map(|bytes| read(bytes.expose()));
        result.ok_or_else(|| error::closed(py, "secret"))
    }

    /// Counts a view, and tells where it begins and how long it is.
    fn begin_view(&self) -> Option<(*const u8, usize)> {
        let mut state = self.0.lock();
        let bytes = state.open()?.expose();
        let place = (bytes.as_ptr(), bytes.len());
        state.views += 1;
        Some(place)
    }

    fn end_view(&self) {
        let mut state = self.0.lock();
        state.views = state.views.saturating_sub(1);
        state.wipe_if_unused();
    }
}

impl State {
    fn open(&self) -> Option<&Wiped> {
        self.bytes.as_ref().filter(|_| !self.is_closed)
    }

    fn wipe_if_unused(&mut self) {
        if self.is_closed && self.views == 0 {
            self.bytes = None;
        }
    }
}

#[pymethods]
impl SecretBytes {
    #[new]
    fn new(data: &Bound<'_, PyAny>) -> PyResult<Self> {
        match data.cast::<PyString>() {
            Ok(_) => Ok(Self::from(Wiped::from(convert::text(data)?))),
            Err(_) => Ok(Self::from(convert::bytes(data)?)),
        }
    }

    fn __len__(&self, py: Python<'_>) -> PyResult<usize> {
        self.read(py, <[u8]>::len)
    }

    fn __repr__(&self) -> &'static str {
        "<aecs.SecretBytes>"
    }

    fn __bytes__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        self.read(py, |bytes| PyBytes::new(py, bytes))
    }

    fn text<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyString>> {
        let text = self
            .read(py, |bytes| std::str::from_utf8(bytes).ok().map(|text| PyString::new(py, text)));
        text?.ok_or_else(|| PyValueError::new_err("the secret is not UTF-8 text"))
    }

    /// In a time that depends on the lengths only.
    fn __eq__(&self, py: Python<'_>, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        let Ok(other) = convert::bytes(other) else { return Ok(py.NotImplemented()) };
        convert::object(py, self.read(py, |bytes| aecs_crypto::ct_eq(bytes, other.expose()))?)
    }

    #[getter]
    fn closed(&self) -> bool {
        self.0.lock().is_closed
    }

    fn close(&self) {
        let mut state = self.0.lock();
        state.is_closed = true;
        state.wipe_if_unused();
    }

    fn __enter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    #[pyo3(signature = (*_args))]
    fn __exit__(&self, _args: &Bound<'_, PyAny>) {
        self.close();
    }

    /// # Safety
    ///
    /// Python calls it with a view to fill.
    #[expect(unsafe_code, reason = "the buffer protocol: a view is a pointer")]
    unsafe fn __getbuffer__(
        slf: Bound<'_, Self>,
        view: *mut ffi::Py_buffer,
        flags: c_int,
    ) -> PyResult<()> {
        let (py, secret) = (slf.py(), slf.get());
        let (start, length) = secret.begin_view().ok_or_else(|| error::closed(py, "secret"))?;
        let start = start.cast_mut().cast::<c_void>();
        // No allocation is larger than an isize can say.
        let length = isize::try_from(length).unwrap_or(isize::MAX);
        const READ_ONLY: c_int = 1;
        // SAFETY: Python hands in a view that may be filled, and the view keeps a reference to the object.
        // The bytes do not move and are not freed before `__releasebuffer__` is called for each view that
        // was counted above. Nobody writes to them: the view is read-only.
        let filled =
            unsafe { ffi::PyBuffer_FillInfo(view, slf.as_ptr(), start, length, READ_ONLY, flags) };
        if filled != 0 {
            secret.end_view();
            return Err(PyErr::fetch(py));
        }
        Ok(())
    }

    /// # Safety
    ///
    /// Python calls it, once for each view that was filled.
    #[expect(
        unsafe_code,
        reason = "the buffer protocol: PyO3 asks for the word; nothing unsafe is done"
    )]
    unsafe fn __releasebuffer__(&self, _view: *mut ffi::Py_buffer) {
        self.end_view();
    }
}
