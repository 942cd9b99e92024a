//! Replaces the value of a register.
//!
//! A write under a condition may be sent again although nobody knows what became of it: it replaces the
//! same version, and its tag says whose value it is. What was sent without a condition (one writer, by
//! the operator's word) may arrive late and bring an old value back, so nothing is written for a while.

use std::time::Duration;

use object_store::{PutPayload, path::Path};
use tokio::{sync::MutexGuard, time::Instant};

use super::{
    BucketStore,
    bucket::{Look, Put, Seen},
};
use crate::{
    Error, Result,
    fault::Fault,
    pages::{Commit, Register, Swap, Tag},
    retry::Attempts,
};

/// How long a write without a condition and without an answer may be on its way.
pub(super) const QUARANTINE: Duration = Duration::from_secs(60);

impl BucketStore {
    /// Swaps the value of the register of a commit whose pages are there.
    pub(super) async fn swap(&self, commit: &Commit<'_>) -> Result<Swap> {
        let conditions_hold = self.bucket.conditions.hold;
        // Without conditions, the look and the write must not be apart.
        let alone = match conditions_hold {
            true => None,
            false => Some(self.alone().await?),
        };
        let seen = self.seen.lock().get(commit.register).cloned();
        let mut swapping = Swapping {
            store: self,
            register: commit.register,
            path: self.bucket.keys.register(commit.register),
            expected: commit.expected,
            new: Tag::of(commit.value)?,
            payload: commit.value.unwrap_or_default().to_vec().into(),
            seen: seen.filter(|seen| conditions_hold && seen.tag == commit.expected),
            unanswered: None,
        };
        let swap = swapping.run().await;
        if let Some(mut quiet) = alone
            && swapping.unanswered.is_some()
        {
            *quiet = Some(Instant::now() + QUARANTINE);
        }
        swap
    }

    /// Waits for the other writes of this process, if no unconditional one may still be on its way.
    async fn alone(&self) -> Result<MutexGuard<'_, Option<Instant>>> {
        let quiet = self.quiet_until.lock().await;
        if quiet.is_some_and(|until| Instant::now() < until) {
            return Err(Error::unavailable(format!(
                "the object store did not answer a write, and checks no conditions: nothing is \
                 written for {} s, because that write may still arrive",
                QUARANTINE.as_secs()
            )));
        }
        Ok(quiet)
    }
}

struct Swapping<'a> {
    store: &'a BucketStore,
    register: &'a Register,
    path: Path,
    expected: Tag,
    new: Tag,
    payload: PutPayload,
    /// The expected value, if it was seen.
    seen: Option<Seen>,
    /// A write was sent of which nobody knows.
    unanswered: Option<Error>,
}

impl Swapping<'_> {
    async fn run(&mut self) -> Result<Swap> {
        let mut attempts = Attempts::new(self.store.timeout);
        loop {
            let fault = match self.attempt().await {
                Ok(Some(Swap::Done)) => return Ok(Swap::Done),
                // It may have happened before the value that is there now.
                Ok(Some(Swap::Lost)) => return self.unanswered.clone().map_or(Ok(Swap::Lost), Err),
                Ok(None) => {
                    Fault::Again(Error::unavailable("a commit: the object changes all the time"))
                }
                Err(fault) => fault,
            };
            let repeats = self.store.bucket.conditions.hold;
            if !fault.allows_another(repeats) || !attempts.again().await {
                return Err(self.unanswered.clone().unwrap_or_else(|| fault.into_error()));
            }
        }
    }

    /// How the swap ended; `None` if it did not.
    async fn attempt(&mut self) -> Result<Option<Swap>, Fault> {
        let seen = match self.seen.take() {
            Some(seen) => seen,
            None => self.look().await?,
        };
        if seen.tag != self.expected {
            return Ok(Some(self.other_than_expected(seen)));
        }
        let (bucket, version) = (&self.store.bucket, seen.version.as_ref());
        match bucket.put(&self.path, self.payload.clone(), version, "a commit").await {
            Ok(Put::Done(version)) => {
                let seen = Seen { tag: self.new, version: Some(version) };
                self.store.remember(self.register, seen);
                Ok(Some(Swap::Done))
            }
            Ok(Put::Refused) => {
                let now = self.look().await?;
                if now.tag != self.expected {
                    return Ok(Some(self.other_than_expected(now)));
                }
                // Somebody wrote the same value again, or the server is busy with another write.
                self.seen = Some(now);
                Ok(None)
            }
            Err(fault) => {
                if let Fault::Unknown(error) = &fault {
                    self.unanswered = Some(error.clone());
                }
                // It is sent again under the same condition.
                self.seen = Some(seen);
                Err(fault)
            }
        }
    }

    fn other_than_expected(&self, seen: Seen) -> Swap {
        let is_ours = self.new != Tag::NONE && seen.tag == self.new;
        self.store.remember(self.register, seen);
        if is_ours { Swap::Done } else { Swap::Lost }
    }

    async fn look(&self) -> Result<Seen, Fault> {
        match self.store.bucket.look(&self.path, None).await {
            Ok(Look::Found(seen, _)) => Ok(seen),
            Ok(Look::Same) => Err(Fault::Again(Error::unavailable("the answer fits no question"))),
            // To look has no effect.
            Err(Fault::Unknown(error)) => Err(Fault::Again(error)),
            Err(fault) => Err(fault),
        }
    }
}
