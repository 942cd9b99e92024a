//! A rule for trusted applications that may create secrets of their own.

use aecs_attest::Policy;
use aecs_crypto::Transcript;
use aecs_proto::{
    AttestationPart, AttestationPolicy, AttestationRules, UnifiedAttestationAttributes,
    UnifiedAttestationPolicy, attestation_part::Part,
};
use prost::Message;

/// A rule of `ta_secrets.policy`, in either form of a policy. The applications that it admits share a
/// quota.
#[derive(Debug, Clone)]
pub struct TaRule {
    pub(crate) policy: Policy,
    /// What names it in the records: it stays the same as long as the rule does.
    pub(crate) digest: [u8; 32],
}

impl TaRule {
    /// A rule in the form of AECS 2.0.
    ///
    /// # Errors
    /// A value in it has no meaning.
    pub fn plain(rule: &UnifiedAttestationAttributes) -> Result<Self, aecs_attest::Error> {
        Ok(Self { policy: Policy::of_rule(rule)?, digest: digest_of(&rule.encode_to_vec()) })
    }

    /// The rules of a policy in typed form: each of its alternatives, with all that it asks for beside the
    /// attester itself.
    ///
    /// # Errors
    /// The policy is not one in typed form, or something in it has no meaning.
    pub fn typed(policy: &UnifiedAttestationPolicy) -> Result<Vec<Self>, aecs_attest::Error> {
        // As a whole first: only then it is known that there is one part for the attester.
        Policy::parse(policy)?;
        let parts = policy.typed.as_ref().map_or(&[][..], |typed| &typed.parts);
        let of_attester = parts.iter().find_map(|part| match &part.part {
            Some(Part::Attester(rules)) => Some(rules),
            _ => None,
        });
        let alternatives = of_attester.map_or(&[][..], |rules| &rules.rules);
        let others = |part: &&AttestationPart| !matches!(part.part, Some(Part::Attester(_)));
        alternatives
            .iter()
            .map(|rule| {
                let attester = Part::Attester(AttestationRules { rules: vec![rule.clone()] });
                let attester = AttestationPart { part: Some(attester) };
                let others = parts.iter().filter(others).cloned();
                let parts = std::iter::once(attester).chain(others).collect();
                let typed = Some(AttestationPolicy { parts });
                let one = UnifiedAttestationPolicy { typed, ..policy.clone() };
                Ok(Self { policy: Policy::parse(&one)?, digest: digest_of(&one.encode_to_vec()) })
            })
            .collect()
    }
}

fn digest_of(rule: &[u8]) -> [u8; 32] {
    Transcript::new("AECS-2.1 TA secret rule").field(rule).sha256()
}

#[cfg(test)]
mod tests {
    use aecs_proto::attestation_condition::Condition;
    use aecs_proto::{AttestationCondition, AttestationRule, AttestationValues};

    use super::*;

    fn rule(name: &str, signer: u8) -> AttestationRule {
        let values = AttestationValues {
            attribute: "hex_signer".into(),
            values: vec![hex::encode_upper([signer; 32])],
        };
        let condition = AttestationCondition { condition: Some(Condition::AnyOf(values)) };
        AttestationRule { name: name.into(), conditions: vec![condition] }
    }

    fn policy(rules: Vec<AttestationRule>) -> UnifiedAttestationPolicy {
        let part = AttestationPart { part: Some(Part::Attester(AttestationRules { rules })) };
        let typed = Some(AttestationPolicy { parts: vec![part] });
        UnifiedAttestationPolicy { typed, ..UnifiedAttestationPolicy::default() }
    }

    #[test]
    fn each_alternative_of_a_typed_policy_is_a_rule_of_its_own() {
        let both = TaRule::typed(&policy(vec![rule("a", 1), rule("b", 2)])).unwrap();
        let one = TaRule::typed(&policy(vec![rule("b", 2)])).unwrap();
        assert_eq!(both.len(), 2);
        assert_eq!(both[1].digest, one[0].digest, "it does not depend on the others");
        assert_ne!(both[0].digest, both[1].digest);
        assert!(
            TaRule::typed(&policy(vec![rule("a", 1), rule("a", 2)])).is_err(),
            "one name twice"
        );
    }
}
