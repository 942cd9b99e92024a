//! A rule: conditions, all of which have to hold.
//!
//! A condition is a predicate: a test of the values of an attribute. The values are those of an
//! attester, or those that a stored rule admits: a test holds if it does for each of them.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::RangeInclusive;
use std::time::Duration;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::attributes::facts::Facts;
use crate::attributes::kind::Kind;
use crate::attributes::table::{Attribute, MIN_TCB, TCB_STATUS};
use crate::attributes::value::Value;
use crate::collateral::SnpTcb;
use crate::tcb::TcbStatus;

/// Conditions, all of which have to hold.
#[derive(Debug, Clone, Default)]
pub(super) struct Rule {
    /// What denials call it; empty for its place.
    pub(super) name: String,
    pub(super) predicates: Vec<Predicate>,
    /// How long a platform that is out of date is judged as if it were not.
    pub(super) grace: Option<Grace>,
}

/// A test of an attribute.
#[derive(Debug, Clone)]
pub(super) struct Predicate {
    pub(super) attribute: &'static Attribute,
    pub(super) test: Test,
}

/// Which values of an attribute a rule accepts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Test {
    /// One of these values, as its kind matches them.
    AnyOf(Vec<Value>),
    /// None of these values.
    NoneOf(Vec<Value>, Absent),
    /// A time before this one.
    Before(OffsetDateTime),
    /// One of these numbers.
    Within(RangeInclusive<u32>),
    /// One of the values of these named lists.
    InLists(Vec<String>),
    /// None of the values of these named lists.
    InNoList(Vec<String>, Absent),
    /// What an entry of these named sets of measurements asks for.
    InSets(Vec<String>),
}

/// What a rule that excludes values makes of an attester that lacks the attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Absent {
    Fails,
    Passes,
}

/// How long a platform is admitted that is out of date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Grace {
    Until(OffsetDateTime),
    /// From the date on since which it is out of date.
    For(Duration),
}

impl From<Facts> for Rule {
    /// Asks for everything that is known.
    fn from(facts: Facts) -> Self {
        let predicates = facts
            .into_iter()
            .map(|(attribute, value)| Predicate { attribute, test: Test::AnyOf(vec![value]) });
        Self { predicates: predicates.collect(), ..Self::default() }
    }
}

impl Rule {
    /// Asks for one thing.
    pub(super) fn of(predicate: Predicate) -> Self {
        Self { predicates: vec![predicate], ..Self::default() }
    }

    /// The values of an attribute that the rule admits; empty where it does not say.
    pub(super) fn admitted(&self, attribute: &Attribute) -> &[Value] {
        let values = self.predicates.iter().find_map(|predicate| match &predicate.test {
            Test::AnyOf(values) if predicate.attribute.is(attribute) => Some(values.as_slice()),
            _ => None,
        });
        values.unwrap_or_default()
    }

    /// Whether the rule says which values of an attribute it admits. What it excludes leaves the
    /// default in force.
    pub(super) fn says(&self, attribute: &Attribute) -> bool {
        !self.admitted(attribute).is_empty()
    }

    /// What the rule asks of an attribute.
    pub(super) fn tests<'a>(&'a self, attribute: &'a Attribute) -> impl Iterator<Item = &'a Test> {
        let of = |predicate: &&Predicate| predicate.attribute.is(attribute);
        self.predicates.iter().filter(of).map(|predicate| &predicate.test)
    }

    /// Whether the rule admits the values of named lists only.
    pub(super) fn lists(&self, attribute: &Attribute) -> bool {
        self.tests(attribute).any(|test| matches!(test, Test::InLists(_)))
    }

    /// Whether the rule admits the entries of named sets of measurements only.
    pub(super) fn is_in_set(&self) -> bool {
        self.predicates.iter().any(|predicate| matches!(predicate.test, Test::InSets(_)))
    }

    /// The minima from which on the rule rates an `Unrated` platform: those for every part of one.
    /// None if it excludes such platforms.
    pub(super) fn ratings(&self) -> impl Iterator<Item = &BTreeMap<String, u32>> {
        let excluded = self.tests(&TCB_STATUS).any(|test| match test {
            Test::NoneOf(values, _) => values.iter().any(has_unrated),
            _ => false,
        });
        let minima = self.admitted(&MIN_TCB).iter().filter(move |_| !excluded);
        minima.filter_map(|value| match value {
            Value::Numbers(least) if SnpTcb::PARTS.iter().all(|it| least.contains_key(*it)) => {
                Some(least)
            }
            _ => None,
        })
    }

    /// A value that the rule admits, with the statuses that it excuses by a grace or by a rating.
    fn with_excused<'a>(&self, value: &'a Value) -> Cow<'a, Value> {
        let Value::Statuses(admitted) = value else { return Cow::Borrowed(value) };
        let mut statuses = admitted.clone();
        if self.grace.is_some() {
            let old = TcbStatus::ALL.into_iter().filter(|it| admitted.contains(&it.excused()));
            statuses.extend(old);
        }
        if self.ratings().next().is_some() {
            statuses.insert(TcbStatus::Unrated);
        }
        Cow::Owned(Value::Statuses(statuses))
    }

    /// Whether an attester that meets this rule meets the test, too.
    pub(super) fn implies(&self, attribute: &Attribute, test: &Test) -> bool {
        let kind = attribute.kind;
        let each = |values: &[Value]| {
            !values.is_empty() && values.iter().all(|value| test.holds(kind, Some(value)))
        };
        let implied = |own: &Test| match (own, test) {
            (Test::AnyOf(values), Test::NoneOf(excluded, _)) => {
                let free = |value: &Value| {
                    let value = self.with_excused(value);
                    !excluded.iter().any(|it| kind.may_be_excluded(it, &value))
                };
                !values.is_empty() && values.iter().all(free)
            }
            (Test::AnyOf(values), _) => each(values),
            (Test::NoneOf(own, own_absent), Test::NoneOf(wanted, absent)) => {
                (own_absent == absent || *own_absent == Absent::Fails)
                    && wanted.iter().all(|value| own.contains(value))
            }
            (Test::Before(own), Test::Before(wanted)) => own <= wanted,
            (Test::Within(own), Test::Within(wanted)) => {
                wanted.contains(own.start()) && wanted.contains(own.end())
            }
            (Test::InLists(own), Test::InLists(wanted))
            | (Test::InSets(own), Test::InSets(wanted)) => {
                own.iter().all(|list| wanted.contains(list))
            }
            (Test::InNoList(own, own_absent), Test::InNoList(wanted, absent)) => {
                (own_absent == absent || *own_absent == Absent::Fails)
                    && wanted.iter().all(|list| own.contains(list))
            }
            _ => false,
        };
        // A declaration is no property of an attester.
        let declared = kind == Kind::Declared && self.tests(attribute).next().is_none();
        declared || self.tests(attribute).any(implied)
    }
}

impl Test {
    /// The named lists that it refers to.
    pub(super) fn lists(&self) -> &[String] {
        match self {
            Self::InLists(names) | Self::InNoList(names, _) | Self::InSets(names) => names,
            Self::AnyOf(_) | Self::NoneOf(..) | Self::Before(_) | Self::Within(_) => &[],
        }
    }

    /// Whether the value of an attribute, `None` if it has none, passes the test. A test that refers to a
    /// named list never holds here: [`NamedLists`](super::listed::NamedLists) judges it.
    pub(super) fn holds(&self, kind: Kind, actual: Option<&Value>) -> bool {
        match (self, actual) {
            (Self::AnyOf(values), actual) => values.iter().any(|value| kind.admits(value, actual)),
            (Self::NoneOf(_, absent), None) => *absent == Absent::Passes,
            (Self::NoneOf(values, absent), Some(actual)) => values.iter().all(|value| {
                !kind.is_excluded(value, actual)
                    && (*absent == Absent::Passes || !Kind::lacks(value, actual))
            }),
            (Self::Before(limit), Some(Value::Time(now))) => now < limit,
            (Self::Within(numbers), Some(Value::Number(number))) => numbers.contains(number),
            (Self::Before(_) | Self::Within(_), _) => false,
            (Self::InLists(_) | Self::InNoList(..) | Self::InSets(_), _) => false,
        }
    }

    /// What it asks for, in words; of names with values those that a value lacks or that differ.
    pub(super) fn describe(&self, kind: Kind, actual: Option<&Value>) -> String {
        match self {
            Self::AnyOf(values) => {
                let words = |value: &Value| match self.holds(kind, actual) {
                    true => kind.describe(value),
                    false => kind.describe(&value.unmatched(actual)),
                };
                values.iter().map(words).collect::<Vec<_>>().join(" or ")
            }
            Self::NoneOf(values, absent) => {
                let values: Vec<String> = values.iter().map(ToString::to_string).collect();
                let or_nothing = if *absent == Absent::Passes { ", or nothing" } else { "" };
                format!("none of {}{or_nothing}", values.join(", "))
            }
            Self::InLists(names) => format!("one of list {}", names.join(" or ")),
            Self::InNoList(names, absent) => {
                let or_nothing = if *absent == Absent::Passes { ", or nothing" } else { "" };
                format!("none of list {}{or_nothing}", names.join(" or "))
            }
            Self::InSets(names) => format!("an entry of set {}", names.join(" or ")),
            Self::Before(limit) => format!("before {}", Value::Time(*limit)),
            Self::Within(numbers) => match (numbers.start(), numbers.end()) {
                (least, most) if least == most => least.to_string(),
                (least, &u32::MAX) => format!("at least {least}"),
                (least, most) => format!("{least} to {most}"),
            },
        }
    }
}

impl Grace {
    /// Whether it lasts at `now`, for a platform that is out of date since `since`.
    pub(super) fn lasts(self, since: Option<&Value>, now: Option<OffsetDateTime>) -> bool {
        let end = match (self, since) {
            (Self::Until(end), _) => Some(end),
            (Self::For(length), Some(Value::Time(since))) => {
                time::Duration::try_from(length).ok().and_then(|length| since.checked_add(length))
            }
            (Self::For(_), _) => None,
        };
        matches!((now, end), (Some(now), Some(end)) if now < end)
    }

    /// Whether it never lasts longer than the other.
    pub(super) fn is_within(self, other: Self) -> bool {
        match (self, other) {
            (Self::Until(end), Self::Until(other)) => end <= other,
            (Self::For(length), Self::For(other)) => length <= other,
            (Self::Until(_), Self::For(_)) | (Self::For(_), Self::Until(_)) => false,
        }
    }
}

impl fmt::Display for Grace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Until(end) => {
                write!(f, "OutOfDate until {}", end.format(&Rfc3339).map_err(|_| fmt::Error)?)
            }
            Self::For(length) => {
                let seconds = length.as_secs();
                match seconds % DAY {
                    0 => write!(f, "OutOfDate for {} days", seconds / DAY),
                    _ => write!(f, "OutOfDate for {seconds} seconds"),
                }
            }
        }
    }
}

/// Whether `Unrated` is among the TCB statuses of a value.
pub(super) fn has_unrated(value: &Value) -> bool {
    match value {
        Value::Statuses(statuses) => statuses.contains(&TcbStatus::Unrated),
        _ => false,
    }
}

/// Characters of the name of a rule.
const NAME: usize = 64;

/// Whether a text can be the name of a rule, or of an entry of a set: or is empty.
pub(super) fn is_name(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    text.len() <= NAME && text.chars().all(plain)
}

/// The time of milliseconds since 1970.
pub(super) fn moment(ms: i64) -> Option<OffsetDateTime> {
    let nanoseconds = i128::from(ms).checked_mul(1_000_000)?;
    OffsetDateTime::from_unix_timestamp_nanos(nanoseconds).ok()
}

/// Seconds.
const DAY: u64 = 24 * 60 * 60;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    /// A text of the kind, and one that differs from it.
    fn text(kind: Kind) -> BoxedStrategy<String> {
        let version = || "[0-9]{1,2}(\\.[0-9]{1,2}){0,2}(-rc)?";
        match kind {
            Kind::Boolean => "true|false|1|0".boxed(),
            Kind::ProductId => "0{0,2}[0-9]{1,2}".boxed(),
            Kind::PrivilegeLevel => "[0-3]".boxed(),
            Kind::TcbStatus => "UpToDate|OutOfDate|UpToDate,SWHardeningNeeded".boxed(),
            Kind::Items => "SA-[12](,SA-[34])?".boxed(),
            Kind::Registers | Kind::Events => "[0-2]=(AA|bb)(,[3-4]=(AA|cc))?".boxed(),
            Kind::Flags => "ecc=(true|false)(,smt=(true|false))?".boxed(),
            Kind::Versions => version().prop_map(|it| format!("driver={it}")).boxed(),
            Kind::Platform | Kind::Word => "[ab]{1,2}".boxed(),
            _ => "([aA][bB]|00){1,2}".boxed(),
        }
    }

    const EXCLUDING: [Kind; 15] = [
        Kind::Platform,
        Kind::Word,
        Kind::PrivilegeLevel,
        Kind::Hex,
        Kind::HexOf(1),
        Kind::Measurement,
        Kind::Register,
        Kind::ProductId,
        Kind::Boolean,
        Kind::Data,
        Kind::TcbStatus,
        Kind::Items,
        Kind::Registers,
        Kind::Versions,
        Kind::Flags,
    ];

    fn case() -> impl Strategy<Value = (Kind, Vec<String>, String)> {
        (0..EXCLUDING.len()).prop_flat_map(|i| {
            let kind = EXCLUDING[i];
            (Just(kind), prop::collection::vec(text(kind), 1..4), text(kind))
        })
    }

    proptest! {
        /// An excluded list admits nothing that is in the list, whatever else it has.
        #[test]
        fn what_a_list_has_its_exclusion_never_admits((kind, listed, actual) in case()) {
            let read = |text: &String| kind.parse(text).unwrap();
            let values: Vec<Value> = listed.iter().map(read).collect();
            let found = read(&actual);
            let any = Test::AnyOf(values.clone());
            for absent in [Absent::Fails, Absent::Passes] {
                let none = Test::NoneOf(values.clone(), absent);
                // One item of a list that is excluded is enough.
                let shared = match &found {
                    Value::Items(found) => values.iter().any(|value| match value {
                        Value::Items(items) => !items.is_disjoint(found),
                        _ => false,
                    }),
                    Value::Statuses(found) => values.iter().any(|value| match value {
                        Value::Statuses(statuses) => !statuses.is_disjoint(found),
                        _ => false,
                    }),
                    _ => any.holds(kind, Some(&found)),
                };
                prop_assert!(!(shared && none.holds(kind, Some(&found))), "{kind:?}");
                prop_assert!(!values.iter().any(|value| none.holds(kind, Some(value))), "itself");
                prop_assert_eq!(none.holds(kind, None), absent == Absent::Passes);
            }
            prop_assert!(!any.holds(kind, None));
        }

        /// A version that cannot be compared with an excluded limit is excluded.
        #[test]
        fn what_cannot_be_compared_is_excluded(limit in "(<|<=|>|>=)[0-9]{1,3}", suffix in "[a-z]") {
            let read = |text: &str| Kind::Versions.parse(text).unwrap();
            let none = Test::NoneOf(vec![read(&format!("driver={limit}"))], Absent::Passes);
            let found = read(&format!("driver=1.{suffix}"));
            prop_assert!(!none.holds(Kind::Versions, Some(&found)));
        }
    }

    #[test]
    fn every_kind_is_excluded_or_refused() {
        let tried = |kind: Kind| EXCLUDING.contains(&kind) || kind == Kind::PublicKey;
        let left: BTreeSet<_> = Attribute::all()
            .filter(|attribute| attribute.kind.can_exclude())
            .filter(|attribute| !tried(attribute.kind) && !matches!(attribute.kind, Kind::HexOf(_)))
            .map(|attribute| attribute.name)
            .collect();
        assert_eq!(left, BTreeSet::from(["str_event_log"]), "as registers");
    }

    #[test]
    fn grace_lasts_for_a_time_from_a_date_on() {
        let at = |seconds: i64| OffsetDateTime::from_unix_timestamp(seconds).unwrap();
        let since = Value::Time(at(1000));
        let grace = Grace::For(Duration::from_secs(10));
        for (now, lasts) in [(999, true), (1009, true), (1010, false), (5000, false)] {
            assert_eq!(grace.lasts(Some(&since), Some(at(now))), lasts, "{now}");
            assert_eq!(Grace::Until(at(1010)).lasts(None, Some(at(now))), lasts, "{now}");
        }
        assert!(!grace.lasts(None, Some(at(0))), "nothing to count from");
        assert!(!grace.lasts(Some(&since), None), "no time");
        let endless = Grace::For(Duration::from_secs(u64::MAX));
        assert!(!endless.lasts(Some(&since), Some(at(0))), "no such time");
    }

    #[test]
    fn a_name_that_is_absent_fails() {
        let read = |text: &str| Kind::Versions.parse(text).unwrap();
        let excluded = vec![read("driver=1,vbios=2")];
        let found = read("driver=3");
        assert!(!Test::NoneOf(excluded.clone(), Absent::Fails).holds(Kind::Versions, Some(&found)));
        assert!(Test::NoneOf(excluded, Absent::Passes).holds(Kind::Versions, Some(&found)));
    }
}
