//! What an act on secrets of a service comes to, before it is committed: an act on one secret and one
//! on many are decided by the same code, and each is one commit.

use aecs_proto::SecretChanged;

use super::secrets::numbers;
use crate::{
    call::{Call, Reply, ServiceAdmin},
    error::Error,
    name::SecretName,
    uploads::Room,
    vault::Change,
};

/// What an act on one secret comes to.
pub(super) struct Decision {
    /// None: there is nothing to change.
    pub(super) change: Option<Change>,
    /// A secret that goes, with the number of its last version.
    pub(super) gone: Option<(SecretName, u64)>,
    /// The room of data that was uploaded, until the change is made.
    pub(super) room: Option<Room>,
    /// What its owner is told.
    pub(super) told: SecretChanged,
}

impl Decision {
    /// Nothing is changed.
    pub(super) fn nothing(told: SecretChanged) -> Self {
        Self { change: None, gone: None, room: None, told }
    }

    /// This is changed.
    pub(super) fn change(change: Change, told: SecretChanged) -> Self {
        Self { change: Some(change), ..Self::nothing(told) }
    }
}

/// Carries out what was decided, in one commit, or nothing of it.
pub(super) async fn carry_out(
    call: &Call<'_, ServiceAdmin>,
    decisions: Vec<Decision>,
    reply: Reply,
) -> Result<Reply, Error> {
    let (mut all, mut gone, mut rooms) = (None, Vec::new(), Vec::new());
    for decision in decisions {
        all = match (all, decision.change) {
            (Some(all), Some(change)) => Some(Change::and(all, change)),
            (all, change) => all.or(change),
        };
        gone.extend(decision.gone);
        rooms.extend(decision.room);
    }
    let Some(change) = all else { return Ok(reply) };
    let quota = call.node.settings().quotas.secrets_per_service;
    let change =
        numbers::remember(call.vault()?, &call.caller.service, &gone, quota, change).await?;
    let done = call.commit_answering(change, reply).await;
    drop(rooms);
    done
}
