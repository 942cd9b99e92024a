//! Which counters were used: requests may arrive out of order.
//!
//! As in RFC 6479: a ring of bits, each of which stands for one of the latest counters.

/// How far behind the highest counter a request may be: one of the latest 1,024 counters.
pub const WINDOW: u64 = 1024;

/// The counters that were used, as far back as [`WINDOW`]. Counters begin at 1.
#[derive(Debug, Default)]
pub(super) struct Window {
    highest: u64,
    used: [u64; (WINDOW / 64) as usize],
}

impl Window {
    /// Uses a counter. False if it was used before, or is too far behind to tell.
    pub(super) fn take(&mut self, counter: u64) -> bool {
        let too_old = self.highest.checked_sub(counter).is_some_and(|behind| behind >= WINDOW);
        if counter == 0 || too_old {
            return false;
        }
        if counter > self.highest {
            // The places of the counters in between had others before.
            let first = (self.highest + 1).max(counter.saturating_sub(WINDOW - 1));
            for newer in first..=counter {
                if let Some((bits, bit)) = self.place(newer) {
                    *bits &= !bit;
                }
            }
            self.highest = counter;
        }
        let Some((bits, bit)) = self.place(counter) else { return false };
        let is_new = *bits & bit == 0;
        *bits |= bit;
        is_new
    }

    fn place(&mut self, counter: u64) -> Option<(&mut u64, u64)> {
        let word = usize::try_from(counter % WINDOW / 64).ok()?;
        Some((self.used.get_mut(word)?, 1 << (counter % 64)))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn each_counter_is_taken_once_in_any_order() {
        let mut window = Window::default();
        assert!(!window.take(0), "counters begin at 1");
        for counter in [1, 3, 2, 1024, 4] {
            assert!(window.take(counter), "{counter}");
            assert!(!window.take(counter), "{counter}");
        }
        // 1025 is the highest then: 1 is used, 2 is the oldest that could still be told.
        assert!(window.take(1025));
        assert!(!window.take(1) && !window.take(2) && window.take(5));
        assert!(window.take(1030));
        assert!(!window.take(6), "1,024 behind the highest");
        assert!(window.take(7), "1,023 behind the highest");
        assert!(!window.take(7));
    }

    #[test]
    fn a_leap_forgets_what_is_too_old_and_nothing_else() {
        for leap in [WINDOW - 1, WINDOW, WINDOW + 1, 1 << 40] {
            let mut window = Window::default();
            (1..=10).for_each(|counter| assert!(window.take(counter)));
            assert!(window.take(10 + leap));
            assert!(!window.take(10 + leap) && !window.take(10), "{leap}");
            let oldest = 10 + leap + 1 - WINDOW;
            assert_eq!(window.take(oldest), oldest > 10, "{leap}");
            assert!(!window.take(oldest - 1), "{leap}");
        }
    }

    #[test]
    fn the_last_counter_does_not_overflow() {
        let mut window = Window::default();
        assert!(window.take(u64::MAX));
        assert!(!window.take(u64::MAX) && !window.take(1));
        assert!(window.take(u64::MAX - WINDOW + 1));
        assert!(!window.take(u64::MAX - WINDOW));
    }

    proptest! {
        /// Against a set that forgets nothing.
        #[test]
        fn as_a_set_of_all_counters(
            counters in prop::collection::vec(
                prop_oneof![1_u64..3000, 1_u64..100_000, Just(u64::MAX)], 0..2000)
        ) {
            let (mut window, mut all) = (Window::default(), BTreeSet::new());
            for counter in counters {
                let highest = all.last().copied().unwrap_or(0_u64);
                let recent = highest.saturating_sub(counter) < WINDOW;
                let expected = recent && all.insert(counter);
                prop_assert_eq!(window.take(counter), expected, "{} of {}", counter, highest);
            }
        }
    }
}
