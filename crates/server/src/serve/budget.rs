//! The bytes of requests and answers that the server holds for its clients.
//!
//! Invariant: open requests, with what has come of them, never fill more than the budget; beyond
//! them, [`MAX_QUEUED`] of each connection wait for room. A connection has a share of the budget,
//! an origin has another; and when it is used up, those go first that hold bytes without ever
//! having sent a whole request.

use std::{
    collections::HashMap,
    sync::{Arc, atomic::Ordering::Relaxed},
};

use parking_lot::Mutex;
use tokio::sync::Notify;

use super::seats::{Origin, Seats, Vitals};

/// One connection's share of the budget, and one origin's.
const CONNECTION_SHARE: usize = 8;
const ORIGIN_SHARE: usize = 2;
/// What an open request costs before a byte of its body has come: its stream in the HTTP/2 library,
/// its headers and its task. Measured: 3 to 4 KiB. A client opens one with some 30 bytes.
pub(super) const STREAM: usize = 4 * 1024;
/// Requests of one connection that may wait until there is room for them: those who wait cost as
/// much as those who have it.
const MAX_QUEUED: usize = 4;

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
pub(super) struct HeldBytes {
    budget: Arc<Budget>,
    vitals: Arc<Vitals>,
    origin: Origin,
    bytes: usize,
    waits: bool,
}

/// Why there are no bytes for a request.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// The connection holds all that one connection may.
    ShareUsed,
    /// As many requests of the connection wait as may.
    QueueFull,
}

/// Why bytes cannot be taken now.
enum Shortage {
    /// The connection holds all that one connection may.
    ShareUsed,
    /// Somebody has to give some back: this origin, or anybody.
    Scarce(Option<Origin>),
}

impl Budget {
    /// A budget in which at least one request of the size `largest` fits.
    pub(super) fn new(bytes: usize, largest: usize, seats: Arc<Seats>) -> Arc<Self> {
        Arc::new(Self { bytes, largest, seats, used: Mutex::default(), freed: Notify::new() })
    }

    /// Nothing yet, for a request of this connection.
    pub(super) fn open(self: &Arc<Self>, vitals: &Arc<Vitals>) -> HeldBytes {
        let (budget, vitals) = (self.clone(), vitals.clone());
        HeldBytes { budget, origin: vitals.origin(), vitals, bytes: 0, waits: false }
    }

    /// A share of the budget, in which the largest request has to fit.
    fn share(&self, part: usize) -> usize {
        (self.bytes / part).max(self.largest)
    }
}

impl HeldBytes {
    /// Takes [`STREAM`] bytes, before anything of the request is received.
    pub(super) async fn enter(&mut self) -> Result<(), Refused> {
        if self.take(STREAM).is_ok() {
            return Ok(());
        }
        let _queued = self.vitals.queue();
        if self.vitals.queued() > MAX_QUEUED {
            return Err(Refused::QueueFull);
        }
        self.grow(STREAM).await
    }

    /// Takes this number of bytes more, and waits for them where others have to give them back
    /// first.
    pub(super) async fn grow(&mut self, bytes: usize) -> Result<(), Refused> {
        let budget = self.budget.clone();
        loop {
            self.waits = false;
            let freed = budget.freed.notified();
            match self.take(bytes) {
                Ok(()) => return Ok(()),
                Err(Shortage::ShareUsed) => return Err(Refused::ShareUsed),
                Err(Shortage::Scarce(of)) => budget.seats.free_bytes(&self.vitals, of),
            }
            self.waits = true;
            freed.await;
        }
    }

    /// Whether `grow` was ended while it waited for bytes of others.
    pub(super) fn waits(&self) -> bool {
        self.waits
    }

    /// Gives the bytes of the request back and takes those of its answer, whatever is left: what
    /// the answer tells has happened. The stream stays until the answer is sent.
    pub(super) fn replace(&mut self, bytes: usize) {
        self.release();
        let mut used = self.budget.used.lock();
        self.bytes = STREAM + bytes;
        used.add(self, self.bytes);
    }

    /// Takes the bytes, if they are there.
    fn take(&mut self, bytes: usize) -> Result<(), Shortage> {
        let budget = self.budget.clone();
        let mut used = budget.used.lock();
        let held = self.vitals.held.load(Relaxed);
        if held.saturating_add(bytes) > budget.share(CONNECTION_SHARE) {
            return Err(Shortage::ShareUsed);
        }
        let own = used.by_origin.get(&self.origin).copied().unwrap_or_default();
        if own.saturating_add(bytes) > budget.share(ORIGIN_SHARE) {
            return Err(Shortage::Scarce(Some(self.origin)));
        }
        if used.total.saturating_add(bytes) > budget.share(1) {
            return Err(Shortage::Scarce(None));
        }
        self.bytes += bytes;
        used.add(self, bytes);
        Ok(())
    }

    fn release(&mut self) {
        let bytes = std::mem::take(&mut self.bytes);
        let mut used = self.budget.used.lock();
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
    fn add(&mut self, held: &HeldBytes, bytes: usize) {
        self.total += bytes;
        *self.by_origin.entry(held.origin).or_default() += bytes;
        held.vitals.held.fetch_add(bytes, Relaxed);
    }
}

impl Drop for HeldBytes {
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
        let budget = Budget::new(80 * STREAM, 10 * STREAM, seats.clone());
        let seat: Vec<_> =
            [1, 1, 1, 1, 2, 2, 2, 2, 3].map(|ip| seats.take(peer(ip)).unwrap()).into();
        let _whole: Vec<_> = seat.iter().map(|seat| seat.vitals.work()).collect();
        let mut held: Vec<_> = seat.iter().map(|seat| budget.open(&seat.vitals)).collect();
        let mut last = held.pop().unwrap();
        for held in &mut held {
            timeout(LONG, held.enter()).await.expect("there is room for it").unwrap();
            timeout(LONG, held.grow(9 * STREAM)).await.expect("there is room for it").unwrap();
        }
        assert!(timeout(SHORT, last.grow(1)).await.is_err());
        assert!(last.waits());

        held[0].replace(4 * STREAM);
        timeout(LONG, last.enter()).await.expect("its answer is smaller").unwrap();
        timeout(LONG, last.grow(4 * STREAM)).await.expect("its answer is smaller").unwrap();
        assert!(timeout(SHORT, last.grow(1)).await.is_err(), "the streams of answers count");
        last.replace(0);
        // An answer is never refused: it may be larger than what is left, which others wait for.
        held[4].replace(200 * STREAM);
        assert!(timeout(SHORT, last.grow(1)).await.is_err());
        held.remove(4);
        timeout(LONG, last.grow(9 * STREAM)).await.expect("its answer is gone").unwrap();
        assert!(!last.waits());
    }

    #[tokio::test(start_paused = true)]
    async fn h05_open_requests_fill_the_budget_and_few_wait() {
        const ROOM: usize = 64;
        const CONNECTIONS: u8 = 16;
        const STREAMS: usize = 32;
        let seats = Seats::new(CONNECTIONS.into());
        let budget = Budget::new(ROOM * STREAM, STREAM, seats.clone());
        let seat: Vec<_> = (0..CONNECTIONS).map(|ip| seats.take(peer(ip)).unwrap()).collect();
        let _whole: Vec<_> = seat.iter().map(|seat| seat.vitals.work()).collect();
        // Request by request, so that no connection comes too late for its share.
        let (mut entered, mut queued, mut full, mut shared) = (Vec::new(), Vec::new(), 0, 0);
        for _ in 0..STREAMS {
            for seat in &seat {
                let mut held = budget.open(&seat.vitals);
                let mut entering = tokio::spawn(async move { held.enter().await.map(|()| held) });
                match timeout(SHORT, &mut entering).await.map(Result::unwrap) {
                    Ok(Ok(held)) => entered.push(held),
                    Ok(Err(Refused::QueueFull)) => full += 1,
                    Ok(Err(Refused::ShareUsed)) => shared += 1,
                    Err(_) => queued.push(entering),
                }
            }
        }
        let connections = usize::from(CONNECTIONS);
        assert_eq!((entered.len(), queued.len()), (ROOM, MAX_QUEUED * connections));
        assert_eq!((full, shared), ((STREAMS - MAX_QUEUED) * connections - ROOM, 0));
        // Each that goes lets one in that waits.
        drop(entered);
        for entering in queued.drain(..) {
            timeout(LONG, entering).await.expect("there is room for it").unwrap().unwrap();
        }
        let left: usize = seat.iter().map(|seat| seat.vitals.held.load(Relaxed)).sum();
        assert_eq!(left, 0);
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
