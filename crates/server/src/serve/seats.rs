//! Who is connected, and who has to go when there is no room.
//!
//! Invariant: a client that has sent a whole request is never closed for one that has not. Among
//! those that have not, the ones that make the server wait go first, from the address that has the
//! most connections.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr, SocketAddr},
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use parking_lot::Mutex;
use tokio::{
    sync::{Notify, watch},
    time::Instant,
};

/// A client that owes the server something for this long can lose its connection to another.
const SILENCE: Duration = Duration::from_millis(200);
/// A client that has nothing to ask for this long can, too.
const REST: Duration = Duration::from_secs(1);
/// Connections beyond the limit while those that were told to go are on their way.
const LEAVING: usize = 32;

/// Whose a connection is: what is shared fairly is shared between origins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Origin {
    /// An IPv4 address, or the network of an IPv6 address.
    Address(IpAddr),
    /// SHA-256 of the public key in the client's TLS certificate.
    Key([u8; 32]),
}

impl Origin {
    /// Who has an IPv6 address usually has its whole /64.
    fn of(address: IpAddr) -> Self {
        Self::Address(match address.to_canonical() {
            IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & (!0 << 64)).into(),
            address @ IpAddr::V4(_) => address,
        })
    }
}

/// The connections of a server.
pub(super) struct Seats {
    max: usize,
    table: Mutex<Table>,
    freed: Notify,
}

#[derive(Default)]
struct Table {
    next: u64,
    taken: HashMap<u64, Arc<Vitals>>,
}

/// A connection's place in the table, until it is dropped.
pub(super) struct Seat {
    id: u64,
    seats: Arc<Seats>,
    pub(super) vitals: Arc<Vitals>,
}

impl Seats {
    pub(super) fn new(max: usize) -> Arc<Self> {
        Arc::new(Self { max, table: Mutex::default(), freed: Notify::new() })
    }

    /// A seat for a connection from `peer`, if there is one or somebody can be told to leave.
    pub(super) fn take(self: &Arc<Self>, peer: SocketAddr) -> Option<Seat> {
        let mut table = self.table.lock();
        let leaving = table.taken.values().filter(|vitals| vitals.is_leaving()).count();
        if table.taken.len() >= self.max + LEAVING {
            return None;
        }
        if table.taken.len() - leaving >= self.max {
            table.dispensable()?.leave();
        }
        let id = table.next;
        table.next += 1;
        let vitals = Arc::new(Vitals::new(Origin::of(peer.ip())));
        table.taken.insert(id, vitals.clone());
        Some(Seat { id, seats: self.clone(), vitals })
    }

    /// Whether somebody would have to leave, or nobody could come.
    pub(super) fn is_full(&self) -> bool {
        self.taken() >= self.max
    }

    fn taken(&self) -> usize {
        self.table.lock().taken.len()
    }

    /// Ready when a connection has ended.
    pub(super) async fn freed(&self) {
        self.freed.notified().await;
    }

    /// Tells the oldest connection to leave that holds bytes and has never sent a whole request:
    /// one of `origin`, or with `None` any. One that came after `asking` may be about to.
    pub(super) fn free_bytes(&self, asking: &Vitals, origin: Option<Origin>) {
        let table = self.table.lock();
        let holders = table.taken.values().filter(|vitals| {
            !std::ptr::eq(Arc::as_ptr(vitals), asking)
                && origin.is_none_or(|origin| vitals.origin() == origin)
                && (asking.is_proven() || vitals.begun <= asking.begun)
                && !vitals.is_leaving()
                && !vitals.is_proven()
                && vitals.held.load(Relaxed) > 0
        });
        if let Some(oldest) = holders.min_by_key(|vitals| vitals.begun) {
            oldest.leave();
        }
    }
}

impl Table {
    /// The connection that is missed least, if any can be.
    fn dispensable(&self) -> Option<&Arc<Vitals>> {
        let mut by_origin: HashMap<Origin, usize> = HashMap::new();
        for vitals in self.taken.values() {
            *by_origin.entry(vitals.origin).or_default() += 1;
        }
        let candidates = self.taken.values().filter_map(|vitals| {
            let silence = vitals.silence();
            let proven = vitals.is_proven();
            let least = if proven { REST } else { SILENCE };
            let busy = vitals.working.load(Relaxed) > 0;
            let dispensable = !busy && !vitals.is_leaving() && silence >= least;
            let crowd = by_origin.get(&vitals.origin).copied().unwrap_or_default();
            dispensable.then_some(((!proven, crowd, silence), vitals))
        });
        candidates.max_by_key(|(rank, _)| *rank).map(|(_, vitals)| vitals)
    }
}

impl Seat {
    /// How many connections there are now, with this one.
    pub(super) fn connections(&self) -> usize {
        self.seats.taken()
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.seats.table.lock().taken.remove(&self.id);
        self.seats.freed.notify_waiters();
    }
}

/// What a connection is doing.
#[derive(Debug)]
pub(super) struct Vitals {
    begun: Instant,
    origin: Origin,
    key: OnceLock<Origin>,
    leaving: watch::Sender<bool>,
    /// It has sent a whole request.
    proven: AtomicBool,
    /// Times in milliseconds after `begun`; 0 means "not".
    silent_since: AtomicU64,
    partial_since: AtomicU64,
    last_request: AtomicU64,
    /// Requests whose headers have come; those of them that are whole.
    open: AtomicUsize,
    working: AtomicUsize,
    /// Requests that wait for the bytes of their streams.
    queued: AtomicUsize,
    /// Since when each answer waits to be sent, the oldest first.
    answers: Mutex<Vec<u64>>,
    /// Bytes of the budget.
    pub(super) held: AtomicUsize,
}

impl Vitals {
    fn new(origin: Origin) -> Self {
        Self {
            begun: Instant::now(),
            origin,
            key: OnceLock::new(),
            leaving: watch::Sender::new(false),
            proven: AtomicBool::new(false),
            silent_since: AtomicU64::new(0),
            partial_since: AtomicU64::new(0),
            last_request: AtomicU64::new(0),
            open: AtomicUsize::new(0),
            working: AtomicUsize::new(0),
            queued: AtomicUsize::new(0),
            answers: Mutex::default(),
            held: AtomicUsize::new(0),
        }
    }

    /// Whose requests these are: the key's, where TLS has shown one.
    pub(super) fn origin(&self) -> Origin {
        *self.key.get().unwrap_or(&self.origin)
    }

    /// The client has shown that it has a key.
    pub(super) fn known_by(&self, key: [u8; 32]) {
        self.key.get_or_init(|| Origin::Key(key));
    }

    /// The server has read everything and waits for the client, or not.
    pub(super) fn set_silent(&self, silent: bool) {
        self.mark(&self.silent_since, silent);
    }

    /// The last thing that came was only a part, or not.
    pub(super) fn set_partial(&self, partial: bool) {
        self.mark(&self.partial_since, partial);
    }

    /// A request's headers have come.
    pub(super) fn begin(self: &Arc<Self>) -> Counted {
        Counted::new(self, |vitals| &vitals.open)
    }

    /// A whole request has come.
    pub(super) fn work(self: &Arc<Self>) -> Counted {
        self.proven.store(true, Relaxed);
        Counted::new(self, |vitals| &vitals.working)
    }

    /// A request waits for the bytes of its stream.
    pub(super) fn queue(self: &Arc<Self>) -> Counted {
        Counted::new(self, |vitals| &vitals.queued)
    }

    pub(super) fn queued(&self) -> usize {
        self.queued.load(Relaxed)
    }

    /// An answer waits for the client to take it.
    pub(super) fn answer(self: &Arc<Self>) -> Answer {
        let mut answers = self.answers.lock();
        let since = self.now();
        answers.push(since);
        Answer { vitals: self.clone(), since }
    }

    pub(super) fn is_proven(&self) -> bool {
        self.proven.load(Relaxed)
    }

    /// Nothing was asked that is not answered.
    pub(super) fn is_idle(&self) -> bool {
        self.open.load(Relaxed) == 0 && self.answers.lock().is_empty()
    }

    /// Ready when the connection has been told to leave.
    pub(super) async fn told_to_leave(&self) {
        // The sender is this one's own.
        let _ = self.leaving.subscribe().wait_for(|leaving| *leaving).await;
    }

    /// The longest that the client has let the server wait: for its first whole request, for the
    /// rest of a frame, or with an answer. Each answer has its own time: a client that takes the
    /// others cannot keep one.
    pub(super) fn owes(&self) -> Duration {
        let age = if self.is_proven() { Duration::ZERO } else { self.begun.elapsed() };
        let answer = self.answers.lock().first().map_or(Duration::ZERO, |since| self.age(*since));
        age.max(self.since(&self.partial_since)).max(answer)
    }

    /// How long the client has asked for nothing.
    pub(super) fn idle_for(&self) -> Duration {
        match self.is_idle() {
            true => self.age(self.last_request.load(Relaxed)),
            false => Duration::ZERO,
        }
    }

    fn silence(&self) -> Duration {
        self.since(&self.silent_since)
    }

    pub(super) fn leave(&self) {
        self.leaving.send_replace(true);
    }

    fn is_leaving(&self) -> bool {
        *self.leaving.borrow()
    }

    fn now(&self) -> u64 {
        u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX).saturating_add(1)
    }

    fn mark(&self, since: &AtomicU64, holds: bool) {
        match (holds, since.load(Relaxed)) {
            (true, 0) => since.store(self.now(), Relaxed),
            (false, 1..) => since.store(0, Relaxed),
            _ => {}
        }
    }

    fn since(&self, since: &AtomicU64) -> Duration {
        match since.load(Relaxed) {
            0 => Duration::ZERO,
            begun => self.age(begun),
        }
    }

    fn age(&self, begun: u64) -> Duration {
        millis(self.now().saturating_sub(begun))
    }
}

fn millis(count: u64) -> Duration {
    Duration::from_millis(count)
}

/// One more of something, until it is dropped.
pub(super) struct Counted {
    vitals: Arc<Vitals>,
    counter: fn(&Vitals) -> &AtomicUsize,
}

impl Counted {
    fn new(vitals: &Arc<Vitals>, counter: fn(&Vitals) -> &AtomicUsize) -> Self {
        counter(vitals).fetch_add(1, Relaxed);
        Self { vitals: vitals.clone(), counter }
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        (self.counter)(&self.vitals).fetch_sub(1, Relaxed);
        self.vitals.last_request.store(self.vitals.now(), Relaxed);
    }
}

/// An answer that waits to be sent, until it is dropped.
pub(super) struct Answer {
    vitals: Arc<Vitals>,
    since: u64,
}

impl Drop for Answer {
    fn drop(&mut self) {
        let mut answers = self.vitals.answers.lock();
        // Those of the same millisecond are alike.
        if let Some(place) = answers.iter().position(|since| *since == self.since) {
            answers.remove(place);
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn peer(last: u8) -> SocketAddr {
        SocketAddr::from(([10, 0, 0, last], 1))
    }

    #[tokio::test(start_paused = true)]
    async fn h05_the_silent_of_the_largest_crowd_go_first() {
        let seats = Seats::new(3);
        let lone = seats.take(peer(1)).unwrap();
        let crowd = [seats.take(peer(2)).unwrap(), seats.take(peer(2)).unwrap()];
        assert!(seats.take(peer(3)).is_none(), "nobody has let the server wait yet");

        for seat in [&lone, &crowd[1], &crowd[0]] {
            seat.vitals.set_silent(true);
            advance(SILENCE).await;
        }
        let fourth = seats.take(peer(3)).unwrap();
        assert!(crowd[1].vitals.is_leaving(), "of the two it is silent for longer");
        let others = [&lone, &crowd[0], &fourth];
        assert!(others.iter().all(|seat| !seat.vitals.is_leaving()));
    }

    #[tokio::test(start_paused = true)]
    async fn h05_a_whole_request_keeps_the_seat() {
        let seats = Seats::new(2);
        let (proven, silent) = (seats.take(peer(1)).unwrap(), seats.take(peer(2)).unwrap());
        drop(proven.vitals.work());
        // It is silent for longer than the other.
        for seat in [&proven, &silent] {
            seat.vitals.set_silent(true);
            advance(REST).await;
        }
        let next = seats.take(peer(1)).unwrap();
        assert!(silent.vitals.is_leaving() && !proven.vitals.is_leaving());

        // Idle connections are closed last, and those that wait for an answer never.
        drop(silent);
        let _working = next.vitals.work();
        next.vitals.set_silent(true);
        advance(REST).await;
        let _last = seats.take(peer(1)).unwrap();
        assert!(proven.vitals.is_leaving() && !next.vitals.is_leaving());
    }

    #[tokio::test(start_paused = true)]
    async fn h05_clients_that_are_told_to_leave_and_stay_are_limited() {
        let seats = Seats::new(2);
        let mut taken = Vec::new();
        while let Some(seat) = seats.take(peer(1)) {
            assert_eq!(seats.is_full(), !taken.is_empty());
            seat.vitals.set_silent(true);
            advance(SILENCE).await;
            taken.push(seat);
        }
        assert_eq!(taken.len(), 2 + LEAVING);
        assert_eq!(taken.iter().filter(|seat| seat.vitals.is_leaving()).count(), LEAVING);
        taken.pop();
        assert!(seats.take(peer(1)).is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn h05_a_client_that_is_told_to_leave_counts_as_gone() {
        let seats = Seats::new(2);
        let [first, second] = [seats.take(peer(1)).unwrap(), seats.take(peer(2)).unwrap()];
        first.vitals.set_silent(true);
        advance(SILENCE).await;
        let third = seats.take(peer(3)).unwrap();
        assert!(first.vitals.is_leaving());
        drop(second);
        let _fourth = seats.take(peer(4)).expect("only the third stays");
        assert!(!third.vitals.is_leaving());
    }

    #[tokio::test(start_paused = true)]
    async fn h05_clients_at_work_keep_their_seats() {
        let seats = Seats::new(2);
        let clients = [1, 2].map(|last| seats.take(peer(last)).unwrap());
        let [first, second] = clients.each_ref().map(|seat| {
            seat.vitals.set_silent(true);
            seat.vitals.work()
        });
        advance(10 * REST).await;
        assert!(seats.take(peer(3)).is_none());
        assert!(clients.iter().all(|seat| !seat.vitals.is_leaving()));
        drop(second);
        assert!(seats.take(peer(3)).is_some());
        assert!(!clients[0].vitals.is_leaving() && clients[1].vitals.is_leaving());
        drop(first);
    }

    #[tokio::test(start_paused = true)]
    async fn h05_only_strangers_that_hold_bytes_are_told_to_free_some() {
        let seats = Seats::new(8);
        let holder = |last| {
            let seat = seats.take(peer(last)).unwrap();
            seat.vitals.held.store(1, Relaxed);
            seat
        };
        let free = |asking: &Seat, origin| {
            seats.free_bytes(&asking.vitals, origin);
            seats.table.lock().taken.values().filter(|vitals| vitals.is_leaving()).count()
        };
        let asking = holder(1);
        assert_eq!(free(&asking, None), 0, "not the one that asks");

        let other = holder(2);
        assert_eq!(free(&asking, Some(asking.vitals.origin())), 0, "none of another origin");
        other.vitals.held.store(0, Relaxed);
        assert_eq!(free(&asking, None), 0, "none that holds nothing");
        other.vitals.held.store(1, Relaxed);
        assert_eq!(free(&asking, Some(other.vitals.origin())), 1, "one of the same age");
        drop(other);

        let proven = holder(3);
        drop(proven.vitals.work());
        assert_eq!(free(&asking, None), 0, "none that has sent a whole request");

        advance(SECOND).await;
        let younger = holder(4);
        assert_eq!(free(&asking, None), 0, "no younger one for one that is not proven");
        drop(asking.vitals.work());
        advance(SECOND).await;
        let youngest = holder(4);
        assert_eq!(free(&asking, None), 1);
        assert!(younger.vitals.is_leaving());
        assert_eq!(free(&asking, None), 2, "the next one, not the same again");
        assert!(youngest.vitals.is_leaving());
    }

    #[tokio::test(start_paused = true)]
    async fn h05_a_client_owes_its_first_request_the_rest_of_a_frame_and_an_answer() {
        let vitals = Seats::new(1).take(peer(1)).unwrap().vitals.clone();
        advance(SECOND).await;
        assert_eq!(vitals.owes(), SECOND);
        drop(vitals.work());
        assert_eq!(vitals.owes(), Duration::ZERO);

        for _ in 0..2 {
            vitals.set_partial(true);
            advance(SECOND).await;
        }
        assert_eq!(vitals.owes(), 2 * SECOND);
        vitals.set_partial(false);
        assert_eq!(vitals.owes(), Duration::ZERO);

        let mut answers = Vec::new();
        for _ in 0..3 {
            answers.push(vitals.answer());
            advance(SECOND).await;
        }
        assert_eq!(vitals.owes(), 3 * SECOND);
        answers.remove(1);
        assert_eq!(vitals.owes(), 3 * SECOND, "taking another one does not help");
        answers.remove(0);
        assert_eq!(vitals.owes(), SECOND);
        answers.clear();
        advance(SECOND).await;
        assert_eq!(vitals.owes(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn f09_a_client_whose_request_is_not_answered_is_not_idle() {
        let vitals = Seats::new(1).take(peer(1)).unwrap().vitals.clone();
        let request = vitals.begin();
        advance(SECOND).await;
        assert_eq!((vitals.is_idle(), vitals.idle_for()), (false, Duration::ZERO));
        let answer = vitals.answer();
        drop(request);
        assert_eq!((vitals.is_idle(), vitals.idle_for()), (false, Duration::ZERO));
        drop(answer);
        advance(SECOND).await;
        assert_eq!((vitals.is_idle(), vitals.idle_for()), (true, SECOND));
    }

    #[test]
    fn keys_behind_one_address_are_origins_of_their_own() {
        let seats = Seats::new(3);
        let [first, second, same] = [1, 2, 1].map(|key| {
            let seat = seats.take(peer(1)).unwrap();
            seat.vitals.known_by([key; 32]);
            seat.vitals.origin()
        });
        assert_ne!(first, second);
        assert_eq!(first, same);
    }

    #[test]
    fn an_ipv6_network_is_one_origin() {
        let origin = |text: &str| Origin::of(text.parse().unwrap());
        assert_eq!(origin("2001:db8::1"), origin("2001:db8:0:0:ffff::2"));
        assert_ne!(origin("2001:db8::1"), origin("2001:db8:0:1::1"));
        assert_eq!(origin("::ffff:10.0.0.1"), origin("10.0.0.1"));
    }
}
