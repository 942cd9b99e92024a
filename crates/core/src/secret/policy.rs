//! Who may have a secret, parsed once: at the door, and when a record is read.

use aecs_attest::{
    Admitted, Attributes, Circumstances, Denial, Mismatch, Policy, Verified, lost_in_aecs20,
};
use aecs_proto::attestation_part::Part;
use aecs_proto::{
    AttestationRule, EnclavePolicyType, EnclaveSecretPolicy, KeyUse, UnifiedAttestationPolicy,
};

use super::usage::RuleUses;
use crate::{error::Cause, name::SecretName};

/// The policy of a secret.
#[derive(Clone)]
pub(crate) struct SecretPolicy {
    /// As it is stored and sent.
    message: EnclaveSecretPolicy,
    rules: Policy,
    kind: EnclavePolicyType,
    uses: RuleUses,
}

impl SecretPolicy {
    /// Reads the policy of `secret`. One without rules admits nobody.
    pub(crate) fn parse(message: EnclaveSecretPolicy, secret: &SecretName) -> Result<Self, Cause> {
        let bad_type = |_| Cause::BadPolicyType { secret: secret.clone(), got: message.r#type };
        let kind = EnclavePolicyType::try_from(message.r#type).map_err(bad_type)?;
        let none = UnifiedAttestationPolicy::default();
        let rules = Policy::parse(message.policy.as_ref().unwrap_or(&none))
            .map_err(|error| bad(secret, &error))?;
        let uses = RuleUses::parse(&message.rule_uses, rules.rules(), secret)?;
        Ok(Self { message, rules, kind, uses })
    }

    /// What its rules allow of a key in place.
    pub(crate) fn uses(&self) -> &RuleUses {
        &self.uses
    }

    /// Applies those rules that allow this to what a caller's evidence attests. A rule that allows
    /// something else admits nobody to this.
    pub(crate) fn admit_to(
        &self,
        what: KeyUse,
        attributes: &Verified<Attributes>,
        circumstances: Circumstances<'_>,
    ) -> Result<Admitted, Denial> {
        if !self.uses.narrow() {
            return self.rules.admit(attributes, circumstances);
        }
        let admits = |rules: &Policy| rules.admit(attributes, circumstances);
        let denial = match self.only(|rule| self.uses.allows(rule, what)) {
            None => None,
            Some((rules, places)) => match admits(&rules) {
                Ok(admitted) => return Ok(admitted),
                Err(denial) => Some(in_whole(denial, &places)),
            },
        };
        let mut narrowed = None;
        if admits(&self.rules).is_ok() {
            let mut others = self.uses.others(what);
            narrowed = others.find(|rule| {
                self.only(|it| it == *rule).is_some_and(|(only, _)| admits(&only).is_ok())
            });
        }
        // First the rule that its owner has to widen: it admits the caller, to something else.
        let narrowed = narrowed.map(|rule| Mismatch {
            rule: self.rule_name(rule),
            attribute: "operations".to_owned(),
            expected: self.uses.words(rule),
            actual: what.word().to_owned(),
        });
        let others = denial.map(|denial| denial.mismatches).unwrap_or_default();
        let mismatches: Vec<Mismatch> = narrowed.into_iter().chain(others).collect();
        Err(if mismatches.is_empty() { no_rule(what) } else { Denial { mismatches } })
    }

    /// The policy with some of its rules, and the indices that these have in the whole one; none if
    /// there would be no rule.
    fn only(&self, wanted: impl Fn(usize) -> bool) -> Option<(Policy, Vec<usize>)> {
        let mut message = self.message.policy.clone().unwrap_or_default();
        let mut places = Vec::new();
        let mut index = 0;
        let mut keep = || {
            let keep = wanted(index);
            if keep {
                places.push(index);
            }
            index += 1;
            keep
        };
        // One of the forms has all rules.
        message.main_attributes.retain(|_| keep());
        typed_rules(&mut message).for_each(|rules| rules.retain(|_| keep()));
        // Its parts were parsed before.
        let rules = Policy::parse(&message).ok().filter(|_| !places.is_empty())?;
        Some((rules, places))
    }

    /// What denials call a rule.
    fn rule_name(&self, index: usize) -> String {
        let mut message = self.message.policy.clone().unwrap_or_default();
        let rule = typed_rules(&mut message).flatten().nth(index);
        match rule.map(|rule| rule.name.clone()).filter(|name| !name.is_empty()) {
            Some(name) => name,
            None => format!("main_attributes[{index}]"),
        }
    }

    /// The message that is stored and sent.
    pub(crate) fn message(&self) -> &EnclaveSecretPolicy {
        &self.message
    }

    /// Whom the secret is for.
    pub(crate) fn rules(&self) -> &Policy {
        &self.rules
    }

    /// Whether the secret leaves the server for nobody, whatever the rules are.
    pub(crate) fn is_never_export(&self) -> bool {
        self.kind == EnclavePolicyType::PolicyTypeNeverExport
    }

    /// Refuses a policy that lets everybody in unintended.
    ///
    /// A rule that pins no code ([`Policy::unpinned`]) lets every genuine enclave in. That must be said by
    /// the type `POLICY_TYPE_UNBOUND`; in simulation, where the sample files do just that, it is
    /// accepted with a warning.
    pub(crate) fn check_closed(&self, secret: &SecretName, simulation: bool) -> Result<(), Cause> {
        if self.kind == EnclavePolicyType::PolicyTypeUnbound {
            return Ok(());
        }
        match self.rules.unpinned().next() {
            None => Ok(()),
            Some((rule, why)) if simulation => {
                tracing::warn!(%secret, rule, "a rule lets every enclave in: {why}");
                Ok(())
            }
            Some((rule, why)) => {
                let why = format!("{why}; {}", why.remedy());
                Err(Cause::OpenRule { secret: secret.clone(), rule, why })
            }
        }
    }

    /// Refuses an `update` by a client of AECS 2.0 that takes from this policy what such clients do
    /// not know: their `serviceadmin` drops it in silence, and the secret would be open to more
    /// enclaves than its owner wrote.
    pub(crate) fn check_kept_by_aecs20(
        &self,
        update: &Self,
        secret: &SecretName,
    ) -> Result<(), Cause> {
        let rules = |policy: &Self| policy.message.policy.clone().unwrap_or_default();
        let mut lost =
            lost_in_aecs20(&rules(self), &rules(update)).map_err(|error| bad(secret, &error))?;
        if self.is_never_export() && !update.is_never_export() {
            lost.insert("POLICY_TYPE_NEVER_EXPORT");
        }
        if lost.is_empty() {
            return Ok(());
        }
        let lost = lost.into_iter().collect::<Vec<_>>().join(", ");
        Err(Cause::LostInAecs20 { secret: secret.clone(), lost })
    }
}

/// The rules in typed form for the attester.
fn typed_rules(
    policy: &mut UnifiedAttestationPolicy,
) -> impl Iterator<Item = &mut Vec<AttestationRule>> {
    let parts = policy.typed.iter_mut().flat_map(|typed| &mut typed.parts);
    parts.filter_map(|part| match &mut part.part {
        Some(Part::Attester(list)) => Some(&mut list.rules),
        _ => None,
    })
}

/// The denial of a policy in which no rule allows this.
fn no_rule(what: KeyUse) -> Denial {
    let mismatch = Mismatch {
        rule: "main_attributes".to_owned(),
        attribute: String::new(),
        expected: format!("a rule that allows {}", what.word()),
        actual: "none".to_owned(),
    };
    Denial { mismatches: vec![mismatch] }
}

/// A denial of some rules, with the indices that they have in the whole policy.
fn in_whole(mut denial: Denial, places: &[usize]) -> Denial {
    for mismatch in &mut denial.mismatches {
        let index = mismatch.rule.strip_prefix("main_attributes[");
        let index = index.and_then(|rest| rest.strip_suffix(']')?.parse::<usize>().ok());
        if let Some(place) = index.and_then(|index| places.get(index)) {
            mismatch.rule = format!("main_attributes[{place}]");
        }
    }
    denial
}

fn bad(secret: &SecretName, error: &aecs_attest::Error) -> Cause {
    Cause::BadPolicy { secret: secret.clone(), why: error.to_string() }
}
