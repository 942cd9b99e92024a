//! Calls of a client: for threads that wait, and for event loops.
//!
//! Nobody waits for a call while they hold Python's lock, and the runtime takes it only to tell an event
//! loop that something is done.

use std::future::Future;
use std::pin::Pin;
use std::process;
use std::sync::Arc;
use std::time::Duration;

use aecs_client::Error;
use parking_lot::Mutex;
use pyo3::prelude::*;
use tokio::runtime::{Builder, Runtime};
use tokio::task::AbortHandle;

use crate::error::{self, to_python};

/// How often a thread that waits asks whether a signal has come, such as Ctrl-C.
const TICK: Duration = Duration::from_millis(100);

/// What is left to do with Python's lock when a call is done.
pub(crate) type Done = Box<dyn FnOnce(Python<'_>) -> PyResult<Py<PyAny>> + Send>;

type Work = Pin<Box<dyn Future<Output = Done> + Send>>;

/// The runtime of this process: a child that was forked has no threads of its parent's.
static RUNTIME: Mutex<Option<(u32, &'static Runtime)>> = Mutex::new(None);

pub(crate) fn runtime() -> PyResult<&'static Runtime> {
    let mut there = RUNTIME.lock();
    match *there {
        Some((pid, runtime)) if pid == process::id() => Ok(runtime),
        _ => {
            let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
            // It lasts as long as the process, whose end does not wait for calls.
            let runtime: &'static Runtime = Box::leak(Box::new(runtime));
            *there = Some((process::id(), runtime));
            Ok(runtime)
        }
    }
}

/// A client, until it is closed.
pub(crate) struct Shared<T> {
    client: Mutex<Option<Arc<T>>>,
    /// Connections are served by threads of the process that made them.
    pid: u32,
}

impl<T> Shared<T> {
    pub(crate) fn new(client: T) -> Self {
        Self { client: Mutex::new(Some(Arc::new(client))), pid: process::id() }
    }

    pub(crate) fn get(&self, py: Python<'_>) -> PyResult<Arc<T>> {
        if self.pid != process::id() {
            let what = "the client was made before this process was forked";
            return Err(error::usage(py, what, "make a client in each process"));
        }
        let client = self.client.lock().clone();
        client.ok_or_else(|| error::closed(py, "client"))
    }

    pub(crate) fn close(&self) {
        let client = self.client.lock().take();
        drop(client);
    }
}

/// A call that has not begun. It is made once.
#[pyclass(frozen, module = "aecs._aecs")]
pub(crate) struct Call(Mutex<Option<Work>>);

impl Call {
    /// A call whose result `convert` makes a Python object of.
    pub(crate) fn new<T, C>(
        call: impl Future<Output = Result<T, Error>> + Send + 'static,
        convert: C,
    ) -> Self
    where
        T: Send + 'static,
        C: FnOnce(Python<'_>, T) -> PyResult<Py<PyAny>> + Send + 'static,
    {
        Self::of(async move {
            let result = call.await;
            Box::new(move |py: Python<'_>| match result {
                Ok(value) => convert(py, value),
                Err(error) => Err(to_python(py, &error)),
            }) as Done
        })
    }

    pub(crate) fn of(work: impl Future<Output = Done> + Send + 'static) -> Self {
        Self(Mutex::new(Some(Box::pin(work))))
    }

    /// A call whose result is what Python has for it.
    pub(crate) fn plain<T>(call: impl Future<Output = Result<T, Error>> + Send + 'static) -> Self
    where
        T: for<'py> IntoPyObject<'py> + Send + 'static,
    {
        Self::new(call, crate::convert::object)
    }

    fn take(&self, py: Python<'_>) -> PyResult<Work> {
        let work = self.0.lock().take();
        work.ok_or_else(|| error::usage(py, "the call was made before", "make another one"))
    }
}

#[pymethods]
impl Call {
    /// Makes the call, and waits for its result.
    fn wait(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let (mut work, runtime) = (self.take(py)?, runtime()?);
        loop {
            let tick = || runtime.block_on(async { tokio::time::timeout(TICK, &mut work).await });
            match py.detach(tick) {
                Ok(done) => return done(py),
                Err(_) => py.check_signals()?,
            }
        }
    }

    /// Makes the call for the running event loop: an `asyncio.Future`. Cancelling it ends the call.
    fn future(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let event_loop = py.import("asyncio")?.call_method0("get_running_loop")?;
        let future = event_loop.call_method0("create_future")?;
        let running = runtime()?.spawn(self.take(py)?);
        let abort = Py::new(py, Abort(running.abort_handle()))?;
        future.call_method1("add_done_callback", (abort,))?;
        let (event_loop, waiting) = (event_loop.unbind(), future.clone().unbind());
        runtime()?.spawn(async move {
            let done = match running.await {
                Err(error) if error.is_cancelled() => return,
                Err(_) => Box::new(|py: Python<'_>| Err(error::internal(py))) as Done,
                Ok(done) => done,
            };
            // Nobody waits any more when Python is being shut down, or the loop is closed.
            Python::try_attach(|py| {
                let deliver = Py::new(py, Delivery(Mutex::new(Some((waiting, done)))))?;
                event_loop.call_method1(py, "call_soon_threadsafe", (deliver,))
            });
        });
        Ok(future.unbind())
    }
}

/// Ends a call whose future was cancelled.
#[pyclass(frozen)]
struct Abort(AbortHandle);

#[pymethods]
impl Abort {
    fn __call__(&self, _future: &Bound<'_, PyAny>) {
        self.0.abort();
    }
}

/// Tells a future, in the thread of its event loop.
#[pyclass(frozen)]
struct Delivery(Mutex<Option<(Py<PyAny>, Done)>>);

#[pymethods]
impl Delivery {
    fn __call__(&self, py: Python<'_>) -> PyResult<()> {
        let Some((future, done)) = self.0.lock().take() else { return Ok(()) };
        if future.call_method0(py, "done")?.is_truthy(py)? {
            return Ok(());
        }
        match done(py) {
            Ok(value) => future.call_method1(py, "set_result", (value,))?,
            Err(error) => future.call_method1(py, "set_exception", (error.into_value(py),))?,
        };
        Ok(())
    }
}
