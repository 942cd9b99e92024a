//! What may be done with a key in place, parsed once: at the door, and when a record is read.

use aecs_crypto::transit::Key;
use aecs_proto::{EnclaveSecretUse, KeyUse};

use super::spec::SecretType;
use crate::{error::Cause, name::SecretName};

/// A set of things that can be done with a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Uses(u32);

impl Uses {
    fn bit(one: KeyUse) -> u32 {
        1 << (one as u32)
    }

    /// Reads the numbers of a message.
    fn parse(numbers: &[i32]) -> Result<Self, i32> {
        numbers.iter().try_fold(Self::default(), |set, number| match KeyUse::try_from(*number) {
            Ok(KeyUse::Unspecified) | Err(_) => Err(*number),
            Ok(one) => Ok(Self(set.0 | Self::bit(one))),
        })
    }

    pub(crate) fn has(self, one: KeyUse) -> bool {
        self.0 & Self::bit(one) != 0
    }

    pub(crate) fn is_empty(self) -> bool {
        self.0 == 0
    }

    fn iter(self) -> impl Iterator<Item = KeyUse> {
        KeyUse::WORDS.into_iter().map(|(one, _)| one).filter(move |one| self.has(*one))
    }

    /// For people.
    pub(crate) fn words(self) -> String {
        self.iter().map(KeyUse::word).collect::<Vec<_>>().join(", ")
    }
}

/// That a secret is a key which is used in place, and how.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Usage {
    message: EnclaveSecretUse,
    operations: Uses,
    admin: Uses,
}

impl Usage {
    /// Checks what a caller sent for `secret`; none if it is not used in place.
    pub(crate) fn parse(
        message: Option<EnclaveSecretUse>,
        secret: &SecretName,
        kind: SecretType,
    ) -> Result<Option<Self>, Cause> {
        let Some(message) = message else { return Ok(None) };
        let parse = |numbers: &[i32]| {
            let uses = Uses::parse(numbers)
                .map_err(|got| Cause::BadUse { secret: secret.clone(), got })?;
            match uses.iter().find(|one| !Key::does(kind, *one)) {
                None => Ok(uses),
                Some(one) => {
                    let (secret, word) = (secret.clone(), one.word());
                    Err(Cause::UseNotOfType { secret, word, kind: kind.as_str_name() })
                }
            }
        };
        let (operations, admin) = (parse(&message.operations)?, parse(&message.admin)?);
        if operations.is_empty() && admin.is_empty() {
            return Err(Cause::NoUse { secret: secret.clone() });
        }
        Ok(Some(Self { operations, admin, message }))
    }

    /// The message that is stored and sent.
    pub(crate) fn message(&self) -> EnclaveSecretUse {
        self.message.clone()
    }

    /// Whether the key itself may leave the server.
    pub(crate) fn is_exportable(&self) -> bool {
        self.message.exportable
    }

    /// The first version that is still used.
    pub(crate) fn first_version(&self) -> u64 {
        self.message.min_decrypt_version.max(1)
    }

    /// What applications may do that the policy admits.
    pub(crate) fn operations(&self) -> Uses {
        self.operations
    }

    /// What the service's administrator may do.
    pub(crate) fn admin(&self) -> Uses {
        self.admin
    }
}

/// What each rule of a policy allows; empty for a rule that narrows nothing.
#[derive(Debug, Clone, Default)]
pub(crate) struct RuleUses(Vec<Uses>);

impl RuleUses {
    /// Reads what was sent for the rules of a policy: as many as there are rules, or none.
    pub(crate) fn parse(
        message: &[aecs_proto::EnclaveRuleUse],
        rules: usize,
        secret: &SecretName,
    ) -> Result<Self, Cause> {
        if !message.is_empty() && message.len() != rules {
            let got = message.len();
            return Err(Cause::OtherRuleUses { secret: secret.clone(), rules, got });
        }
        let parse = |rule: &aecs_proto::EnclaveRuleUse| Uses::parse(&rule.operations);
        let uses = message.iter().map(parse).collect::<Result<Vec<_>, _>>();
        uses.map(Self).map_err(|got| Cause::BadUse { secret: secret.clone(), got })
    }

    /// Whether a rule allows less than the secret does.
    pub(crate) fn narrow(&self) -> bool {
        self.0.iter().any(|uses| !uses.is_empty())
    }

    /// Whether the rule of that index allows this.
    pub(crate) fn allows(&self, rule: usize, one: KeyUse) -> bool {
        self.0.get(rule).is_none_or(|uses| uses.is_empty() || uses.has(one))
    }

    /// The rules that do not allow this.
    pub(crate) fn others(&self, one: KeyUse) -> impl Iterator<Item = usize> {
        (0..self.0.len()).filter(move |rule| !self.allows(*rule, one))
    }

    /// What a rule allows that narrows the secret, for people.
    pub(crate) fn words(&self, rule: usize) -> String {
        self.0.get(rule).map(|uses| uses.words()).unwrap_or_default()
    }

    /// Something that a rule allows and the secret does not.
    pub(crate) fn beyond(&self, operations: Uses) -> Option<KeyUse> {
        let all = self.0.iter().flat_map(|uses| uses.iter());
        all.into_iter().find(|one| *one != KeyUse::Get && !operations.has(*one))
    }
}
