//! Makes a secret of a service what its owner's file says, in one act.

use aecs_proto::{
    ApplySecretRequest, ApplySecretResponse, SecretChanged, SecretOutcome, Zeroizing,
};

use super::decision::{Decision, carry_out};
use super::secrets::{
    check_policy, find_for_update, insert, make, note_export, numbers, take_given,
};
use crate::{
    call::{Call, Reply, ServiceAdmin},
    error::{Cause, Error},
    keys,
    secret::{
        lifecycle,
        material::{self, GivenData},
        spec::{SecretType, Spec},
        stored::Secret,
    },
};

type OwnersCall<'a> = Call<'a, ServiceAdmin>;

/// Creates a secret, changes what differs, or finds nothing to do. Data that the request does not
/// have stays.
pub(crate) async fn apply(call: &OwnersCall<'_>) -> Result<Reply, Error> {
    let decision = decide(call, Zeroizing::new(call.parse()?)).await?;
    let SecretChanged { outcome, changed, version, .. } = decision.told.clone();
    let reply = Reply::json(&ApplySecretResponse { outcome, changed, version });
    carry_out(call, vec![decision], reply).await
}

pub(super) async fn decide(
    call: &OwnersCall<'_>,
    mut request: Zeroizing<ApplySecretRequest>,
) -> Result<Decision, Error> {
    let (dry_run, if_epoch) = (request.dry_run, request.if_epoch);
    let (spec, data, room) = take_given(call, request.secret.take(), request.upload.as_ref())?;
    check_policy(call, &spec).await?;
    if dry_run {
        call.because("dry run: nothing was changed".to_owned());
    }
    let record = keys::secret(&spec.service, &spec.name)?;
    let what = keys::describe(&record);
    let decision = match find_for_update(call, record).await? {
        None if if_epoch != 0 => return Err(Cause::Missing { what }.into()),
        None if dry_run => rehearse(call, spec, data).await?,
        None => insert(call, spec, data).await?,
        Some(old) => update(call, old.if_epoch(if_epoch)?, spec, data, dry_run).await?,
    };
    Ok(Decision { room, ..decision })
}

/// Checks what a secret would be created from.
async fn rehearse(call: &OwnersCall<'_>, spec: Spec, data: GivenData) -> Result<Decision, Error> {
    spec.check_uses()?;
    let first = numbers::next(call.vault()?, &spec.service, &spec.name).await?;
    spec.check_first_version(first.value)?;
    spec.lifecycle.check_end(&spec.name, None, call.now_ms)?;
    match (is_given(&spec, &data), lifecycle::is_generated(spec.kind)) {
        (true, _) => drop(make(call, spec, data).await?),
        (false, true) => material::check_params(&spec)?,
        (false, false) => return Err(material::nothing_given(&spec).into()),
    }
    Ok(Decision::nothing(told(SecretOutcome::SecretCreated, Vec::new(), 0)))
}

/// Changes what differs of a secret that is there.
async fn update(
    call: &OwnersCall<'_>,
    old: Secret,
    new: Spec,
    data: GivenData,
    dry_run: bool,
) -> Result<Decision, Error> {
    let old = old.not_deleted()?;
    let what = keys::describe(old.record());
    if old.spec.kind != new.kind {
        return Err(Cause::OtherType { what }.into());
    }
    let other_params = new.kind != SecretType::SecretTypeConfigurations
        && !new.params.is_empty()
        && new.params != old.spec.params;
    if other_params {
        return Err(Cause::NotOnlyPolicy { what }.into());
    }
    let mut changed = differences(&old.spec, &new);
    let spec = new.clone().completed_from(&old.spec)?;
    let data = match is_given(&new, &data) {
        true => Some(make(call, new, data).await?.into_material()),
        false => None,
    };
    let data = match data {
        Some(data) if !old.holds(call.vault()?, &data).await? => Some(data),
        _ => None,
    };
    if data.is_some() {
        changed.insert(0, "data");
    }
    let version = old.latest();
    if changed.is_empty() {
        call.because("the secret is what was asked for: nothing was changed".to_owned());
        let told = told(SecretOutcome::SecretUnchanged, changed, version);
        return Ok(Decision::nothing(told));
    }
    // What makes the data changeable may come with the data.
    let old = old.changeable()?;
    if data.is_some() && spec.readonly {
        return Err(Cause::ReadOnly { what }.into());
    }
    if !dry_run {
        note_export(call, &old.spec, &spec);
    }
    let (change, version) = match data {
        Some(data) => {
            let (change, version) = old.with_spec_and_data(spec, &data, call.made())?;
            (call.within_quota(change), version)
        }
        None => (old.with_spec(spec, call.now_ms, call.removal_ms())?, version),
    };
    let told = told(SecretOutcome::SecretUpdated, changed, version);
    Ok(match dry_run {
        true => Decision::nothing(told),
        false => Decision::change(change, told),
    })
}

/// Whether a request has data of its own. The pairs of configurations are data.
fn is_given(spec: &Spec, data: &GivenData) -> bool {
    let pairs = spec.kind == SecretType::SecretTypeConfigurations && !spec.params.is_empty();
    pairs || !data.is_empty()
}

/// What differs between two specifications, beside the parameters. What the new one does not say
/// stays.
fn differences(old: &Spec, new: &Spec) -> Vec<&'static str> {
    let lifecycle = new.lifecycle.message();
    let about = new.about.message();
    let usage = new.usage.as_ref();
    [
        ("policy", old.policy.message() != new.policy.message()),
        ("lifecycle", lifecycle.is_some() && lifecycle != old.lifecycle.message()),
        ("about", about.is_some() && about != old.about.message()),
        ("use", usage.is_some() && usage != old.usage.as_ref()),
        ("readonly", old.readonly != new.readonly),
        ("immutable", old.immutable != new.immutable),
        ("share", old.share != new.share),
    ]
    .into_iter()
    .filter_map(|(part, differs)| differs.then_some(part))
    .collect()
}

fn told(outcome: SecretOutcome, changed: Vec<&str>, version: u64) -> SecretChanged {
    SecretChanged {
        outcome: outcome.into(),
        changed: changed.into_iter().map(ToOwned::to_owned).collect(),
        version,
        ..SecretChanged::default()
    }
}
