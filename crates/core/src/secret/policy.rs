//! Policies at the door: what cannot be parsed, or lets everybody in unintended, is refused.

use aecs_attest::{Policy, lost_in_aecs20, unpinned};
use aecs_proto::{EnclavePolicyType, EnclaveSecretPolicy, UnifiedAttestationPolicy};

use crate::error::{Error, ErrorCode};

/// Checks the policy of a secret before it is stored.
///
/// A rule that pins no code ([`unpinned`]) lets every genuine enclave in. That must be said by
/// the type `POLICY_TYPE_UNBOUND`; in simulation, where the sample files do just that, it is
/// accepted with a warning.
pub(crate) fn check(
    policy: &EnclaveSecretPolicy,
    secret: &str,
    simulation: bool,
) -> Result<(), Error> {
    let kind = kind(policy)?;
    let rules = rules(policy);
    Policy::parse(&rules).map_err(|error| {
        Error::invalid(ErrorCode::CreateBadData, format!("the policy of secret {secret}: {error}"))
    })?;
    if kind == EnclavePolicyType::PolicyTypeUnbound {
        return Ok(());
    }
    let mut entries = rules.main_attributes.iter().enumerate();
    let open = entries.find_map(|(index, entry)| Some((index, unpinned(entry)?)));
    match open {
        None => Ok(()),
        Some((index, why)) if simulation => {
            tracing::warn!(secret, rule = index, "a rule lets every enclave in: {why}");
            Ok(())
        }
        Some((index, why)) => Err(Error::invalid(
            ErrorCode::CreateBadData,
            format!(
                "rule {index} of secret {secret} lets every enclave in: {why}; {}, or say so with \
                 allow_any_enclave: true",
                why.remedy()
            ),
        )),
    }
}

/// Refuses an update by a client of AECS 2.0 that takes from a stored policy what such clients do not
/// know: their `serviceadmin` drops it in silence, and the secret would be open to more enclaves than
/// its owner wrote.
pub(crate) fn check_kept_by_aecs20(
    stored: &EnclaveSecretPolicy,
    update: &EnclaveSecretPolicy,
    secret: &str,
) -> Result<(), Error> {
    let never_export =
        |policy| Ok::<_, Error>(kind(policy)? == EnclavePolicyType::PolicyTypeNeverExport);
    let mut lost = lost_in_aecs20(&rules(stored), &rules(update)).map_err(|error| {
        Error::invalid(ErrorCode::CreateBadData, format!("the policy of secret {secret}: {error}"))
    })?;
    if never_export(stored)? && !never_export(update)? {
        lost.insert("POLICY_TYPE_NEVER_EXPORT");
    }
    if lost.is_empty() {
        return Ok(());
    }
    let lost = lost.into_iter().collect::<Vec<_>>().join(", ");
    Err(Error::invalid(
        ErrorCode::CreateBadData,
        format!(
            "the policy of secret {secret} would lose {lost}, which tools of AECS 2.0 do not know and \
             drop from policies: update it with serviceadmin of AECS 2.1"
        ),
    ))
}

/// The rules inside, none if there are none: nothing matches those.
pub(crate) fn rules(policy: &EnclaveSecretPolicy) -> UnifiedAttestationPolicy {
    policy.policy.clone().unwrap_or_default()
}

/// How the policy binds, or an error for a number that is no type.
pub(crate) fn kind(policy: &EnclaveSecretPolicy) -> Result<EnclavePolicyType, Error> {
    EnclavePolicyType::try_from(policy.r#type).map_err(|_| {
        Error::invalid(ErrorCode::CreateBadData, "the policy's type is not one of 0, 1 and 2")
    })
}
