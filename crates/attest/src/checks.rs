//! The list of checks that evidence has passed.
//!
//! A platform's verifier states each comparison here, and the statement is the check: what does
//! not hold is refused on the spot, and what holds is on the list that operators are shown.

use std::borrow::Cow;
use std::fmt::Display;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::clock::{from_unix_seconds, rfc3339};
use crate::error::{Check, Endorsement, Error, Result, Source};
use crate::reference_values::ReferenceValues;
use crate::tcb::TcbGap;

/// A check that held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passed {
    /// What was checked.
    pub check: Check,
    /// What it was found to be; may be empty.
    pub detail: Cow<'static, str>,
}

/// Checks that held, in the order they were made, and the time in which all of them hold.
#[derive(Debug, Clone)]
pub(crate) struct Checks {
    passed: Vec<Passed>,
    from: SystemTime,
    until: SystemTime,
    /// The oldest of what its issuer renews all the time.
    oldest: Option<(Endorsement, SystemTime)>,
    /// The latest issue of what a vendor signs with the date of the day.
    issued: Option<SystemTime>,
    /// What keeps the platform from being up to date.
    gaps: Vec<TcbGap>,
    /// Whether measurements are those that the vendor publishes; none for platforms without.
    reference_values: Option<ReferenceValues>,
}

impl Checks {
    pub(crate) fn new() -> Self {
        Self {
            passed: Vec::new(),
            from: UNIX_EPOCH,
            until: from_unix_seconds(u64::MAX),
            oldest: None,
            issued: None,
            gaps: Vec::new(),
            reference_values: None,
        }
    }

    /// Puts a check on the list that was made elsewhere, for example by a library.
    pub(crate) fn passed(&mut self, check: Check, detail: impl Into<Cow<'static, str>>) {
        self.passed.push(Passed { check, detail: detail.into() });
    }

    /// Refuses unless the two are equal: [`Error::Mismatch`].
    pub(crate) fn equal<T: PartialEq + Display + ?Sized>(
        &mut self,
        check: Check,
        expected: &T,
        actual: &T,
    ) -> Result<()> {
        self.same(check, expected, actual, |value| value)
    }

    /// Refuses unless the bytes are equal: [`Error::Mismatch`], in upper case hexadecimal.
    pub(crate) fn equal_bytes(
        &mut self,
        check: Check,
        expected: &[u8],
        actual: &[u8],
    ) -> Result<()> {
        self.same(check, expected, actual, hex::encode_upper)
    }

    /// Refuses unless the two are equal: [`Error::Mismatch`], with the text of each.
    pub(crate) fn same<T: PartialEq, D: Display>(
        &mut self,
        check: Check,
        expected: T,
        actual: T,
        text: impl Fn(T) -> D,
    ) -> Result<()> {
        let is_same = expected == actual;
        self.requires(check, is_same, text(expected), text(actual))
    }

    /// Refuses unless the condition holds: [`Error::Mismatch`] with these texts. The list gets the
    /// second.
    pub(crate) fn requires(
        &mut self,
        check: Check,
        condition: bool,
        expected: impl Display,
        actual: impl Display,
    ) -> Result<()> {
        let actual = actual.to_string();
        if !condition {
            return Err(Error::Mismatch { check, expected: expected.to_string(), actual });
        }
        self.passed(check, actual);
        Ok(())
    }

    /// Refuses what did not hold, such as a signature: [`Error::Untrusted`].
    pub(crate) fn holds<E: Into<Source>>(
        &mut self,
        check: Check,
        outcome: Result<(), E>,
    ) -> Result<()> {
        outcome.map_err(|error| Error::untrusted(check, error))?;
        self.passed(check, "");
        Ok(())
    }

    /// Refuses what is used outside its dates, both of which are inside:
    /// [`Error::NotYetValid`], [`Error::Expired`].
    pub(crate) fn valid(
        &mut self,
        what: Endorsement,
        from: SystemTime,
        until: SystemTime,
        now: SystemTime,
    ) -> Result<()> {
        if now < from {
            return Err(Error::NotYetValid { what, from, now });
        }
        if now > until {
            return Err(Error::Expired { what, at: until, now });
        }
        self.narrow(from, until);
        let detail = format!("{what}: {} to {}", rfc3339(from), rfc3339(until));
        self.passed(Check::VALIDITY, detail);
        Ok(())
    }

    /// As [`Checks::valid`], for several things of one kind: the dates in errors are those between
    /// which all of them are valid.
    pub(crate) fn all_valid(
        &mut self,
        what: Endorsement,
        periods: impl IntoIterator<Item = (SystemTime, SystemTime)>,
        now: SystemTime,
    ) -> Result<()> {
        let common = periods
            .into_iter()
            .reduce(|(from, until), (start, end)| (from.max(start), until.min(end)));
        common.map_or(Ok(()), |(from, until)| self.valid(what, from, until, now))
    }

    /// As [`Checks::valid`], for what its issuer renews much more often than it expires: see
    /// [`Checks::younger_than`].
    pub(crate) fn renewed(
        &mut self,
        what: Endorsement,
        issued: SystemTime,
        until: SystemTime,
        now: SystemTime,
    ) -> Result<()> {
        self.valid(what, issued, until, now)?;
        if self.oldest.is_none_or(|(_, oldest)| issued < oldest) {
            self.oldest = Some((what, issued));
        }
        self.dated(issued);
        Ok(())
    }

    /// Notes the date of something that was issued on that day: collateral or a revocation list. A
    /// certificate's validity may begin on any day, and does not count.
    pub(crate) fn dated(&mut self, issued: SystemTime) {
        self.issued = self.issued.max(Some(issued));
    }

    /// The latest of the dates noted.
    pub(crate) fn issued(&self) -> Option<SystemTime> {
        self.issued
    }

    /// Refuses what could have been renewed and was issued longer ago: [`Error::TooOld`].
    pub(crate) fn younger_than(&mut self, max_age: Duration, now: SystemTime) -> Result<()> {
        let Some((what, issued)) = self.oldest else { return Ok(()) };
        let until = issued.checked_add(max_age).ok_or(Error::Clock)?;
        if now > until {
            return Err(Error::TooOld { what, issued, max_age, now });
        }
        self.narrow(issued, until);
        self.passed(Check::COLLATERAL_AGE, format!("{what}: of {}", rfc3339(issued)));
        Ok(())
    }

    /// Adds everything that held elsewhere.
    pub(crate) fn extend(&mut self, others: Self) {
        self.passed.extend(others.passed);
        self.narrow(others.from, others.until);
        if let Some((what, issued)) = others.oldest
            && self.oldest.is_none_or(|(_, oldest)| issued < oldest)
        {
            self.oldest = Some((what, issued));
        }
        self.issued = self.issued.max(others.issued);
        self.gaps.extend(others.gaps);
        self.reference_values = others.reference_values.or(self.reference_values.take());
    }

    /// Notes parts of the platform that are older than wanted; nothing if there is none.
    pub(crate) fn lacks(&mut self, gap: TcbGap) {
        if !gap.parts.is_empty() {
            self.gaps.push(gap);
        }
    }

    /// What keeps the platform from being up to date.
    pub(crate) fn gaps(&self) -> &[TcbGap] {
        &self.gaps
    }

    /// Notes how measurements compare with the vendor's.
    pub(crate) fn compared(&mut self, values: ReferenceValues) {
        self.reference_values = Some(values);
    }

    /// How measurements compare with the vendor's.
    pub(crate) fn reference_values(&self) -> Option<&ReferenceValues> {
        self.reference_values.as_ref()
    }

    /// Notes dates that somebody else compared.
    pub(crate) fn narrow(&mut self, from: SystemTime, until: SystemTime) {
        self.from = self.from.max(from);
        self.until = self.until.min(until);
    }

    /// The latest issue and the earliest expiry of everything that was used.
    pub(crate) fn window(&self) -> (SystemTime, SystemTime) {
        (self.from, self.until)
    }

    pub(crate) fn into_passed(self) -> Vec<Passed> {
        self.passed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLOUR: Check = Check::new("colour");
    const TICKET: Endorsement = Endorsement::new("ticket");

    #[test]
    fn what_holds_is_on_the_list() {
        let mut checks = Checks::new();
        checks.equal(COLOUR, "red", "red").unwrap();
        checks.equal_bytes(COLOUR, &[0xAB], &[0xAB]).unwrap();
        checks.holds(COLOUR, Ok::<_, Error>(())).unwrap();
        let details: Vec<_> =
            checks.into_passed().into_iter().map(|passed| passed.detail).collect();
        assert_eq!(details, ["red", "AB", ""]);
    }

    #[test]
    fn what_does_not_hold_is_refused_with_both_sides() {
        let mut checks = Checks::new();
        let error = checks.equal(COLOUR, "red", "blue").unwrap_err();
        assert_eq!(error.to_string(), "colour: expected red, found blue");
        let error = checks.equal_bytes(COLOUR, &[0xAB], &[0xCD]).unwrap_err();
        assert_eq!(error.to_string(), "colour: expected AB, found CD");
        let error = checks.holds(COLOUR, Err("faded")).unwrap_err();
        assert!(matches!(error, Error::Untrusted { check: COLOUR, .. }));
        assert!(checks.into_passed().is_empty());
    }

    #[test]
    fn the_oldest_that_is_renewed_must_not_be_too_old() {
        let at = from_unix_seconds;
        let mut checks = Checks::new();
        checks.valid(TICKET, at(1), at(100), at(30)).unwrap();
        checks.younger_than(Duration::ZERO, at(30)).unwrap();
        for issued in [20, 10, 15] {
            checks.renewed(TICKET, at(issued), at(100), at(30)).unwrap();
        }
        let error = checks.younger_than(Duration::from_secs(19), at(30)).unwrap_err();
        assert!(matches!(error, Error::TooOld { issued, .. } if issued == at(10)), "{error:?}");
        assert_eq!(checks.window(), (at(20), at(100)));
        assert_eq!(checks.issued(), Some(at(20)));
        checks.younger_than(Duration::from_secs(20), at(30)).unwrap();
        assert_eq!(checks.window(), (at(20), at(30)), "not remembered any longer");
    }

    #[test]
    fn what_held_elsewhere_counts_here() {
        let at = from_unix_seconds;
        let mut checks = Checks::new();
        checks.renewed(TICKET, at(20), at(100), at(30)).unwrap();
        for (issued, until) in [(10, 90), (25, 80)] {
            let mut others = Checks::new();
            others.renewed(TICKET, at(issued), at(until), at(30)).unwrap();
            checks.extend(others);
        }
        assert_eq!(checks.window(), (at(25), at(80)));
        assert_eq!(checks.issued(), Some(at(25)));
        let error = checks.younger_than(Duration::from_secs(15), at(30)).unwrap_err();
        assert!(matches!(error, Error::TooOld { issued, .. } if issued == at(10)), "{error:?}");
        assert_eq!(checks.into_passed().len(), 3);
    }

    #[test]
    fn both_dates_are_inside_and_the_window_narrows() {
        let at = from_unix_seconds;
        let mut checks = Checks::new();
        for now in [10, 20] {
            checks.valid(TICKET, at(10), at(20), at(now)).unwrap();
        }
        checks.valid(TICKET, at(5), at(15), at(12)).unwrap();
        assert_eq!(checks.window(), (at(10), at(15)));
        let early = checks.valid(TICKET, at(10), at(20), at(9)).unwrap_err();
        assert!(matches!(early, Error::NotYetValid { what: TICKET, .. }));
        let late = checks.valid(TICKET, at(10), at(20), at(21)).unwrap_err();
        assert!(matches!(late, Error::Expired { what: TICKET, .. }));
    }
}
