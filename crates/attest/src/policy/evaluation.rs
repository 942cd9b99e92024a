//! The one evaluation of policies: [`Policy::admit`](super::Policy::admit) is the yes or no of what
//! [`Policy::explain`](super::Policy::explain) tells.
//!
//! A policy is parts, all of which have to hold. A part is rules about the same facts, one of which
//! has to hold. A rule is predicates, each on an attribute: the rule's own, and the defaults for
//! what it does not mention. Texts are made only of what somebody asks for.

use std::borrow::Cow;
use std::fmt;
use std::slice;

use super::pins;
use super::rules::{Acceptance, PartName, Policy};
use crate::attributes::facts::Facts;
use crate::attributes::table::{
    Attribute, DEBUG_DISABLED, MIGRATION_DISABLED, MIN_TCB, PAGE_FAULTS_DISABLED, PLATFORM,
    TCB_STATUS, VMPL,
};
use crate::attributes::value::Value;
use crate::attributes::{Appraised, Attributes, Nested};
use crate::tcb::{TcbGap, TcbStatus};

/// Whom a policy is evaluated for: attributes of somebody with a key, or evidence alone.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    facts: &'a Facts,
    nested: &'a Nested,
    gaps: &'a [TcbGap],
}

impl<'a> From<&'a Attributes> for Subject<'a> {
    fn from(attributes: &'a Attributes) -> Self {
        let nested = attributes.nested().unwrap_or(Nested::none());
        Self { facts: attributes.facts(), nested, gaps: attributes.tcb_gaps() }
    }
}

impl<'a> From<&'a Appraised> for Subject<'a> {
    /// Nested results count for nothing: nobody is known to have signed them.
    fn from(appraised: &'a Appraised) -> Self {
        Self { facts: appraised.facts(), nested: Nested::none(), gaps: appraised.tcb_gaps() }
    }
}

/// Why an attester, or a policy, is not what was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denial {
    /// Everything that does not match, in the order of the policy.
    pub mismatches: Vec<Mismatch>,
}

/// One value that is not what was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    /// The part of the policy, for example `main_attributes[0]`.
    pub rule: String,
    /// The attribute's name on the wire; empty where the rule as a whole fails.
    pub attribute: String,
    /// What was asked for.
    pub expected: String,
    /// What was found.
    pub actual: String,
}

/// A part of a policy, beside the facts that it is about.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part<'a> {
    pub(super) name: PartName,
    pub(super) rules: &'a [Facts],
    pub(super) facts: &'a Facts,
    /// What keeps the attester's platform from being up to date, for people.
    pub(super) gaps: &'a [TcbGap],
    /// What is accepted where a rule says nothing; none where nothing but the rule counts.
    acceptance: Option<&'a Acceptance>,
    /// Whether the facts are an attester's, whose TCB a rule can rate, and not a stored rule's.
    rated: bool,
}

/// A predicate, and what was found.
#[derive(Debug)]
pub(super) struct Finding<'a> {
    pub(super) attribute: &'static Attribute,
    pub(super) expected: Cow<'a, Value>,
    /// The whole value that was found.
    pub(super) found: Option<Cow<'a, Value>>,
    pub(super) holds: bool,
    /// Whether the rule says nothing, so that a default asks for it.
    pub(super) default: bool,
}

impl Policy {
    /// The parts, beside what each is about. Nested attesters are looked at one by one only if
    /// there are as many as are wanted.
    pub(super) fn parts<'a>(
        &'a self,
        Subject { facts, nested, gaps }: Subject<'a>,
        acceptance: &'a Acceptance,
    ) -> impl Iterator<Item = Part<'a>> {
        let any_of = move |name, rules, facts| Part {
            acceptance: Some(acceptance),
            rated: true,
            ..Part::of(name, rules, facts)
        };
        let group = self.asks_for_nested() || !nested.results.is_empty();
        let pairs = self.nested.iter().zip(&nested.results).enumerate();
        let pairs = pairs.filter(move |_| self.nested.len() == nested.results.len());
        let key = Part::of(PartName::Key, slice::from_ref(&self.key), facts);
        let whole = Part::of(PartName::Group, slice::from_ref(&self.group), &nested.group);
        (!self.key.is_empty())
            .then_some(key)
            .into_iter()
            .chain([Part { gaps, ..any_of(PartName::Main, self.main.as_slice(), facts) }])
            .chain(group.then_some(whole))
            .chain(
                pairs.map(move |(i, (rules, result))| any_of(PartName::Nested(i), rules, result)),
            )
    }
}

impl<'a> Part<'a> {
    /// A part in which nothing but the rules counts.
    pub(super) fn of(name: PartName, rules: &'a [Facts], facts: &'a Facts) -> Self {
        Self { name, rules, facts, gaps: &[], acceptance: None, rated: false }
    }

    /// A part about a stored rule, as if its values were an attester's.
    pub(super) fn of_stored(
        name: PartName,
        rules: &'a [Facts],
        stored: &'a Facts,
        acceptance: &'a Acceptance,
    ) -> Self {
        Self { acceptance: Some(acceptance), ..Self::of(name, rules, stored) }
    }

    /// Whether one of the rules holds.
    pub(super) fn holds(&self) -> bool {
        self.rules.iter().any(|rule| self.findings(rule).all(|finding| finding.holds))
    }

    /// What denials call a rule of this part: `main_attributes[0]`.
    pub(super) fn rule_name(&self, index: usize) -> String {
        match self.name {
            PartName::Key | PartName::Group => self.name.to_string(),
            PartName::Main | PartName::Nested(_) => format!("{}[{index}]", self.name),
        }
    }

    /// What the rule asks for, then what this side asks for where the rule says nothing. Not every
    /// platform has each of the latter; where it has, the report says so. A nested result of an
    /// AECS 2.0 verifier has no TCB status: the main attester vouches for it.
    pub(super) fn findings(&self, rule: &'a Facts) -> impl Iterator<Item = Finding<'a>> {
        let facts = self.facts;
        let rating = if self.rated { rating(rule, facts) } else { None };
        let asked = rule.iter().map(|(attribute, value)| (attribute, Cow::Borrowed(value), false));
        let unsaid = move |attribute: &Attribute| {
            rule.get(attribute).is_none() && facts.get(attribute).is_some()
        };
        let defaults = self.acceptance.into_iter().flat_map(move |acceptance| {
            let defaults = acceptance.defaults().filter(move |(attribute, _)| unsaid(attribute));
            defaults
                .map(move |(attribute, wanted)| (attribute, Cow::Owned(wanted(acceptance)), true))
        });
        let enclave = other_than_enclave(rule, facts).map(|wanted| (&*PLATFORM, wanted, true));
        asked.chain(enclave).chain(defaults).map(move |(attribute, expected, default)| {
            let found = match &rating {
                Some(rating) if attribute.is(&TCB_STATUS) => Some(Cow::Owned(rating.clone())),
                _ => facts.get(attribute).map(Cow::Borrowed),
            };
            let holds = attribute.kind.admits(&expected, found.as_deref());
            Finding { attribute, expected, found, holds, default }
        })
    }

    fn mismatches(&self) -> Vec<Mismatch> {
        if self.rules.is_empty() {
            return vec![Mismatch {
                rule: self.name.to_string(),
                attribute: String::new(),
                expected: "at least one entry".into(),
                actual: "an empty list, which admits nobody".into(),
            }];
        }
        let of_rule = |(i, rule)| {
            let failed = self.findings(rule).filter(|finding| !finding.holds);
            failed.map(move |finding| Mismatch {
                rule: self.rule_name(i),
                attribute: finding.attribute.name.into(),
                expected: finding.expected(),
                actual: finding.actual(),
            })
        };
        self.rules.iter().enumerate().flat_map(of_rule).collect()
    }
}

/// Everything that is wrong with the parts; none if all of them hold.
pub(super) fn denial<'a>(parts: impl Iterator<Item = Part<'a>>) -> Option<Denial> {
    let failed: Vec<Part<'_>> = parts.filter(|part| !part.holds()).collect();
    let mismatches = || failed.iter().flat_map(Part::mismatches).collect();
    (!failed.is_empty()).then(|| Denial { mismatches: mismatches() })
}

/// What a rule with the measurement or signer of an enclave, and without a platform, expects of
/// evidence of another kind of platform.
fn other_than_enclave<'a>(rule: &Facts, facts: &Facts) -> Option<Cow<'a, Value>> {
    let Some(Value::Text(platform)) = facts.get(&PLATFORM) else { return None };
    let other = pins::is_of_enclaves(rule) && !pins::measurement_pins(platform);
    other.then(|| Cow::Owned(Value::Text("a platform of enclaves".into())))
}

/// The statuses of a TCB that a rule rates: from the minimum on that the rule names, if it names
/// one for each part, a platform without a rating is up to date. None if the rule changes nothing.
fn rating(rule: &Facts, facts: &Facts) -> Option<Value> {
    let Some(Value::Numbers(least)) = rule.get(&MIN_TCB) else { return None };
    let Some(Value::Numbers(parts)) = facts.get(&MIN_TCB) else { return None };
    let Some(Value::Statuses(statuses)) = facts.get(&TCB_STATUS) else { return None };
    let met =
        parts.iter().all(|(name, number)| least.get(name).is_some_and(|least| number >= least));
    let mut statuses = statuses.clone();
    if !met || !statuses.remove(&TcbStatus::Unrated) {
        return None;
    }
    if statuses.is_empty() {
        statuses.insert(TcbStatus::UpToDate);
    }
    Some(Value::Statuses(statuses))
}

/// The value of a default.
type DefaultValue = fn(&Acceptance) -> Value;

impl Acceptance {
    /// The defaults for attributes that a rule does not mention.
    fn defaults(&self) -> impl Iterator<Item = (&'static Attribute, DefaultValue)> {
        let on: DefaultValue = |_| Value::Bool(true);
        let defaults: [(bool, &'static Attribute, DefaultValue); 5] = [
            (false, &TCB_STATUS, |acceptance| Value::Statuses(acceptance.tcb_statuses.clone())),
            (self.debug, &DEBUG_DISABLED, on),
            (self.migration, &MIGRATION_DISABLED, on),
            (self.page_faults, &PAGE_FAULTS_DISABLED, on),
            (self.lower_privilege, &VMPL, |_| Value::Text("0".into())),
        ];
        let kept = defaults.into_iter().filter(|(accepted, ..)| !accepted);
        kept.map(|(_, attribute, wanted)| (attribute, wanted))
    }
}

impl Finding<'_> {
    /// What was asked for, in words. Of a list of names with values that does not match, only the
    /// names that differ.
    pub(super) fn expected(&self) -> String {
        let expected = self.attribute.kind.describe(&self.asked());
        if self.default { format!("{expected} (default)") } else { expected }
    }

    fn asked(&self) -> Cow<'_, Value> {
        match self.holds {
            true => Cow::Borrowed(&*self.expected),
            false => Cow::Owned(self.expected.unmatched(self.found.as_deref())),
        }
    }

    /// The found value. Of a list of names with values, only the names that are in
    /// [`Finding::expected`].
    pub(super) fn actual(&self) -> String {
        let found = self.found.as_ref().map(|found| self.asked().names_in(found).to_string());
        found.filter(|found| !found.is_empty()).unwrap_or_else(|| "nothing".into())
    }
}

impl fmt::Display for Denial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, mismatch) in self.mismatches.iter().enumerate() {
            let separator = if i == 0 { "" } else { "; " };
            write!(f, "{separator}{mismatch}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Denial {}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rule, attribute, expected, actual } = self;
        let dot = if attribute.is_empty() { "" } else { "." };
        // Values come from evidence: control characters in them must not reach a terminal.
        let (expected, actual) = (expected.escape_debug(), actual.escape_debug());
        write!(f, "{rule}{dot}{attribute}: expected {expected}, found {actual}")
    }
}

#[cfg(test)]
mod tests {
    use aecs_proto::UnifiedAttestationAttributes as Message;

    use super::*;

    #[test]
    fn a_measurement_of_32_bytes_without_a_platform_is_an_enclaves() {
        let facts = |platform: &str, bytes: usize| {
            Facts::parse(&Message {
                str_tee_platform: platform.into(),
                hex_ta_measurement: "AB".repeat(bytes),
                ..Message::default()
            })
            .unwrap()
        };
        let admits = |rule: &Facts, actual: &Facts| {
            Part::of(PartName::Main, slice::from_ref(rule), actual).holds()
        };
        let rule = facts("", 32);
        for enclave in ["SGX_DCAP", "SGX_EPID", "HyperEnclave", "Kunpeng"] {
            assert!(admits(&rule, &facts(enclave, 32)), "{enclave}");
        }
        let realm = facts("ARM_CCA", 32);
        assert!(!admits(&rule, &realm));
        let part = Part::of(PartName::Main, slice::from_ref(&rule), &realm);
        let found: Vec<_> = part.mismatches().iter().map(ToString::to_string).collect();
        assert_eq!(
            found,
            ["main_attributes[0].str_tee_platform: expected a platform of enclaves (default), \
              found ARM_CCA"]
        );
        // A rule says which realm, or which machine, it means.
        assert!(admits(&realm, &realm));
        assert!(admits(&facts("", 48), &facts("SEV_SNP", 48)));
    }

    #[test]
    fn pairs_are_matched_by_name() {
        let facts = |min_tcb: &str, pcrs: &str, versions: &str| {
            Facts::parse(&Message {
                str_min_tcb: min_tcb.into(),
                str_pcrs: pcrs.into(),
                str_versions: versions.into(),
                ..Message::default()
            })
            .unwrap()
        };
        let actual = facts("snp=8,microcode=115", "0=ab12,4=cd34", "driver=535.86.09");
        let canonical = actual.to_message();
        assert_eq!(canonical.str_min_tcb, "microcode=115,snp=8");
        assert_eq!(canonical.str_pcrs, "0=AB12,4=CD34");

        let unmatched = |policy: Facts| {
            let part = Part::of(PartName::Main, slice::from_ref(&policy), &actual);
            let failed = part.findings(&policy).filter(|finding| !finding.holds);
            failed.map(|finding| finding.attribute.name).collect::<Vec<_>>()
        };
        assert!(unmatched(facts("snp=8", "4=CD34", "")).is_empty());
        assert!(unmatched(facts("microcode=2,snp=7", "", "driver=535.86.09")).is_empty());
        assert_eq!(unmatched(facts("snp=9", "", "")), ["str_min_tcb"]);
        assert_eq!(unmatched(facts("fmc=0", "", "")), ["str_min_tcb"]);
        assert_eq!(unmatched(facts("", "4=CD35", "")), ["str_pcrs"]);
        assert_eq!(unmatched(facts("", "5=CD34", "")), ["str_pcrs"]);
        assert_eq!(unmatched(facts("", "", "driver=535.86.10")), ["str_versions"]);

        // What nobody asked about is not shown.
        let policy = facts("snp=9,microcode=1", "0=AB12,4=00,5=00", "vbios=1");
        let part = Part::of(PartName::Main, slice::from_ref(&policy), &actual);
        let found: Vec<_> = part.findings(&policy).map(|finding| finding.actual()).collect();
        assert_eq!(found, ["snp=8", "4=CD34", "nothing"]);
        // Nor what matches beside what does not.
        let asked: Vec<_> = part.findings(&policy).map(|finding| finding.expected()).collect();
        assert_eq!(asked, ["at least snp=9", "4=00,5=00", "vbios=1"]);
    }
}
