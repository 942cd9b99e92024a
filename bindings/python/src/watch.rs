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

/// An answer on its way to an asker. It goes back to its watch if the asker was cancelled before it took it:
/// the watch does not learn of that version again.
struct Sent {
    answer: Option<Answer>,
    back: mpsc::UnboundedSender<Answer>,
}

impl Sent {
    fn take(mut self) -> Option<Answer> {
        self.answer.take()
    }
}

impl Drop for Sent {
    fn drop(&mut self) {
        if let Some(answer) = self.answer.take() {
            // Without a receiver the watch has ended.
            let _ = self.back.send(answer);
        }
    }
}

/// Watches a secret of an application.
#[pyclass(frozen, module = "aecs._aecs")]
pub(crate) struct Watch(mpsc::Sender<oneshot::Sender<Sent>>);

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

/// Ends when nobody can ask any more. A question to the server goes on when its asker has gone, so that waits which
/// are given up one after the other come to an answer: it is for the next asker.
async fn serve(
    client: Arc<TaClient>,
    service: String,
    secret: String,
    every: Duration,
    mut asked: mpsc::Receiver<oneshot::Sender<Sent>>,
) {
    let mut watch = client.watch(&service, &secret).every(every);
    let (back, mut returned) = mpsc::unbounded_channel();
    while let Some(mut asker) = asked.recv().await {
        let mut has_gone = false;
        let changed = watch.changed();
        tokio::pin!(changed);
        let answer = loop {
            tokio::select! {
                biased;
                Some(answer) = returned.recv() => break answer,
                answer = &mut changed => break answer,
                () = asker.closed(), if !has_gone => has_gone = true,
                next = asked.recv(), if has_gone => {
                    let Some(next) = next else { return };
                    (asker, has_gone) = (next, false);
                }
            }
        };
        drop(asker.send(Sent { answer: Some(answer), back: back.clone() }));
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
            Box::new(move |py: Python<'_>| match answer.map(|sent| sent.and_then(Sent::take)) {
                None => Ok(py.None()),
                Some(Some(Ok(secret))) => convert::instance(py, Secret::from(secret)),
                Some(Some(Err(error))) => Err(error::to_python(py, &error)),
                Some(None) => Err(error::internal(py)),
            }) as Done
        }))
    }
}
