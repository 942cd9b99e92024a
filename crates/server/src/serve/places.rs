//! Whose request is worked on next.
//!
//! Requests that are whole wait here for a place. A place goes to the origin that has the fewest,
//! so that one client with a thousand requests makes the others wait for one of them. Some places
//! are kept for administrators, and as many for everybody else.

use std::{collections::HashMap, sync::Arc};

use parking_lot::Mutex;
use tokio::sync::{Notify, oneshot};

use super::seats::Origin;

/// Requests that may wait; their bytes are bounded by the budget.
const MAX_WAITING: usize = 4096;
/// One of this number of places is kept for the other kind of caller.
const RESERVE: usize = 8;

/// What kind of caller a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Caller {
    Administrator,
    Other,
}

/// The places of a server.
#[derive(Debug)]
pub(super) struct Places {
    size: usize,
    state: Mutex<State>,
    released: Notify,
}

#[derive(Debug, Default)]
struct State {
    administrators: usize,
    others: usize,
    by_origin: HashMap<Origin, usize>,
    /// In the order of arrival.
    waiting: Vec<Waiter>,
}

#[derive(Debug)]
struct Waiter {
    caller: Caller,
    origin: Origin,
    turn: oneshot::Sender<Place>,
}

/// A place, free again when it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    places: Arc<Places>,
    caller: Caller,
    origin: Origin,
}

/// More requests wait than may.
#[derive(Debug)]
pub(super) struct QueueFull;

impl Places {
    pub(super) fn new(size: usize) -> Arc<Self> {
        Arc::new(Self { size, state: Mutex::default(), released: Notify::new() })
    }

    /// Waits for a place. To drop the future is free.
    pub(super) async fn take(
        self: &Arc<Self>,
        caller: Caller,
        origin: Origin,
    ) -> Result<Place, QueueFull> {
        let (turn, mut mine) = oneshot::channel();
        {
            let mut state = self.state.lock();
            state.waiting.retain(|waiter| !waiter.turn.is_closed());
            let own = state.waiting.iter().filter(|waiter| waiter.origin == origin).count();
            if state.waiting.len() >= MAX_WAITING || own >= MAX_WAITING / 2 {
                return Err(QueueFull);
            }
            state.waiting.push(Waiter { caller, origin, turn });
        }
        self.assign();
        (&mut mine).await.map_err(|_| QueueFull)
    }

    /// Ready when no request is in work.
    pub(super) async fn idle(&self) {
        loop {
            let released = self.released.notified();
            if self.state.lock().running() == 0 {
                return;
            }
            released.await;
        }
    }

    /// Gives free places to those who wait.
    fn assign(self: &Arc<Self>) {
        // Places of those who have just gone away are given back after the lock is.
        let mut returned = Vec::new();
        let mut state = self.state.lock();
        while let Some(Waiter { caller, origin, turn }) = state.next(self.size) {
            *state.of(caller) += 1;
            *state.by_origin.entry(origin).or_default() += 1;
            let place = Place { places: self.clone(), caller, origin };
            returned.extend(turn.send(place).err());
        }
        drop(state);
    }
}

impl State {
    fn running(&self) -> usize {
        self.administrators + self.others
    }

    fn of(&mut self, caller: Caller) -> &mut usize {
        match caller {
            Caller::Administrator => &mut self.administrators,
            Caller::Other => &mut self.others,
        }
    }

    /// Takes the first waiter of the origin that has the fewest places, if it may have one.
    fn next(&mut self, size: usize) -> Option<Waiter> {
        if self.running() >= size {
            return None;
        }
        let most = size - size / RESERVE;
        let may = |caller| match caller {
            Caller::Administrator => self.administrators < most,
            Caller::Other => self.others < most,
        };
        let waiting = self.waiting.iter().enumerate().filter(|(_, waiter)| may(waiter.caller));
        let places = |origin| self.by_origin.get(origin).copied().unwrap_or_default();
        let (index, _) = waiting.min_by_key(|(_, waiter)| places(&waiter.origin))?;
        Some(self.waiting.remove(index))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut state = self.places.state.lock();
        *state.of(self.caller) -= 1;
        if let Some(count) = state.by_origin.get_mut(&self.origin) {
            *count -= 1;
            if *count == 0 {
                state.by_origin.remove(&self.origin);
            }
        }
        drop(state);
        self.places.released.notify_waiters();
        self.places.assign();
    }
}

#[cfg(test)]
mod tests {
    use std::{net::IpAddr, time::Duration};

    use tokio::time::timeout;

    use super::*;

    fn origin(last: u8) -> Origin {
        Origin::Address(IpAddr::from([10, 0, 0, last]))
    }

    fn queue(
        places: &Arc<Places>,
        caller: Caller,
        from: u8,
    ) -> tokio::task::JoinHandle<Result<Place, QueueFull>> {
        let places = places.clone();
        tokio::spawn(async move { places.take(caller, origin(from)).await })
    }

    #[tokio::test(start_paused = true)]
    async fn h05_who_has_many_requests_waits_behind_who_has_one() {
        let places = Places::new(2);
        let many = [
            places.take(Caller::Other, origin(1)).await.unwrap(),
            places.take(Caller::Other, origin(1)).await.unwrap(),
        ];
        let mut more = queue(&places, Caller::Other, 1);
        tokio::task::yield_now().await;
        let one = queue(&places, Caller::Other, 2);
        tokio::task::yield_now().await;
        let [first, second] = many;
        drop(first);
        let one = one.await.unwrap().unwrap();
        assert!(timeout(Duration::from_millis(20), &mut more).await.is_err());
        drop((second, one));
        more.await.unwrap().unwrap();
        timeout(Duration::from_secs(20), places.idle()).await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn h05_administrators_have_a_reserve_and_so_has_everybody_else() {
        let (both, short) = ([Caller::Administrator, Caller::Other], Duration::from_millis(20));
        for (many, one) in [(both[0], both[1]), (both[1], both[0])] {
            let places = Places::new(8);
            let mut taken = Vec::new();
            for _ in 0..7 {
                taken.push(places.take(many, origin(1)).await.unwrap());
            }
            assert!(timeout(short, places.take(many, origin(2))).await.is_err());
            let kept = places.take(one, origin(1)).await.unwrap();
            assert!(timeout(short, places.take(one, origin(1))).await.is_err());
            drop(kept);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn h05_who_has_given_places_back_is_not_behind_others() {
        let places = Places::new(2);
        let back = places.take(Caller::Other, origin(1)).await.unwrap();
        let kept = places.take(Caller::Other, origin(1)).await.unwrap();
        drop(back);
        let _other = places.take(Caller::Other, origin(2)).await.unwrap();
        let mut turns = Vec::new();
        for from in [1, 2] {
            turns.push(queue(&places, Caller::Other, from));
            tokio::task::yield_now().await;
        }
        drop(kept);
        let _place = turns.remove(0).await.unwrap().unwrap();
        assert!(timeout(Duration::from_millis(20), &mut turns[0]).await.is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn h05_one_origin_may_have_half_of_those_that_wait() {
        let places = Places::new(1);
        let _taken = places.take(Caller::Other, origin(1)).await.unwrap();
        let _waiting: Vec<_> =
            (0..MAX_WAITING / 2).map(|_| queue(&places, Caller::Other, 1)).collect();
        while places.state.lock().waiting.len() < MAX_WAITING / 2 {
            tokio::task::yield_now().await;
        }
        assert!(places.take(Caller::Other, origin(1)).await.is_err());
        let other = places.take(Caller::Other, origin(2));
        assert!(timeout(Duration::from_millis(20), other).await.is_err(), "it waits");
    }

    #[tokio::test(start_paused = true)]
    async fn places_are_idle_when_the_last_is_given_back() {
        let places = Places::new(8);
        let mut taken = Vec::new();
        for caller in [Caller::Administrator, Caller::Other] {
            taken.push(places.take(caller, origin(1)).await.unwrap());
        }
        while !taken.is_empty() {
            assert!(timeout(Duration::from_millis(20), places.idle()).await.is_err());
            taken.pop();
        }
        timeout(Duration::from_secs(20), places.idle()).await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn who_stops_waiting_leaves_nothing_behind() {
        let places = Places::new(1);
        let taken = places.take(Caller::Other, origin(1)).await.unwrap();
        for _ in 0..MAX_WAITING {
            let waiting = places.take(Caller::Other, origin(1));
            assert!(timeout(Duration::ZERO, waiting).await.is_err());
        }
        drop(taken);
        places.take(Caller::Other, origin(1)).await.unwrap();
    }
}
