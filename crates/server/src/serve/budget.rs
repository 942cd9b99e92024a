//! The bytes of requests and answers that the server holds for its clients.
//!
//! Invariant: requests that are not parsed yet never fill more than the budget. A connection has a
//! share of it, an origin has another; and when it is used up, those go first that hold bytes
//! without ever having sent a whole request.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, atomic::Ordering::Relaxed},
};

use tokio::sync::Notify;

use super::seats::{Origin, Seats, Vitals};

/// One connection's share of the budget, and one origin's.
const CONNECTION_SHARE: usize = 8;
const ORIGIN_SHARE: usize = 2;

/// The budget of a server.
pub(super) struct Budget {
    bytes: usize,
    largest: usize,
    seats: Arc<Seats>,
    used: Mutex<Used>,
    freed: Notify,
}

#[derive(Default)]
struct Used {
    total: usize,
    by_origin: HashMap<Origin, usize>,
}

/// Bytes of the budget, until they are dropped.
pub(super) struct Held {
    budget: Arc<Budget>,
    vitals: Arc<Vitals>,
    origin: Origin,
    bytes: usize,
}

/// The connection holds all that one connection may.
#[derive(Debug)]
pub(super) struct ShareUsed;

impl Budget {
    /// A budget in which at least one request of the size `largest` fits.
    pub(super) fn new(bytes: usize, largest: usize, seats: Arc<Seats>) -> Arc<Self> {
        Arc::new(Self { bytes, largest, seats, used: Mutex::default(), freed: Notify::new() })
    }

    /// Nothing yet, for a request of this connection.
    pub(super) fn open(self: &Arc<Self>, vitals: &Arc<Vitals>) -> Held {
        let (budget, vitals) = (self.clone(), vitals.clone());
        Held { budget, origin: vitals.origin(), vitals, bytes: 0 }
    }

    /// A share of the budget, in which the largest request has to fit.
    fn share(&self, part: usize) -> usize {
        (self.bytes / part).max(self.largest)
    }

    fn lock(&self) -> MutexGuard<'_, Used> {
        // Every statement leaves the numbers usable.
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    /// Takes so many bytes more, and waits for them where others have to give them back first.
    pub(super) async fn grow(&mut self, bytes: usize) -> Result<(), ShareUsed> {
        let budget = self.budget.clone();
        loop {
            let freed = budget.freed.notified();
            let held = self.vitals.held.load(Relaxed);
            if held.saturating_add(bytes) > budget.share(CONNECTION_SHARE) {
                return Err(ShareUsed);
            }
            match self.take(bytes) {
                Ok(()) => return Ok(()),
                Err(scarce) => budget.seats.free_bytes(&self.vitals, scarce),
            }
            freed.await;
        }
    }

    /// Gives the bytes of the request back and takes those of its answer, whatever is left: what
    /// the answer tells has happened.
    pub(super) fn replace(&mut self, bytes: usize) {
        self.release();
        let mut used = self.budget.lock();
        self.bytes = bytes;
        used.add(self, bytes);
    }

    /// Takes the bytes, or says whose are to be given up: this origin's, or anybody's.
    fn take(&mut self, bytes: usize) -> Result<(), Option<Origin>> {
        let budget = self.budget.clone();
        let mut used = budget.lock();
        let own = used.by_origin.get(&self.origin).copied().unwrap_or_default();
        if own.saturating_add(bytes) > budget.share(ORIGIN_SHARE) {
            return Err(Some(self.origin));
        }
        if used.total.saturating_add(bytes) > budget.share(1) {
            return Err(None);
        }
        self.bytes += bytes;
        used.add(self, bytes);
        Ok(())
    }

    fn release(&mut self) {
        let bytes = std::mem::take(&mut self.bytes);
        let mut used = self.budget.lock();
        used.total = used.total.saturating_sub(bytes);
        if let Some(own) = used.by_origin.get_mut(&self.origin) {
            *own = own.saturating_sub(bytes);
            if *own == 0 {
                used.by_origin.remove(&self.origin);
            }
        }
        drop(used);
        self.vitals.held.fetch_sub(bytes, Relaxed);
        self.budget.freed.notify_waiters();
    }
}

impl Used {
    fn add(&mut self, held: &Held, bytes: usize) {
        self.total += bytes;
        *self.by_origin.entry(held.origin).or_default() += bytes;
        held.vitals.held.fetch_add(bytes, Relaxed);
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.release();
    }
}

#[cfg(test)]
mod tests {
    use std::{net::SocketAddr, time::Duration};

    use tokio::time::{advance, timeout};

    use super::*;

    const SHORT: Duration = Duration::from_millis(20);
    const LONG: Duration = Duration::from_secs(20);

    fn peer(last: u8) -> SocketAddr {
        SocketAddr::from(([10, 0, 0, last], 1))
    }

    #[tokio::test(start_paused = true)]
    async fn h05_shares_leave_something_for_others() {
        let seats = Seats::new(8);
        let budget = Budget::new(1600, 200, seats.clone());
        let seat: Vec<_> = [1, 1, 1, 1, 1, 2].map(|ip| seats.take(peer(ip)).unwrap()).into();
        let mut held: Vec<_> = seat.iter().map(|seat| budget.open(&seat.vitals)).collect();
        assert!(held[0].grow(201).await.is_err(), "more than a connection may");
        for held in &mut held[..4] {
            held.grow(200).await.unwrap();
        }
        // What has come whole is not thrown away for others of the same origin: they wait.
        let _whole: Vec<_> = seat.iter().map(|seat| seat.vitals.work()).collect();
        assert!(timeout(SHORT, held[4].grow(1)).await.is_err());
        held[5].grow(200).await.unwrap();
        held.remove(0);
        timeout(LONG, held[3].grow(200)).await.unwrap().unwrap();
        // Who has given some back is still known for the rest.
        let mut late = budget.open(&seat[0].vitals);
        assert!(timeout(SHORT, late.grow(1)).await.is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn h05_a_budget_is_filled_to_its_last_byte_by_requests_and_answers() {
        let seats = Seats::new(9);
        let budget = Budget::new(1600, 200, seats.clone());
        let seat: Vec<_> =
            [1, 1, 1, 1, 2, 2, 2, 2, 3].map(|ip| seats.take(peer(ip)).unwrap()).into();
        let _whole: Vec<_> = seat.iter().map(|seat| seat.vitals.work()).collect();
        let mut held: Vec<_> = seat.iter().map(|seat| budget.open(&seat.vitals)).collect();
        let mut last = held.pop().unwrap();
        for held in &mut held {
            timeout(LONG, held.grow(200)).await.expect("there is room for it").unwrap();
        }
        assert!(timeout(SHORT, last.grow(1)).await.is_err());

        held[0].replace(100);
        timeout(LONG, last.grow(100)).await.expect("its answer is smaller").unwrap();
        last.replace(0);
        // An answer is never refused: it may be larger than what is left, which others wait for.
        held[4].replace(5000);
        assert!(timeout(SHORT, last.grow(1)).await.is_err());
        held.remove(4);
        timeout(LONG, last.grow(200)).await.expect("its answer is gone").unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn h05_bytes_of_strangers_are_given_up_first() {
        let seats = Seats::new(8);
        let budget = Budget::new(400, 200, seats.clone());
        let oldest = seats.take(peer(1)).unwrap();
        advance(SHORT).await;
        let stranger = [oldest, seats.take(peer(2)).unwrap()];
        let mut held = stranger.each_ref().map(|seat| budget.open(&seat.vitals));
        held[0].grow(190).await.unwrap();
        held[1].grow(200).await.unwrap();

        let guest = seats.take(peer(3)).unwrap();
        let mut own = budget.open(&guest.vitals);
        let growing = tokio::spawn(async move { own.grow(100).await });
        timeout(LONG, stranger[0].vitals.told_to_leave()).await.unwrap();
        drop(held);
        timeout(LONG, growing).await.unwrap().unwrap().unwrap();
    }
}
