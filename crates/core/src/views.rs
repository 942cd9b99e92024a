//! What clients of protocol 2.0 are shown: messages without the fields that they refuse.

use aecs_attest::in_aecs20;
use aecs_proto::EnclaveSecretSpec;

/// The specification of a secret as AECS 2.0 knows it. Its readers refuse a whole list for one
/// unknown field; the policy that decides is the stored one, not this view.
pub(crate) fn spec_in_aecs20(mut spec: EnclaveSecretSpec) -> EnclaveSecretSpec {
    if let Some(policy) = spec.policy.as_mut().and_then(|policy| policy.policy.as_mut()) {
        let nested = policy
            .nested_policies
            .iter_mut()
            .flat_map(|nested| nested.policies.iter_mut())
            .flat_map(|policy| policy.sub_attributes.iter_mut());
        for attributes in policy.main_attributes.iter_mut().chain(nested) {
            *attributes = in_aecs20(attributes);
        }
    }
    spec
}
