//! Who may create secrets as a trusted application, and how much room they have.
//!
//! Invariant: beside each secret of a trusted application there is a place record in the folder of
//! the rule that admitted its creation. Both are written and removed in one change, so the places
//! of a rule are the secrets that count against its quota, whatever became of the rule since.

use super::TaCall;
use crate::{
    error::{Cause, Error},
    keys::{self, Owner},
    name::SecretName,
    secret::stored,
    vault::{Change, Epoch, Name, Vault},
};

/// The rule of the configuration that lets the caller create secrets, by its hash.
pub(super) fn rule_of(call: &TaCall<'_>) -> Result<[u8; 32], Error> {
    let (settings, acceptance) = (call.node.settings(), call.acceptance());
    let mut denials = Vec::new();
    for rule in &settings.ta_secrets {
        match rule.policy.admit(&call.caller.attributes, call.circumstances(&acceptance)) {
            Ok(_admitted) => return Ok(rule.digest),
            Err(denial) => denials.push(denial.to_string()),
        }
    }
    if denials.is_empty() {
        denials.push("ta_secrets.policy has no rule".to_owned());
    }
    call.because(denials.join("; "));
    Err(Cause::NoTaRule { debug: call.debug() }.into())
}

/// The change that removes a secret of that epoch with its value and its place.
pub(crate) async fn removal(
    vault: &Vault,
    record: Name,
    epoch: Epoch,
    owner: Owner,
    secret: &SecretName,
) -> Result<Change, Error> {
    let change = stored::removal(vault, record, epoch).await?;
    let mut after = None;
    let folder = keys::ta_places();
    while let Some(name) = vault.names_page(&folder, after.as_ref(), 1).await?.pop() {
        let Some((rule, behind)) = keys::ta_rule_of(&name)? else { break };
        let place = keys::ta_place(&rule, owner, secret)?;
        if vault.contains(&place).await? {
            return Ok(change.remove(place, None));
        }
        after = Some(behind);
    }
    Ok(change)
}
