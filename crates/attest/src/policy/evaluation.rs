//! The one evaluation of policies: [`Policy::admit`](super::Policy::admit) is the yes or no of what
//! [`Policy::explain`](super::Policy::explain) tells.
//!
//! A policy is parts, all of which have to hold. A part is rules about the same facts, one of which
//! has to hold. A rule is predicates, each on an attribute: the rule's own, and the defaults for
//! what it does not mention. Texts are made only of what somebody asks for.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::slice;

use super::listed::NamedLists;
use super::pins;
use super::rule::{Predicate, Rule, Test, has_unrated};
use super::rules::{Acceptance, Circumstances, Devices, PartName, Policy};
use crate::attributes::facts::Facts;
use crate::attributes::table::{
    Attribute, DEBUG_DISABLED, GRACE, MIGRATION_DISABLED, MIN_TCB, OUT_OF_DATE_SINCE,
    PAGE_FAULTS_DISABLED, PLATFORM, RATING, TCB_STATUS, VALID_UNTIL, VMPL,
};
use crate::attributes::value::Value;
use crate::attributes::{Appraised, Attributes, Nested};
use crate::platform::Platform;
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

/// A part of a policy, beside whom it is about.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part<'a> {
    pub(super) name: PartName,
    pub(super) rules: &'a [Rule],
    about: About<'a>,
    /// What keeps the attester's platform from being up to date, for people.
    pub(super) gaps: &'a [TcbGap],
    /// What counts beside the rules; none where nothing but the rules does.
    circumstances: Option<Circumstances<'a>>,
}

/// Whom a part is about.
#[derive(Debug, Clone, Copy)]
enum About<'a> {
    /// An attester, of which this is known, or a group of them.
    Attester(&'a Facts),
    /// Everybody whom a stored rule admits.
    Stored(&'a Rule),
}

/// A predicate, and what was found.
#[derive(Debug)]
pub(super) struct Finding<'a> {
    pub(super) attribute: &'static Attribute,
    pub(super) test: Cow<'a, Test>,
    /// The whole value that was found.
    pub(super) found: Option<Cow<'a, Value>>,
    pub(super) holds: bool,
    /// Whether the rule says nothing, so that a default asks for it.
    pub(super) default: bool,
    /// What the rule says more, in words.
    also: String,
    /// What a stored rule admits where it has no list of values: a range, or everything but some.
    admits: String,
}

impl Policy {
    /// The parts, beside what each is about. Nested attesters are looked at one by one only if
    /// there are as many as are wanted.
    pub(super) fn parts<'a>(
        &'a self,
        Subject { facts, nested, gaps }: Subject<'a>,
        circumstances: Circumstances<'a>,
    ) -> impl Iterator<Item = Part<'a>> {
        let any_of = move |name, rules, facts| Part {
            circumstances: Some(circumstances),
            ..Part::of(name, rules, facts)
        };
        let in_order = self.devices.is_none();
        let group = in_order && (self.asks_for_nested() || !nested.results.is_empty());
        let pairs = self.nested.iter().zip(&nested.results).enumerate();
        let pairs = pairs
            .filter(move |_| in_order && self.nested.len() == nested.results.len())
            .map(move |(i, (rules, result))| any_of(PartName::Nested(i), rules.as_slice(), result));
        let devices =
            self.devices.iter().flat_map(move |devices| {
                devices.counts(nested).chain(nested.results.iter().enumerate().map(
                    move |(i, result)| any_of(PartName::Nested(i), devices.of(result), result),
                ))
            });
        let key = Part::of(PartName::Key, slice::from_ref(&self.key), facts);
        let whole = Part::of(PartName::Group, slice::from_ref(&self.group), &nested.group);
        (!self.key.predicates.is_empty())
            .then_some(key)
            .into_iter()
            .chain([Part { gaps, ..any_of(PartName::Main, self.main.as_slice(), facts) }])
            .chain(group.then_some(whole))
            .chain(pairs)
            .chain(devices)
    }
}

impl Devices {
    /// A part for the number of devices of each kind.
    fn counts<'a>(&'a self, nested: &'a Nested) -> impl Iterator<Item = Part<'a>> {
        self.kinds.iter().map(|kind| {
            let count = slice::from_ref(&kind.count);
            Part::of(PartName::Devices(kind.platform), count, nested.count(kind.platform))
        })
    }

    /// The rules for a device. One of another kind is asked to be of these kinds.
    fn of(&self, device: &Facts) -> &[Rule] {
        let kind = self.kinds.iter().find(|kind| device.platform() == Some(kind.platform));
        slice::from_ref(kind.map_or(&self.listed, |kind| &kind.each))
    }
}

impl<'a> About<'a> {
    /// The values that an attribute may have; none where it is absent or nothing is known of it.
    fn values(self, attribute: &Attribute) -> &'a [Value] {
        match self {
            Self::Attester(facts) => facts.get(attribute).map(slice::from_ref).unwrap_or_default(),
            Self::Stored(rule) => rule.admitted(attribute),
        }
    }
}

impl<'a> Part<'a> {
    /// A part in which nothing but the rules counts.
    pub(super) fn of(name: PartName, rules: &'a [Rule], facts: &'a Facts) -> Self {
        let about = About::Attester(facts);
        Self { name, rules, about, gaps: &[], circumstances: None }
    }

    /// A part about everybody whom a stored rule admits, by the rules and nothing else.
    pub(super) fn of_stored(name: PartName, rules: &'a [Rule], stored: &'a Rule) -> Self {
        Self { name, rules, about: About::Stored(stored), gaps: &[], circumstances: None }
    }

    /// The same, by what is accepted where the rules say nothing as well.
    #[must_use]
    pub(super) fn with(self, circumstances: Circumstances<'a>) -> Self {
        Self { circumstances: Some(circumstances), ..self }
    }

    /// The attester's platform, if it is known.
    pub(super) fn platform(&self) -> Option<Platform> {
        match self.about {
            About::Attester(facts) => facts.platform(),
            About::Stored(_) => None,
        }
    }

    /// Whether one of the rules holds.
    pub(super) fn holds(&self) -> bool {
        self.rules.iter().any(|rule| self.findings(rule).all(|finding| finding.holds))
    }

    /// What denials call a rule of this part: its name, or its place, `main_attributes[0]`.
    pub(super) fn rule_name(&self, index: usize) -> String {
        match (self.rules.get(index), self.name) {
            (Some(rule), _) if !rule.name.is_empty() => rule.name.clone(),
            (_, PartName::Key | PartName::Group | PartName::Devices(_)) => self.name.to_string(),
            (_, PartName::Main | PartName::Nested(_)) => format!("{}[{index}]", self.name),
        }
    }

    /// What the rule asks for, then what this side asks for where the rule says nothing. Not every
    /// platform has each of the latter; where it has, the report says so. A nested result of an
    /// AECS 2.0 verifier has no TCB status: the main attester vouches for it.
    pub(super) fn findings(&self, rule: &'a Rule) -> impl Iterator<Item = Finding<'a>> {
        let part = *self;
        let asked = rule
            .predicates
            .iter()
            .map(|Predicate { attribute, test }| (*attribute, Cow::Borrowed(test), false));
        let unsaid = move |attribute: &Attribute| {
            !rule.says(attribute) && !part.about.values(attribute).is_empty()
        };
        let acceptance = self.circumstances.map(|circumstances| circumstances.acceptance);
        let defaults = acceptance.into_iter().flat_map(move |acceptance| {
            let defaults = acceptance.defaults().filter(move |(attribute, _)| unsaid(attribute));
            defaults.map(move |(attribute, wanted)| {
                (attribute, Cow::Owned(Test::AnyOf(vec![wanted(acceptance)])), true)
            })
        });
        let enclave =
            self.other_than_enclave(rule).map(|test| (&*PLATFORM, Cow::Owned(test), true));
        let findings = asked.chain(enclave).chain(defaults);
        let findings = findings.map(move |(attribute, test, default)| match part.about {
            About::Attester(facts) => part.finding(rule, facts, (attribute, test, default)),
            About::Stored(stored) => of_stored(stored, (attribute, test, default)),
        });
        findings.chain(self.longer_grace(rule)).chain(self.wider_rating(rule))
    }

    /// What an attester has of what a rule asks for.
    fn finding(
        &self,
        rule: &'a Rule,
        facts: &'a Facts,
        (attribute, test, default): Asked<'a>,
    ) -> Finding<'a> {
        let now = self.circumstances.and_then(|circumstances| circumstances.now);
        let mut found = facts.get(attribute).map(Cow::Borrowed);
        let mut also = String::new();
        if attribute.is(&VALID_UNTIL) {
            found = now.map(|now| Cow::Owned(Value::Time(now)));
        }
        // What a rule rates is an attester's TCB; none of it counts for those that it excludes.
        let rates = attribute.is(&TCB_STATUS) && matches!(*test, Test::AnyOf(_));
        let rates = rates && self.circumstances.is_some();
        if rates && let Some(rated) = rating(rule, facts) {
            found = Some(Cow::Owned(rated));
        }
        let lists = self.circumstances.map_or(NamedLists::none(), |it| it.lists);
        let mut holds = match &*test {
            Test::InLists(_) | Test::InNoList(..) => lists.hold(attribute, &test, found.as_deref()),
            Test::InSets(_) => {
                let measured = lists.measured(&test, facts, now);
                found = measured.found.map(|text| Cow::Owned(Value::Text(text)));
                measured.holds
            }
            _ => test.holds(attribute.kind, found.as_deref()),
        };
        if let Some(fault) = lists.fault(attribute, &test) {
            also = format!(", but {fault}");
        }
        if rates && let Some(grace) = rule.grace {
            also = format!(", or {grace}");
            let lasts = grace.lasts(facts.get(&OUT_OF_DATE_SINCE), now);
            let excused = found.as_deref().filter(|_| lasts).and_then(excused);
            holds |= excused.is_some_and(|excused| test.holds(attribute.kind, Some(&excused)));
        }
        Finding { attribute, test, found, holds, default, also, admits: String::new() }
    }

    /// A stored rule that admits platforms that are out of date for longer than the rule does.
    fn longer_grace(&self, rule: &Rule) -> Option<Finding<'a>> {
        let About::Stored(Rule { grace: Some(stored), .. }) = self.about else { return None };
        if rule.grace.is_some_and(|wanted| stored.is_within(wanted)) {
            return None;
        }
        let wanted = rule.grace.map_or_else(|| "no grace".to_owned(), |grace| grace.to_string());
        Some(Finding {
            attribute: &GRACE,
            test: Cow::Owned(Test::AnyOf(vec![Value::Text(wanted)])),
            found: Some(Cow::Owned(Value::Text(stored.to_string()))),
            holds: false,
            default: rule.grace.is_none(),
            also: String::new(),
            admits: String::new(),
        })
    }

    /// A stored rule that rates platforms which the rule neither rates nor accepts as `Unrated`.
    fn wider_rating(&self, rule: &Rule) -> Option<Finding<'a>> {
        let About::Stored(stored) = self.about else { return None };
        if rule.says(&TCB_STATUS) && rule.admitted(&TCB_STATUS).iter().all(has_unrated) {
            return None;
        }
        let expected =
            |rated: &&BTreeMap<String, u32>| rule.ratings().any(|minimum| reaches(rated, minimum));
        let wider = stored.ratings().find(|rated| !expected(rated))?;
        let words = |minimum: &BTreeMap<String, u32>| {
            format!("a rating of Unrated platforms from {} on", Value::from(minimum.clone()))
        };
        let wanted = rule.ratings().map(words).next();
        let default = wanted.is_none();
        let wanted = wanted.unwrap_or_else(|| "no rating of Unrated platforms".to_owned());
        Some(Finding {
            attribute: &RATING,
            test: Cow::Owned(Test::AnyOf(vec![Value::Text(wanted)])),
            found: Some(Cow::Owned(Value::Text(words(wider)))),
            holds: false,
            default,
            also: String::new(),
            admits: String::new(),
        })
    }

    /// What a rule with the measurement or signer of an enclave, and without a platform, expects of
    /// evidence of another kind of platform.
    fn other_than_enclave(&self, rule: &Rule) -> Option<Test> {
        let pins = |value: &Value| match value {
            Value::Text(platform) => pins::measurement_pins(platform),
            _ => false,
        };
        let other = pins::is_of_enclaves(rule) && !self.about.values(&PLATFORM).iter().all(pins);
        other.then(|| Test::AnyOf(vec![Value::Text("a platform of enclaves".into())]))
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

/// A demand: the attribute, the test that its value has to pass, and whether it is a default.
type Asked<'a> = (&'static Attribute, Cow<'a, Test>, bool);

/// Compares a demand with a stored rule: it holds if it does for everybody whom the rule admits.
/// Otherwise the finding has a value that the rule admits and the demand does not.
fn of_stored<'a>(stored: &'a Rule, (attribute, test, default): Asked<'a>) -> Finding<'a> {
    let holds = stored.implies(attribute, &test);
    let values = stored.admitted(attribute);
    let found = match holds {
        true => None,
        false => values.iter().find(|value| !test.holds(attribute.kind, Some(value))),
    };
    let found = found.or(values.first()).map(Cow::Borrowed);
    let admits = stored.tests(attribute).map(|test| test.describe(attribute.kind, None));
    let admits = admits.collect::<Vec<_>>().join(" and ");
    Finding { attribute, test, found, holds, default, also: String::new(), admits }
}

/// The statuses of a platform without what is missing because of its age.
fn excused(statuses: &Value) -> Option<Value> {
    let Value::Statuses(statuses) = statuses else { return None };
    Some(Value::Statuses(statuses.iter().map(|status| status.excused()).collect()))
}

/// Whether there is a minimum for each part, which it reaches.
fn reaches(parts: &BTreeMap<String, u32>, minimum: &BTreeMap<String, u32>) -> bool {
    parts.iter().all(|(name, number)| minimum.get(name).is_some_and(|least| number >= least))
}

/// The statuses of a TCB that a rule rates: from the minimum on that the rule names, if it names
/// one for each part, a platform without a rating is up to date. None if the rule changes nothing.
fn rating(rule: &Rule, facts: &Facts) -> Option<Value> {
    let Some(Value::Numbers(parts)) = facts.get(&MIN_TCB) else { return None };
    let Some(Value::Statuses(statuses)) = facts.get(&TCB_STATUS) else { return None };
    let is_met = |value: &Value| match value {
        Value::Numbers(minimum) => reaches(parts, minimum),
        _ => false,
    };
    let mut statuses = statuses.clone();
    if !rule.admitted(&MIN_TCB).iter().any(is_met) || !statuses.remove(&TcbStatus::Unrated) {
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
        let expected = self.test.describe(self.attribute.kind, self.found.as_deref());
        let default = if self.default { " (default)" } else { "" };
        format!("{expected}{}{default}", self.also)
    }

    /// The values that were asked for, as a rule has them.
    pub(super) fn asked(&self) -> Vec<String> {
        match &*self.test {
            Test::AnyOf(values) if !self.default => values.iter().map(Value::to_string).collect(),
            _ => Vec::new(),
        }
    }

    /// The found value. Of a list of names with values, only the names that are in
    /// [`Finding::expected`].
    pub(super) fn actual(&self) -> String {
        let Some(found) = self.found.as_deref() else {
            return if self.admits.is_empty() { "nothing".into() } else { self.admits.clone() };
        };
        let shown = match &*self.test {
            Test::AnyOf(values) if !values.is_empty() => {
                let asked = |value: &Value| match self.holds {
                    true => value.names_in(found),
                    false => value.unmatched(Some(found)).names_in(found),
                };
                let shown: BTreeSet<String> =
                    values.iter().map(|value| asked(value).to_string()).collect();
                shown.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(",")
            }
            _ => found.to_string(),
        };
        if shown.is_empty() { "nothing".into() } else { shown }
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
            let rule = Rule::from(rule.clone());
            Part::of(PartName::Main, slice::from_ref(&rule), actual).holds()
        };
        let rule = facts("", 32);
        for enclave in ["SGX_DCAP", "SGX_EPID", "HyperEnclave", "Kunpeng"] {
            assert!(admits(&rule, &facts(enclave, 32)), "{enclave}");
        }
        let realm = facts("ARM_CCA", 32);
        assert!(!admits(&rule, &realm));
        let rule = Rule::from(rule);
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
            let policy = Rule::from(policy);
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
        let policy = Rule::from(facts("snp=9,microcode=1", "0=AB12,4=00,5=00", "vbios=1"));
        let part = Part::of(PartName::Main, slice::from_ref(&policy), &actual);
        let found: Vec<_> = part.findings(&policy).map(|finding| finding.actual()).collect();
        assert_eq!(found, ["snp=8", "4=CD34", "nothing"]);
        // Nor what matches beside what does not.
        let asked: Vec<_> = part.findings(&policy).map(|finding| finding.expected()).collect();
        assert_eq!(asked, ["at least snp=9", "4=00,5=00", "vbios=1"]);
    }
}
