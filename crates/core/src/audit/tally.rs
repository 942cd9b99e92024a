//! Counting together what is alike, so that no caller can fill the log.
//!
//! The first of a kind is written at once. What follows within [`WINDOW_MS`] is counted, and one
//! entry tells how often. Memory and lines are bounded: an identity that is refused in very many
//! ways has them counted together, and so have very many identities.
//!
//! How long a window lasts is told by the time that the host cannot set: what is counted is in
//! memory only, and a clock that stands still would keep it there. The times in the entries are
//! claimed ones.

use std::collections::HashMap;

use super::AuditEntry;

/// How long like entries are counted together, in milliseconds.
pub(super) const WINDOW_MS: i64 = 5 * 60 * 1000;
/// How many kinds of refusals of one identity are told apart in a window.
const KINDS_PER_IDENTITY: usize = 16;
/// How many kinds are told apart in a window.
const KINDS: usize = 256;
/// How many bytes of releases an identity may write in [`BUDGET_MS`] before they are summarised.
const BUDGET_BYTES: usize = 1 << 20;
/// The time that budget is for, in milliseconds.
const BUDGET_MS: i64 = 60 * 60 * 1000;
/// How often releases beyond the budget are summarised, in milliseconds.
const SUMMARY_MS: i64 = 10 * 1000;
/// How many identities' budgets are remembered.
const IDENTITIES: usize = 16_384;

/// Who did it, as far as it is proven: a stranger has no identity, for its key costs nothing.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Identity(Option<String>);

impl Identity {
    fn of(entry: &AuditEntry) -> Self {
        Self(match (&entry.measurement, &entry.key_hash) {
            (Some(measurement), _) => {
                let (platform, signer) = (entry.platform.as_deref(), entry.signer.as_deref());
                let [platform, signer] = [platform, signer].map(Option::unwrap_or_default);
                Some(format!("{platform}/{measurement}/{signer}"))
            }
            // An administrator: the signature was verified with a registered key.
            (None, Some(key)) if entry.caller != "ta" => Some(key.clone()),
            _ => None,
        })
    }
}

/// What is the same in entries that are counted together.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Kind {
    function: String,
    result: String,
    identity: Option<Identity>,
    what: Option<[Option<String>; 3]>,
}

#[derive(Debug)]
struct Counted {
    entry: AuditEntry,
    /// When its window began, by the monotonic clock.
    since_ms: i64,
    count: u64,
    first_ms: i64,
    last_ms: i64,
}

impl Counted {
    fn new(entry: AuditEntry, since_ms: i64) -> Self {
        let now = entry.time_ms;
        Self { entry, since_ms, count: 0, first_ms: now, last_ms: now }
    }

    fn add(&mut self, entry: &AuditEntry) {
        if self.count == 0 {
            self.first_ms = entry.time_ms;
        }
        self.count = self.count.saturating_add(1);
        self.last_ms = entry.time_ms;
    }

    fn summary(self, now_ms: i64) -> Option<AuditEntry> {
        (self.count > 0).then_some(AuditEntry {
            time_ms: now_ms,
            count: Some(self.count),
            first_ms: Some(self.first_ms),
            last_ms: Some(self.last_ms),
            request: None,
            ..self.entry
        })
    }
}

/// What is counted at present.
#[derive(Debug, Default)]
pub(super) struct Tally {
    refusals: HashMap<Kind, Counted>,
    per_identity: HashMap<Identity, usize>,
    spent: HashMap<Identity, Spent>,
    releases: HashMap<Kind, Counted>,
}

#[derive(Debug, Clone, Copy)]
struct Spent {
    since_ms: i64,
    bytes: usize,
}

/// Whether `period_ms` have passed. In SGX also the monotonic clock is the host's, and may go back:
/// the windows are shorter then, never longer.
fn passed(since_ms: i64, at_ms: i64, period_ms: i64) -> bool {
    !(0..period_ms).contains(&at_ms.saturating_sub(since_ms))
}

impl Tally {
    /// Takes a refusal at `at_ms` of the monotonic clock: gives it back if it is to be written now.
    pub(super) fn refusal(&mut self, entry: AuditEntry, at_ms: i64) -> Option<AuditEntry> {
        let identity = Identity::of(&entry);
        let full = Kind {
            function: entry.function.to_string(),
            result: entry.result.clone(),
            identity: Some(identity.clone()),
            // A stranger chooses what it asks for, and what is wrong with its evidence.
            what: identity
                .0
                .is_some()
                .then(|| [entry.service.clone(), entry.object.clone(), entry.reason.clone()]),
        };
        let kinds = self.per_identity.get(&identity).copied().unwrap_or(0);
        let by_identity = Kind { what: None, ..full.clone() };
        let by_function = Kind { identity: None, ..by_identity.clone() };
        let kind = if self.refusals.contains_key(&full)
            || (self.refusals.len() < KINDS && kinds < KINDS_PER_IDENTITY)
        {
            full
        } else if self.refusals.contains_key(&by_identity) || self.refusals.len() < KINDS {
            by_identity
        } else {
            // As many as there are functions and error codes.
            by_function
        };
        if let Some(counted) = self.refusals.get_mut(&kind) {
            counted.add(&entry);
            return None;
        }
        let mut kept = entry.clone();
        if kind.what.is_none() {
            (kept.service, kept.object) = (None, None);
            kept.reason = Some("several objects or reasons; the first was written in full".into());
        }
        if kind.identity.is_none() || identity.0.is_none() {
            kept = AuditEntry {
                time_ms: kept.time_ms,
                function: kept.function,
                caller: kept.caller,
                result: kept.result,
                reason: kept.reason,
                ..AuditEntry::default()
            };
        }
        if let Some(identity) = &kind.identity {
            let kinds = self.per_identity.entry(identity.clone()).or_default();
            *kinds = kinds.saturating_add(1);
        }
        self.refusals.insert(kind, Counted::new(kept, at_ms));
        Some(entry)
    }

    /// Takes a release at `at_ms` of the monotonic clock: gives it back if it is to be written now.
    /// Beyond the budget of its identity the releases of one version of a secret under one version
    /// of its policy are counted together.
    pub(super) fn release(&mut self, entry: AuditEntry, at_ms: i64) -> Option<AuditEntry> {
        let identity = Identity::of(&entry);
        if self.spent.len() >= IDENTITIES && !self.spent.contains_key(&identity) {
            self.spent.retain(|_, spent| !passed(spent.since_ms, at_ms, BUDGET_MS));
            if self.spent.len() >= IDENTITIES {
                // With so many admitted identities within the hour, each release is written in full.
                return Some(entry);
            }
        }
        let fresh = Spent { since_ms: at_ms, bytes: 0 };
        // Almost always it is there, and needs no name of its own.
        if !self.spent.contains_key(&identity) {
            self.spent.insert(identity.clone(), fresh);
        }
        let Some(spent) = self.spent.get_mut(&identity) else { return Some(entry) };
        if passed(spent.since_ms, at_ms, BUDGET_MS) {
            *spent = fresh;
        }
        if spent.bytes < BUDGET_BYTES {
            spent.bytes = spent.bytes.saturating_add(entry.size());
            return Some(entry);
        }
        let versions = format!("{:?}, {:?}", entry.version, entry.policy_version);
        let kind = Kind {
            function: entry.function.to_string(),
            result: entry.result.clone(),
            identity: Some(identity),
            what: Some([entry.service.clone(), entry.object.clone(), Some(versions)]),
        };
        if let Some(counted) = self.releases.get_mut(&kind) {
            counted.add(&entry);
            return None;
        }
        if self.releases.len() >= KINDS {
            return Some(entry);
        }
        self.releases.insert(kind, Counted::new(entry.clone(), at_ms));
        Some(entry)
    }

    /// The summaries that are due at `at_ms` of the monotonic clock, as entries of `now_ms`; all of
    /// them at the end.
    pub(super) fn due(&mut self, now_ms: i64, at_ms: i64, end: bool) -> Vec<AuditEntry> {
        let mut due = Vec::new();
        for (counted, period) in [(&mut self.refusals, WINDOW_MS), (&mut self.releases, SUMMARY_MS)]
        {
            let is_due =
                |_: &Kind, counted: &mut Counted| end || passed(counted.since_ms, at_ms, period);
            due.extend(counted.extract_if(is_due).filter_map(|(_, c)| c.summary(now_ms)));
        }
        if self.refusals.is_empty() {
            self.per_identity.clear();
        } else {
            let open: Vec<_> = self.refusals.keys().filter_map(|k| k.identity.clone()).collect();
            self.per_identity.clear();
            for identity in open {
                let kinds = self.per_identity.entry(identity).or_default();
                *kinds = kinds.saturating_add(1);
            }
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(measurement: &str, object: &str, result: &str, time_ms: i64) -> AuditEntry {
        AuditEntry {
            time_ms,
            function: "TaGetSecret".into(),
            caller: "ta".into(),
            measurement: (!measurement.is_empty()).then(|| measurement.to_owned()),
            object: Some(object.to_owned()),
            result: result.to_owned(),
            ..AuditEntry::default()
        }
    }

    #[test]
    fn like_refusals_are_one_line_and_one_count() {
        let mut tally = Tally::default();
        assert!(tally.refusal(entry("AA", "s", "no", 1), 1).is_some());
        for time in 2..=10 {
            assert!(tally.refusal(entry("AA", "s", "no", time), time).is_none());
        }
        assert!(tally.refusal(entry("AA", "other", "no", 11), 11).is_some());
        assert_eq!(tally.due(7, WINDOW_MS, false), []);
        let due = tally.due(7, WINDOW_MS + 1, false);
        assert_eq!((due.len(), due[0].time_ms, due[0].count), (1, 7, Some(9)));
        assert_eq!((due[0].first_ms, due[0].last_ms), (Some(2), Some(10)));
        let next = tally.refusal(entry("AA", "s", "no", 12), WINDOW_MS + 2);
        assert!(next.is_some(), "a new window");
    }

    #[test]
    fn strangers_are_one_kind_whatever_they_say() {
        let mut tally = Tally::default();
        let written = (0..10_000)
            .filter(|n| tally.refusal(entry("", &format!("s{n}"), "no", *n), *n).is_some())
            .count();
        assert_eq!(written, 1);
    }

    #[test]
    fn lines_and_memory_of_refusals_are_bounded() {
        let mut tally = Tally::default();
        let mut written = 0;
        for n in 0..100_000 {
            let refused = entry(&format!("{:X}", n % 5000), &format!("s{n}"), "no", 0);
            written += usize::from(tally.refusal(refused, 0).is_some());
        }
        assert!(written <= KINDS + 1, "{written}");
        assert!(tally.refusals.len() <= KINDS + 1 && tally.per_identity.len() <= KINDS + 1);
        let one = (0..1000).filter(|n| {
            let mut tally_of_one = entry("AA", &format!("s{n}"), "no", 0);
            tally_of_one.function = "TaDestroySecret".into();
            tally.refusal(tally_of_one, 0).is_some()
        });
        assert!(one.count() <= 1, "no room is left for one that comes late");
        assert!(tally.due(0, 0, true).len() <= KINDS + 2);
        assert!(tally.refusals.is_empty() && tally.per_identity.is_empty());
    }

    #[test]
    fn releases_beyond_the_budget_are_summarised() {
        let mut tally = Tally::default();
        let mut written = |at: i64| tally.release(entry("AA", "s", "ok", at), at).is_some();
        let written = (0..10_000).filter(|at| written(*at)).count();
        assert!(written < 4000, "{written}");
        let others = tally.release(entry("BB", "s", "ok", 10_000), 10_000);
        assert!(others.is_some(), "others have their own");
        let updated = AuditEntry { policy_version: Some(2), ..entry("AA", "s", "ok", 10_000) };
        assert!(tally.release(updated, 10_000).is_some(), "another policy let it out");
        let due = tally.due(0, SUMMARY_MS * 2, false);
        assert_eq!(due.len(), 1);
        assert_eq!(usize::try_from(due[0].count.unwrap()).unwrap() + written, 10_000);
        let next = tally.release(entry("AA", "s", "ok", 0), BUDGET_MS);
        assert!(next.is_some(), "a new budget");
    }

    /// What is counted is in memory only: the host must not decide how long.
    #[test]
    fn windows_do_not_go_by_the_claimed_time() {
        let year = 365 * 24 * 3_600_000;
        for (before, claimed) in [(0, 0), (0, year), (year, 0), (-year, 0), (0, -year)] {
            let mut tally = Tally::default();
            let refused =
                |tally: &mut Tally, time, at| tally.refusal(entry("AA", "s", "no", time), at);
            let released = |tally: &mut Tally, time, at| {
                tally.release(entry("AA", "s", "ok", time), at).is_some()
            };
            assert!(refused(&mut tally, before, 0).is_some());
            assert!(refused(&mut tally, claimed, 1).is_none(), "one window: {claimed}");
            while released(&mut tally, before, 0) {}
            assert!(!released(&mut tally, claimed, 1), "one budget: {claimed}");

            assert_eq!(tally.due(claimed, SUMMARY_MS - 1, false), []);
            let due = tally.due(claimed, SUMMARY_MS, false);
            assert_eq!((due.len(), due[0].result.as_str(), due[0].time_ms), (1, "ok", claimed));
            let due = tally.due(claimed, WINDOW_MS, false);
            assert_eq!((due.len(), due[0].result.as_str()), (1, "no"));
            assert_eq!((due[0].first_ms, due[0].last_ms), (Some(claimed), Some(claimed)));
            assert!(released(&mut tally, claimed, BUDGET_MS), "a new budget: {claimed}");
        }
    }

    /// The monotonic clock of a host that lies also about that.
    #[test]
    fn a_clock_that_goes_back_ends_the_windows() {
        let mut tally = Tally::default();
        for _ in 0..2 {
            tally.refusal(entry("AA", "s", "no", 0), 1000);
        }
        assert_eq!(tally.due(0, 1000, false).len(), 0);
        assert_eq!(tally.due(0, 999, false).len(), 1);
    }
}
