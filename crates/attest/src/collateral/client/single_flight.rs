//! Single flight: of all who want an item at once, one fetches it and the others wait.
//!
//! Invariant: a flight always lands. Its leader holds a [`Lead`], and dropping that wakes all
//! who wait, with an error if there is nothing better.

use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::failure::Failure;
use crate::collateral::{CollateralEntry, CollateralItem};

type Outcome = Result<CollateralEntry, Failure>;

/// The flights that are under way.
#[derive(Default)]
pub(super) struct Flights {
    by_item: Mutex<HashMap<CollateralItem, Arc<Flight>>>,
}

#[derive(Default)]
pub(super) struct Flight {
    outcome: Mutex<Option<Outcome>>,
    landed: Condvar,
}

/// What to do for an item.
pub(super) enum Role {
    /// Fetch it.
    Lead(Lead),
    /// Wait for who fetches it.
    Wait(Arc<Flight>),
}

/// The duty to fetch an item.
pub(super) struct Lead {
    flights: Arc<Flights>,
    item: CollateralItem,
    flight: Arc<Flight>,
}

impl Flights {
    /// Joins the flight for an item, or starts it.
    pub(super) fn join(self: &Arc<Self>, item: &CollateralItem) -> Role {
        let mut by_item = lock(&self.by_item);
        if let Some(flight) = by_item.get(item) {
            return Role::Wait(Arc::clone(flight));
        }
        let flight = Arc::new(Flight::default());
        by_item.insert(item.clone(), Arc::clone(&flight));
        Role::Lead(Lead { flights: Arc::clone(self), item: item.clone(), flight })
    }
}

impl Flight {
    /// Waits for the landing, at most until the deadline.
    pub(super) fn wait(&self, deadline: Instant) -> Outcome {
        let mut outcome = lock(&self.outcome);
        loop {
            if let Some(outcome) = &*outcome {
                return outcome.clone();
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(Failure::BrokenOff);
            }
            let waited = self.landed.wait_timeout(outcome, left);
            outcome = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl Lead {
    /// Tells everybody.
    pub(super) fn land(self, outcome: Outcome) {
        *lock(&self.flight.outcome) = Some(outcome);
    }
}

impl Drop for Lead {
    fn drop(&mut self) {
        lock(&self.flights.by_item).remove(&self.item);
        lock(&self.flight.outcome).get_or_insert(Err(Failure::BrokenOff));
        self.flight.landed.notify_all();
    }
}

/// Limits how many run at once.
pub(super) struct Gate {
    free: Mutex<usize>,
    freed: Condvar,
}

/// A place behind the gate.
pub(super) struct Place<'a>(&'a Gate);

impl Gate {
    pub(super) fn new(places: usize) -> Self {
        Self { free: Mutex::new(places), freed: Condvar::new() }
    }

    /// Waits for a place, at most until the deadline.
    pub(super) fn enter(&self, deadline: Instant) -> Option<Place<'_>> {
        let mut free = lock(&self.free);
        loop {
            if let Some(left) = free.checked_sub(1) {
                *free = left;
                return Some(Place(self));
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left == Duration::ZERO {
                return None;
            }
            free = self.freed.wait_timeout(free, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        *lock(&self.0.free) += 1;
        self.0.freed.notify_one();
    }
}

/// What is locked here is consistent between any two statements that could panic.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    const LONG: Duration = Duration::from_secs(30);

    fn item() -> CollateralItem {
        CollateralItem::HygonHskCek { chip_id: "A1".into() }
    }

    #[test]
    fn a_lead_that_panics_wakes_who_waits() {
        let flights = Arc::new(Flights::default());
        let Role::Lead(lead) = flights.join(&item()) else { panic!("somebody else leads") };
        let Role::Wait(flight) = flights.join(&item()) else { panic!("two lead") };
        let leader = thread::spawn(move || {
            let _lead = lead;
            panic!("on purpose");
        });
        let outcome = flight.wait(Instant::now() + LONG);
        assert!(matches!(outcome, Err(Failure::BrokenOff)), "{outcome:?}");
        assert!(leader.join().is_err());
        assert!(matches!(flights.join(&item()), Role::Lead(_)), "the next one leads");
    }

    #[test]
    fn nobody_waits_for_ever() {
        let flights = Arc::new(Flights::default());
        let _lead = flights.join(&item());
        let Role::Wait(flight) = flights.join(&item()) else { panic!("two lead") };
        assert!(flight.wait(Instant::now() + Duration::from_millis(10)).is_err());

        let gate = Gate::new(1);
        let place = gate.enter(Instant::now());
        assert!(place.is_some());
        assert!(gate.enter(Instant::now() + Duration::from_millis(10)).is_none());
        drop(place);
        assert!(gate.enter(Instant::now()).is_some());
    }
}
