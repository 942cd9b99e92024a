//! Policies at the door: what cannot be parsed, or lets everybody in unintended, is refused.

use aecs_attest::{Policy, lost_in_aecs20, unpinned};
use aecs_proto::{EnclavePolicyType, EnclaveSecretPolicy, UnifiedAttestationPolicy};

use crate::{error::Cause, name::SecretName};

/// Checks the policy of a secret before it is stored.
///
/// A rule that pins no code ([`unpinned`]) lets every genuine enclave in. That must be said by
/// the type `POLICY_TYPE_UNBOUND`; in simulation, where the sample files do just that, it is
/// accepted with a warning.
pub(crate) fn check(
    policy: &EnclaveSecretPolicy,
    secret: &SecretName,
    simulation: bool,
) -> Result<(), Cause> {
    let kind = kind(policy, secret)?;
    let rules = rules(policy);
    Policy::parse(&rules).map_err(|error| bad(secret, &error))?;
    if kind == EnclavePolicyType::PolicyTypeUnbound {
        return Ok(());
    }
    let mut entries = rules.main_attributes.iter().enumerate();
    let open = entries.find_map(|(index, entry)| Some((index, unpinned(entry)?)));
    match open {
        None => Ok(()),
        Some((index, why)) if simulation => {
            tracing::warn!(%secret, rule = index, "a rule lets every enclave in: {why}");
            Ok(())
        }
        Some((index, why)) => {
            Err(Cause::OpenRule { secret: secret.clone(), index, remedy: why.remedy(), why })
        }
    }
}

/// Refuses an update by a client of AECS 2.0 that takes from a stored policy what such clients do not
/// know: their `serviceadmin` drops it in silence, and the secret would be open to more enclaves than
/// its owner wrote.
pub(crate) fn check_kept_by_aecs20(
    stored: &EnclaveSecretPolicy,
    update: &EnclaveSecretPolicy,
    secret: &SecretName,
) -> Result<(), Cause> {
    let never_export =
        |policy| Ok::<_, Cause>(kind(policy, secret)? == EnclavePolicyType::PolicyTypeNeverExport);
    let mut lost =
        lost_in_aecs20(&rules(stored), &rules(update)).map_err(|error| bad(secret, &error))?;
    if never_export(stored)? && !never_export(update)? {
        lost.insert("POLICY_TYPE_NEVER_EXPORT");
    }
    if lost.is_empty() {
        return Ok(());
    }
    let lost = lost.into_iter().collect::<Vec<_>>().join(", ");
    Err(Cause::LostInAecs20 { secret: secret.clone(), lost })
}

fn bad(secret: &SecretName, error: &aecs_attest::Error) -> Cause {
    Cause::BadPolicy { secret: secret.clone(), why: error.to_string() }
}

/// The rules inside, none if there are none: nothing matches those.
pub(crate) fn rules(policy: &EnclaveSecretPolicy) -> UnifiedAttestationPolicy {
    policy.policy.clone().unwrap_or_default()
}

/// How the policy binds, or an error for a number that is no type.
pub(crate) fn kind(
    policy: &EnclaveSecretPolicy,
    secret: &SecretName,
) -> Result<EnclavePolicyType, Cause> {
    let bad = |_| Cause::BadPolicyType { secret: secret.clone(), got: policy.r#type };
    EnclavePolicyType::try_from(policy.r#type).map_err(bad)
}
