//! Single flight: of all who want an item at once, one fetches it and the others wait.
//!
//! Invariant: a flight always lands. Its leader holds a [`Lead`], and dropping that wakes all
//! who wait, with an error if there is nothing better.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use parking_lot::{Condvar, Mutex};

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
        let mut by_item = self.by_item.lock();
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
        let mut outcome = self.outcome.lock();
        self.landed.wait_while_until(&mut outcome, |outcome| outcome.is_none(), deadline);
        outcome.clone().unwrap_or(Err(Failure::BrokenOff))
    }
}

impl Lead {
    /// Tells everybody.
    pub(super) fn land(self, outcome: Outcome) {
        *self.flight.outcome.lock() = Some(outcome);
    }
}

impl Drop for Lead {
    fn drop(&mut self) {
        self.flights.by_item.lock().remove(&self.item);
        self.flight.outcome.lock().get_or_insert(Err(Failure::BrokenOff));
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
        let mut free = self.free.lock();
        self.freed.wait_while_until(&mut free, |free| *free == 0, deadline);
        *free = free.checked_sub(1)?;
        Some(Place(self))
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        *self.0.free.lock() += 1;
        self.0.freed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use std::thread;
    use std::time::Duration;

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
