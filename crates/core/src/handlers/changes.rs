//! Several changes of secrets of a service, in one act.
//!
//! Invariant: all of them are made or none. Each secret is in it once, so the order in which they are
//! decided makes no difference, and each leaves an audit entry of its own.

use std::collections::BTreeSet;

use aecs_proto::{
    ChangeSecretsRequest, ChangeSecretsResponse, EnclaveSecret, SecretChange, Zeroizing,
    secret_change::Change,
};

use super::{
    apply,
    decision::{Decision, carry_out},
    secrets, versions,
};
use crate::{
    call::{Call, Reply, ServiceAdmin},
    error::{Cause, Error},
};

/// The most changes of a request.
const MOST_CHANGES: usize = 64;

/// How many changes are decided before others of the thread run.
const DECIDED_AT_ONCE: usize = 8;

/// Makes several changes, or none.
pub(crate) async fn change(call: &Call<'_, ServiceAdmin>) -> Result<Reply, Error> {
    let mut request: Zeroizing<ChangeSecretsRequest> = Zeroizing::new(call.parse()?);
    let changes = std::mem::take(&mut request.changes);
    let got = changes.len();
    let changes: Vec<Zeroizing<SecretChange>> = changes.into_iter().map(Zeroizing::new).collect();
    if !(1..=MOST_CHANGES).contains(&got) {
        return Err(Cause::ChangeCount { limit: MOST_CHANGES, got }.into());
    }
    check_once(&changes)?;
    call.audit.of_several(got)?;
    let mut decisions = Vec::with_capacity(got);
    for (number, change) in (1..).zip(changes) {
        if number % DECIDED_AT_ONCE == 0 {
            tokio::task::yield_now().await;
        }
        let name = name_of(&change).to_owned();
        let decided = decide(call, change).await;
        decisions.push(decided.map_err(|error| error.of_change(number, got, &name))?);
        call.audit.decided();
    }
    let results = decisions.iter().map(|decision| decision.told.clone()).collect();
    carry_out(call, decisions, Reply::json(&ChangeSecretsResponse { results })).await
}

async fn decide(
    call: &Call<'_, ServiceAdmin>,
    mut change: Zeroizing<SecretChange>,
) -> Result<Decision, Error> {
    match change.change.take() {
        Some(Change::Create(request)) => {
            secrets::decide_create(call, Zeroizing::new(request)).await
        }
        Some(Change::Apply(request)) => apply::decide(call, Zeroizing::new(request)).await,
        Some(Change::Delete(request)) => versions::decide_delete(call, request).await,
        Some(Change::Destroy(request)) => secrets::decide_destroy(call, request).await,
        None => Err(Cause::NoChange.into()),
    }
}

/// Refuses changes of which one would have to follow another one.
fn check_once(changes: &[Zeroizing<SecretChange>]) -> Result<(), Cause> {
    let mut names = BTreeSet::new();
    match changes.iter().map(|change| name_of(change)).find(|name| !names.insert(*name)) {
        Some(secret) => Err(Cause::ChangedTwice { secret: secret.to_owned() }),
        None => Ok(()),
    }
}

/// The name that a change says, which nobody has checked.
fn name_of(change: &SecretChange) -> &str {
    match &change.change {
        Some(Change::Create(request)) => name_in(request.secret.as_ref()),
        Some(Change::Apply(request)) => name_in(request.secret.as_ref()),
        Some(Change::Delete(request)) => &request.secret_name,
        Some(Change::Destroy(request)) => &request.secret_name,
        None => "",
    }
}

fn name_in(secret: Option<&EnclaveSecret>) -> &str {
    secret.and_then(|secret| secret.spec.as_ref()).map_or("", |spec| &spec.secret_name)
}
