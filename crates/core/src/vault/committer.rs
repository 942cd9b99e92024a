//! The committer: one task that writes, a group of changes at a time.
//!
//! Nobody is told of a success before the store has said that the batch is durable, and nobody is
//! told of a failure that may still turn out to be a success, unless the store is away for longer
//! than [`PATIENCE`].

use std::{sync::Arc, time::Duration};

use aecs_store::{Error as StoreError, Version};
use tokio::{
    sync::{mpsc, oneshot},
    time::sleep,
};

use super::{
    Change, Epoch, MAX_CHANGE_BYTES, MAX_CHANGE_OPERATIONS, VaultError,
    name::state_key,
    plan::Plan,
    prepared::Prepared,
    settlement::{Verdict, find_out},
    shared::Shared,
};

/// How long to wait before asking again what became of a batch.
const PATIENCE: [Duration; 4] = [
    Duration::ZERO,
    Duration::from_millis(20),
    Duration::from_millis(100),
    Duration::from_millis(500),
];

type Answer = oneshot::Sender<Result<Epoch, VaultError>>;

/// A change on its way.
pub(super) struct Request {
    pub(super) change: Change,
    pub(super) answer: Answer,
}

pub(super) struct Committer {
    shared: Arc<Shared>,
    requests: mpsc::Receiver<Request>,
    /// Taken from the queue, but the group before had no room for it.
    held_back: Option<Request>,
    /// A group of which nobody knows whether it was written, and the error that it ended with.
    unsettled: Option<(Prepared, StoreError)>,
}

impl Committer {
    pub(super) fn new(shared: Arc<Shared>, requests: mpsc::Receiver<Request>) -> Self {
        Self { shared, requests, held_back: None, unsettled: None }
    }

    /// Works until the last handle of the vault is gone.
    pub(super) async fn run(mut self) {
        while let Some(first) = self.next().await {
            let group = self.collect(first);
            self.commit(group).await;
        }
    }

    async fn next(&mut self) -> Option<Request> {
        match self.held_back.take() {
            Some(request) => Some(request),
            None => self.requests.recv().await,
        }
    }

    /// Takes what waits, up to the limits of one batch.
    fn collect(&mut self, first: Request) -> Vec<Request> {
        let mut operations = first.change.len();
        let mut bytes = first.change.bytes();
        let mut group = vec![first];
        while let Ok(next) = self.requests.try_recv() {
            operations += next.change.len();
            bytes += next.change.bytes();
            if operations > MAX_CHANGE_OPERATIONS || bytes > MAX_CHANGE_BYTES {
                self.held_back = Some(next);
                break;
            }
            group.push(next);
        }
        group
    }

    async fn commit(&mut self, group: Vec<Request>) {
        if let Err(error) = self.settle_earlier().await {
            return answer_all(group.into_iter().map(|request| request.answer), &error);
        }
        let companion = self.shared.companion();
        let (mut plan, answers) = self.shared.read(|index| {
            let mut plan = Plan::new(index);
            let answers: Vec<(Answer, Result<Epoch, VaultError>)> = group
                .into_iter()
                .map(|Request { mut change, answer }| {
                    // Without a companion nobody keeps the note, so a change with a note alone
                    // changes nothing.
                    change.note.take_if(|_| companion.is_none());
                    (answer, plan.add(index, change))
                })
                .collect();
            (plan, answers)
        });
        if let Some((name, companion)) = companion
            && !plan.is_empty()
        {
            let record = companion.record(plan.notes());
            plan.accompany(name.clone(), record);
        }
        // Refusals count on the changes before them, so they wait for the outcome, too.
        match self.write(plan).await {
            Ok(()) => {
                for (answer, result) in answers {
                    // A caller that has gone away no longer wants to know.
                    let _ = answer.send(result);
                }
            }
            Err(error) => answer_all(answers.into_iter().map(|(answer, _)| answer), &error),
        }
    }

    async fn write(&mut self, plan: Plan) -> Result<(), VaultError> {
        if plan.is_empty() {
            return Ok(());
        }
        let prepared = self.shared.read(|index| Prepared::new(plan, index, self.shared.seals()))?;
        self.shared.begin(&prepared);
        match self.shared.store().write(prepared.batch().clone()).await {
            Ok(versions) => {
                let own = prepared.own(&versions).to_vec();
                self.finish(prepared, &own)
            }
            Err(StoreError::NotFound { key }) if prepared.entries().contains(&key) => {
                self.shared.abandon();
                Err(StoreError::NotFound { key }.into())
            }
            Err(error @ StoreError::Unavailable { .. }) => self.settle(prepared, error).await,
            Err(
                StoreError::AlreadyExists { key }
                | StoreError::NotFound { key }
                | StoreError::Conflict { key, .. },
            ) => Err(self.shared.supersede(key)),
            Err(error) => {
                self.shared.abandon();
                Err(error.into())
            }
        }
    }

    /// The group was written under `versions`.
    fn finish(&self, prepared: Prepared, versions: &[Version]) -> Result<(), VaultError> {
        let Some(outcome) = prepared.outcome(versions) else {
            // A store that does not say under which versions cannot be written to again.
            return Err(self.shared.supersede(state_key()?));
        };
        self.shared.finish(outcome);
        Ok(())
    }

    /// Finds out what became of the group before, if that is not known.
    async fn settle_earlier(&mut self) -> Result<(), VaultError> {
        self.shared.usable()?;
        let Some((prepared, error)) = self.unsettled.take() else { return Ok(()) };
        match self.settle(prepared, error).await {
            // Not written after all: known, and its callers have gone.
            Err(VaultError::Store(_)) => Ok(()),
            settled => settled,
        }
    }

    /// Finds out what became of `prepared`, whose write ended with `error`.
    async fn settle(&mut self, prepared: Prepared, error: StoreError) -> Result<(), VaultError> {
        for delay in PATIENCE {
            sleep(delay).await;
            match find_out(self.shared.store(), &prepared).await {
                Ok(Verdict::Written(versions)) => return self.finish(prepared, &versions),
                Ok(Verdict::NotWritten) => {
                    self.shared.abandon();
                    return Err(error.into());
                }
                Ok(Verdict::Superseded(key)) => return Err(self.shared.supersede(key)),
                Err(error) => {
                    tracing::warn!(%error, "the store does not say what became of a change");
                }
            }
        }
        self.shared.lose_track(&prepared);
        self.unsettled = Some((prepared, error.clone()));
        Err(VaultError::Unsettled(error))
    }
}

/// However the committer ends, nobody keeps waiting for it.
impl Drop for Committer {
    fn drop(&mut self) {
        self.requests.close();
        self.shared.notify();
    }
}

fn answer_all(answers: impl Iterator<Item = Answer>, error: &VaultError) {
    for answer in answers {
        let _ = answer.send(Err(error.clone()));
    }
}
