//! The writer thread of an embedded store: everything that waits goes into the next commit.

use std::{
    sync::Arc,
    thread::{self, JoinHandle},
    time::Duration,
};

use tokio::{
    runtime::{self, Runtime},
    sync::{mpsc, oneshot},
    time::{error::Elapsed, timeout},
};

use super::{counters::Counters, engine::Engine, pages::Waiting, tables::Removal};
use crate::{
    Error, Result,
    pages::{PageId, Swap},
};

/// How much work may wait. Beyond that, `ask` waits for a place.
const QUEUE_LEN: usize = 256;

/// The most pieces of work in one commit: such a commit is still short.
const GROUP_LEN: usize = 256;

/// A group ends after this many bytes.
const GROUP_BYTES: usize = 16 << 20;

/// What the writer is asked for. Each piece of work succeeds or fails alone.
pub(super) enum Work {
    /// That the file is open.
    Open,
    Commit(Waiting),
    Delete(Vec<PageId>),
}

impl Work {
    /// Whether it removes pages.
    fn removes(&self) -> bool {
        match self {
            Self::Open => false,
            Self::Commit(commit) => commit.removes(),
            Self::Delete(ids) => !ids.is_empty(),
        }
    }

    /// How many bytes it writes.
    fn size(&self) -> usize {
        match self {
            Self::Open => 0,
            Self::Commit(commit) => commit.size(),
            Self::Delete(ids) => ids.len() * PageId::LEN,
        }
    }
}

/// The answer to [`Work`].
#[derive(Debug)]
pub(super) enum Answer {
    Done,
    Swap(Swap),
}

/// The answers to a group of work, in its order.
pub(super) type Answers = Vec<Result<Answer>>;

/// Work that waits.
struct Request {
    work: Work,
    answer: oneshot::Sender<Result<Answer>>,
}

/// The handle of the thread. Dropping it lets the thread finish all waiting work, and joins it.
pub(super) struct Writer {
    /// `None` only while being dropped.
    queue: Option<mpsc::Sender<Request>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    pub(super) fn start(engine: Arc<Engine>, counters: Arc<Counters>) -> Result<Self> {
        let (queue, requests) = mpsc::channel(QUEUE_LEN);
        let failed = |error| Error::unavailable_from("starting the writer thread", error);
        let timer = runtime::Builder::new_current_thread().enable_time().build().map_err(failed)?;
        let thread = thread::Builder::new()
            .name("aecs-store-writer".to_owned())
            .spawn(move || run(&engine, &counters, &timer, requests))
            .map_err(failed)?;
        Ok(Self { queue: Some(queue), thread: Some(thread) })
    }

    pub(super) async fn ask(&self, work: Work) -> Result<Answer> {
        let (answer, answered) = oneshot::channel();
        let queue = self.queue.as_ref().ok_or_else(writer_ended)?;
        queue.send(Request { work, answer }).await.map_err(|_| writer_ended())?;
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

fn run(
    engine: &Engine,
    counters: &Counters,
    timer: &Runtime,
    mut requests: mpsc::Receiver<Request>,
) {
    let mut rest_after = None;
    loop {
        match next(&mut requests, timer, rest_after) {
            Ok(Some(first)) => {
                rest_after = engine.rest_after();
                let (group, answers) = collect(first, &mut requests);
                answer(engine, counters, &group, answers);
            }
            Ok(None) => return,
            Err(_) => {
                rest_after = None;
                rest(engine, counters);
            }
        }
    }
}

/// The next request, or `None` if there will be none; an error if there is none in that time.
fn next(
    requests: &mut mpsc::Receiver<Request>,
    timer: &Runtime,
    within: Option<Duration>,
) -> Result<Option<Request>, Elapsed> {
    match within {
        Some(time) => timer.block_on(async { timeout(time, requests.recv()).await }),
        None => Ok(requests.blocking_recv()),
    }
}

fn answer(engine: &Engine, counters: &Counters, group: &[Work], answers: Vec<AnswerSender>) {
    // Count first, so that a caller with an answer finds it counted.
    counters.answered(group.len());
    match commit(engine, counters, group) {
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

type AnswerSender = oneshot::Sender<Result<Answer>>;

/// Takes waiting work, up to the limits of a commit.
fn collect(
    first: Request,
    requests: &mut mpsc::Receiver<Request>,
) -> (Vec<Work>, Vec<AnswerSender>) {
    let mut bytes = first.work.size();
    let mut group = vec![first.work];
    let mut answers = vec![first.answer];
    while group.len() < GROUP_LEN && bytes < GROUP_BYTES {
        let Ok(next) = requests.try_recv() else { break };
        bytes += next.work.size();
        group.push(next.work);
        answers.push(next.answer);
    }
    (group, answers)
}

fn commit(engine: &Engine, counters: &Counters, group: &[Work]) -> Result<Answers> {
    engine.ready_to_write().map_err(|error| match error {
        Error::Unavailable { .. }
        | Error::NotWritable { .. }
        | Error::DiskFailed { .. }
        | Error::Unreadable { .. } => error,
        other => Error::unavailable_from("the store file cannot be opened again", other),
    })?;
    if group.iter().all(|work| matches!(work, Work::Open)) {
        return Ok(group.iter().map(|_| Ok(Answer::Done)).collect());
    }
    let done = match engine.commit(group, Removal::Done) {
        Err(error @ Error::Unreadable { .. }) if group.iter().any(Work::removes) => {
            tracing::warn!(%error, "pages that nothing needs stay in the store");
            engine.commit(group, Removal::LeftOut)
        }
        done => done,
    };
    match done {
        Ok((answers, committed)) => {
            if committed {
                counters.committed();
            }
            Ok(answers)
        }
        // Each piece of work fails alone.
        Err(Error::Unreadable { .. }) if group.len() > 1 => {
            Ok(group.iter().map(|work| alone(engine, counters, work)).collect())
        }
        Err(error @ Error::Unreadable { .. }) => {
            counters.failed();
            Err(error)
        }
        Err(error) => {
            recover(engine, counters, &error);
            Err(error)
        }
    }
}

fn alone(engine: &Engine, counters: &Counters, work: &Work) -> Result<Answer> {
    let answer = commit(engine, counters, std::slice::from_ref(work))?.pop();
    answer.unwrap_or_else(|| Err(Error::unavailable("a piece of work was not answered")))
}

fn rest(engine: &Engine, counters: &Counters) {
    match engine.rest() {
        Ok(()) => counters.committed(),
        Err(error) => recover(engine, counters, &error),
    }
}

/// After a failed commit.
fn recover(engine: &Engine, counters: &Counters, error: &Error) {
    counters.failed();
    tracing::error!(%error, source = source(error), "a commit of the store failed");
    if matches!(error, Error::NotWritable { .. }) {
        return;
    }
    match engine.reopen() {
        Ok(()) => tracing::warn!("the store file was reopened"),
        Err(error) => {
            tracing::error!(%error, source = source(&error), "the store file stays closed");
        }
    }
}

fn source(error: &Error) -> Option<String> {
    std::error::Error::source(error).map(ToString::to_string)
}
