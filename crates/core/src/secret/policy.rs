//! Policies at the door: what cannot be parsed, or lets everybody in unintended, is refused.

use aecs_attest::{Policy, unpinned};
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
