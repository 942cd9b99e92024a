//! The administrators of the platform: list, add, remove, and a new key for oneself.

use std::sync::Arc;

use aecs_crypto::PublicKey;
use aecs_proto::{
    AddAdministratorRequest, AddAdministratorResponse, Administrator as Shown,
    ListAdministratorRequest, ListAdministratorResponse, RemoveAdministratorRequest,
    RemoveAdministratorResponse, RotateAdministratorKeyRequest, RotateAdministratorKeyResponse,
    Zeroizing,
};

use super::{
    recovery::{
        fitting::Here,
        makers::{Makers, hand_over},
        registers_of,
    },
    services::{password, public_key},
};
use crate::{
    administrators::{self, Administrator, MAX_ADMINISTRATORS, Recorded},
    alone::Alone,
    call::{AecsAdmin, Call, Reply},
    error::{Cause, Error},
    keys,
    name::PersonName,
    recovery::{self, RecoveryRecord},
    remembering::remember_if_possible,
    secret::stored::count,
    vault::Change,
    wire::wire,
};

/// Lists the administrators.
pub(crate) async fn list(call: &Call<'_, AecsAdmin>) -> Result<Reply, Error> {
    let ListAdministratorRequest {} = call.parse()?;
    let shown = |Recorded { administrator, .. }| Shown {
        name: administrator.name.to_string(),
        key_hash: administrator.key.fingerprint().to_string(),
        has_password: administrator.password.is_some(),
        added_at_ms: administrator.added_at_ms,
    };
    let administrators = administrators::load(call.vault()?).await?;
    Ok(Reply::json(&ListAdministratorResponse {
        administrators: administrators.into_iter().map(shown).collect(),
    }))
}

/// Adds an administrator.
pub(crate) async fn add(call: &Call<'_, AecsAdmin>) -> Result<Reply, Error> {
    let request: Zeroizing<AddAdministratorRequest> = Zeroizing::new(call.parse()?);
    let name = PersonName::parse(&request.name)?;
    call.about(None, Some(name.as_str()));
    let password = password(call, &request.password_hash).await?.map(Arc::new);

    let alone = Alone::begin(call.core, call.vault()?).await?;
    let key = public_key(call, &request.public_key)?;
    let present = administrators::load(call.vault()?).await?;
    check_new(present.iter().map(|it| &it.administrator), &key)?;
    let record = keys::administrator(&name)?;
    let added = Administrator { name, key, password, added_at_ms: call.now_ms };
    let change = Change::new().create(record, added.encode());
    let change = change.at_most(keys::ADMINISTRATORS.to_owned(), count(MAX_ADMINISTRATORS));
    call.commit(alone.only(change)).await?;
    remember_if_possible(call.core).await;
    Ok(Reply::json(&AddAdministratorResponse {}))
}

/// Removes an administrator, but not the last one, with the recovery shares that this one made: whoever was an
/// administrator knows who has them.
pub(crate) async fn remove(call: &Call<'_, AecsAdmin>) -> Result<Reply, Error> {
    let request: RemoveAdministratorRequest = call.parse()?;
    let name = PersonName::parse(&request.name)?;
    call.about(None, Some(name.as_str()));

    let alone = Alone::begin(call.core, call.vault()?).await?;
    let present = administrators::load(call.vault()?).await?;
    let record = keys::administrator(&name)?;
    let Some(found) = present.iter().find(|it| it.record == record) else {
        return Err(Cause::Missing { what: keys::describe(&record) }.into());
    };
    if present.len() == 1 {
        return Err(Cause::LastAdministrator { name }.into());
    }
    let change = Change::new().remove(record.clone(), Some(found.epoch));
    let (mut shares, _) = RecoveryRecord::load(call.vault()?).await?;
    let (removed, remover) = (found.administrator.key.fingerprint(), call.caller.key);
    let is_kept = |revision: u64| request.kept_revisions.contains(&wire(revision));
    let made = shares.sets.iter().filter(|set| set.created_by == removed.to_string());
    let made: Vec<i64> = made.map(|set| wire(set.revision)).collect();
    if let Some(revision) = request.kept_revisions.iter().find(|it| !made.contains(it)) {
        return Err(Cause::NotTheirRecovery { revision: *revision }.into());
    }
    if removed == remover && !request.kept_revisions.is_empty() {
        return Err(Cause::OwnRecovery.into());
    }
    let ended = hand_over(&mut shares, removed, remover, |set| is_kept(set.revision));
    let ended_revisions: Vec<i64> = ended.iter().map(|set| wire(set.revision)).collect();
    let staying = present.iter().filter(|it| it.record != record).map(|it| &it.administrator);
    let here = Here::of(call.core, &call.node);
    if !ended.is_empty()
        && !request.leave_none_proven
        && !here.has_proven(&shares, &Makers::of(staying))
    {
        return Err(Cause::LastRecovery { revisions: in_a_row(&ended_revisions) }.into());
    }
    let change = if made.is_empty() { change } else { change.and(shares.put()?) };
    call.commit(alone.only(change)).await?;
    recovery::remove(&*call.core.store(), registers_of(&ended)?).await;
    remember_if_possible(call.core).await;
    Ok(Reply::json(&RemoveAdministratorResponse { ended_revisions }))
}

/// Replaces the key of the calling administrator. The answer is sealed to the former one.
pub(crate) async fn rotate(call: &Call<'_, AecsAdmin>) -> Result<Reply, Error> {
    let request: Zeroizing<RotateAdministratorKeyRequest> = Zeroizing::new(call.parse()?);
    let password = password(call, &request.password_hash).await?.map(Arc::new);

    let alone = Alone::begin(call.core, call.vault()?).await?;
    let key = public_key(call, &request.public_key)?;
    let present = administrators::load(call.vault()?).await?;
    let Some(own) = present.iter().find(|it| it.administrator.key.fingerprint() == call.caller.key)
    else {
        return Err(Cause::NotAuthentic.into());
    };
    call.about(None, Some(own.administrator.name.as_str()));
    check_new(present.iter().map(|it| &it.administrator), &key)?;
    let next = Administrator {
        key,
        password: password.or_else(|| own.administrator.password.clone()),
        ..own.administrator.clone()
    };
    let change = Change::new().replace(own.record.clone(), own.epoch, next.encode());
    let (mut shares, _) = RecoveryRecord::load(call.vault()?).await?;
    hand_over(&mut shares, call.caller.key, next.key.fingerprint(), |_| true);
    let change = if shares.sets.is_empty() { change } else { change.and(shares.put()?) };
    call.commit(alone.only(change)).await?;
    remember_if_possible(call.core).await;
    Ok(Reply::json(&RotateAdministratorKeyResponse {}))
}

/// Revisions, in one line.
fn in_a_row(revisions: &[i64]) -> String {
    revisions.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// Refuses a key that somebody has already.
pub(super) fn check_new<'a>(
    mut present: impl Iterator<Item = &'a Administrator>,
    key: &PublicKey,
) -> Result<(), Cause> {
    match present.find(|it| it.key.fingerprint() == key.fingerprint()) {
        None => Ok(()),
        Some(found) => Err(Cause::KeyInUse { administrator: found.name.clone() }),
    }
}
