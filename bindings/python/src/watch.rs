//! Watches: a task has the client's watch, and answers those who ask for the next version.

use std::sync::Arc;
use std::time::Duration;

use aecs_client::{Error, Secret as Fetched, TaClient};
use pyo3::prelude::*;
use tokio::sync::{mpsc, oneshot};

use crate::call::{Call, Done, runtime};
use crate::convert;
use crate::error;
use crate::secret::Secret;

type Answer = Result<Fetched, Error>;

/// Watches a secret of an application.
#[pyclass(frozen, module = "aecs._aecs")]
pub(crate) struct Watch(mpsc::Sender<oneshot::Sender<Answer>>);

impl Watch {
    pub(crate) fn start(
        client: Arc<TaClient>,
        service: String,
        secret: String,
        every: Duration,
    ) -> PyResult<Self> {
        let (asking, asked) = mpsc::channel(1);
        runtime()?.spawn(serve(client, service, secret, every, asked));
        Ok(Self(asking))
    }
}

/// Ends when nobody can ask any more.
async fn serve(
    client: Arc<TaClient>,
    service: String,
    secret: String,
    every: Duration,
    mut asked: mpsc::Receiver<oneshot::Sender<Answer>>,
) {
    let mut watch = client.watch(&service, &secret).every(every);
    // A version whose asker had gone when it came is for the next one.
    let mut kept: Option<Answer> = None;
    while let Some(mut asker) = asked.recv().await {
        let answer = match kept.take() {
            Some(answer) => answer,
            None => tokio::select! {
                answer = watch.changed() => answer,
                () = asker.closed() => continue,
            },
        };
        kept = asker.send(answer).err();
    }
}

#[pymethods]
impl Watch {
    /// The next version; None if there is none within a time.
    #[pyo3(signature = (within))]
    fn changed(&self, py: Python<'_>, within: Option<f64>) -> PyResult<Call> {
        let asking = self.0.clone();
        let within = within.map(|seconds| convert::duration(py, seconds)).transpose()?;
        let next = async move {
            let (asker, answer) = oneshot::channel();
            asking.send(asker).await.ok()?;
            answer.await.ok()
        };
        Ok(Call::of(async move {
            let answer = match within {
                Some(within) => tokio::time::timeout(within, next).await.ok(),
                None => Some(next.await),
            };
            Box::new(move |py: Python<'_>| match answer {
                None => Ok(py.None()),
                Some(Some(Ok(secret))) => convert::instance(py, Secret::from(secret)),
                Some(Some(Err(error))) => Err(error::to_python(py, &error)),
                Some(None) => Err(error::internal(py)),
            }) as Done
        }))
    }
}
