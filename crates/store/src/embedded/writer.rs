//! The writer thread of an embedded store: all waiting batches go into the next commit.

use std::{
    sync::Arc,
    thread::{self, JoinHandle},
};

use tokio::sync::{mpsc, oneshot};

use super::{counters::Counters, engine::Engine};
use crate::{Error, MAX_BATCH_BYTES, Operation, Result, Version};

/// The number of batches that may wait. Beyond that, `write` waits for a place.
const QUEUE_LEN: usize = 256;

/// The maximum number of batches in one commit: such a commit is still short.
const GROUP_LEN: usize = 256;

/// A waiting batch.
struct Request {
    operations: Vec<Operation>,
    answer: oneshot::Sender<Result<Vec<Version>>>,
}

/// The handle of the thread. Dropping it lets the thread finish all waiting batches, and joins it.
pub(super) struct Writer {
    /// `None` only while being dropped.
    queue: Option<mpsc::Sender<Request>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    pub(super) fn start(engine: Arc<Engine>, counters: Arc<Counters>) -> Result<Self> {
        let (queue, requests) = mpsc::channel(QUEUE_LEN);
        let thread = thread::Builder::new()
            .name("aecs-store-writer".to_owned())
            .spawn(move || run(&engine, &counters, requests))
            .map_err(|error| Error::unavailable_from("starting the writer thread", error))?;
        Ok(Self { queue: Some(queue), thread: Some(thread) })
    }

    pub(super) async fn write(&self, operations: Vec<Operation>) -> Result<Vec<Version>> {
        let (answer, answered) = oneshot::channel();
        let queue = self.queue.as_ref().ok_or_else(writer_ended)?;
        queue.send(Request { operations, answer }).await.map_err(|_| writer_ended())?;
        answered.await.map_err(|_| writer_ended())?
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.queue.take());
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the writer thread of the store ended with a panic");
        }
    }
}

fn writer_ended() -> Error {
    Error::unavailable("the writer thread of the store has ended")
}

fn run(engine: &Engine, counters: &Counters, mut requests: mpsc::Receiver<Request>) {
    while let Some(first) = requests.blocking_recv() {
        let (group, answers) = collect(first, &mut requests);
        // Count first, so that a caller with an answer finds it counted.
        counters.answered(group.len());
        match commit(engine, counters, &group) {
            Ok(results) => {
                for (answer, result) in answers.into_iter().zip(results) {
                    // The caller may have gone away.
                    let _ = answer.send(result);
                }
            }
            Err(error) => {
                for answer in answers {
                    let _ = answer.send(Err(error.clone()));
                }
            }
        }
    }
}

type AnswerSender = oneshot::Sender<Result<Vec<Version>>>;

/// Takes waiting batches, up to the limits of a commit.
fn collect(
    first: Request,
    requests: &mut mpsc::Receiver<Request>,
) -> (Vec<Vec<Operation>>, Vec<AnswerSender>) {
    let mut bytes = size(&first);
    let mut group = vec![first.operations];
    let mut answers = vec![first.answer];
    while group.len() < GROUP_LEN && bytes < MAX_BATCH_BYTES {
        let Ok(next) = requests.try_recv() else { break };
        bytes += size(&next);
        group.push(next.operations);
        answers.push(next.answer);
    }
    (group, answers)
}

fn size(request: &Request) -> usize {
    request.operations.iter().map(Operation::value_len).sum()
}

fn commit(
    engine: &Engine,
    counters: &Counters,
    group: &[Vec<Operation>],
) -> Result<Vec<Result<Vec<Version>>>> {
    engine.ready_to_write().map_err(|error| match error {
        Error::Unavailable { .. } | Error::NotWritable { .. } | Error::DiskFailed { .. } => error,
        other => Error::unavailable_from("the store file cannot be opened again", other),
    })?;
    if group.iter().all(Vec::is_empty) {
        // A caller only wants the store to be open.
        return Ok(group.iter().map(|_| Ok(Vec::new())).collect());
    }
    match engine.commit(group) {
        Ok((answers, committed)) => {
            if committed {
                counters.committed();
            }
            Ok(answers)
        }
        Err(error) => {
            counters.failed();
            tracing::error!(%error, source = source(&error), "a commit of the store failed");
            if matches!(error, Error::NotWritable { .. }) {
                return Err(error);
            }
            match engine.reopen() {
                Ok(()) => tracing::warn!("the store file was reopened"),
                Err(error) => {
                    tracing::error!(%error, source = source(&error), "the store file stays closed");
                }
            }
            Err(error)
        }
    }
}

fn source(error: &Error) -> Option<String> {
    std::error::Error::source(error).map(ToString::to_string)
}
