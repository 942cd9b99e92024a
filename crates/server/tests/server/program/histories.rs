//! Several servers on one database are one: the histories of their clients are linearizable, whatever is
//! killed, stopped or cut off, and whatever the servers' clocks show.
#![allow(clippy::print_stderr, reason = "a long run says how much it did")]

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, SystemTime},
};

use aecs_client::Status;
use aecs_store::pages::conformance::{
    history::{Operations, check_all},
    servers::{Database, Etcd, Harm, Postgres, Processes, shift_clock},
};
use tokio::task::JoinSet;

use super::{
    clients::{Clients, Recorder, assert_varied, stop},
    engines::Shared,
    home::Running,
};

/// How far the clock of a server may be from ours, in minutes. Requests are taken for five.
const CLOCKS: [i32; 3] = [0, -4, 4];

/// How many clients a server has.
const CLIENTS: u64 = 4;

/// A server and its clients.
struct Node {
    server: Running,
    /// In minutes; `None`: it could not be shifted.
    clock: Option<i32>,
    clients: Arc<Clients>,
    tasks: JoinSet<()>,
}

struct Nodes<'a> {
    shared: &'a Shared,
    urls: [String; 3],
    recorder: Arc<Recorder>,
    running: Vec<Node>,
    started: u64,
    /// How many calls servers have carried out under each clock.
    carried_out: BTreeMap<Option<i32>, usize>,
}

impl<'a> Nodes<'a> {
    fn start_all(shared: &'a Shared, harm: &Harm<'_>) -> Self {
        let urls = [0, 1, 2].map(|at| harm.url(&shared.url, at));
        let (recorder, running, carried_out) = (Recorder::new(), Vec::new(), BTreeMap::new());
        let mut nodes = Self { shared, urls, recorder, running, started: 0, carried_out };
        for at in 0..CLOCKS.len() {
            let started = nodes.server(at);
            match at {
                0 => shared.found(&started.0),
                _ => shared.join(&started.0),
            }
            let node = nodes.node(started);
            nodes.running.push(node);
        }
        nodes
    }

    /// With another clock than the last time.
    fn server(&mut self, at: usize) -> (Running, Option<i32>) {
        self.started += 1;
        let clocks = CLOCKS.into_iter().cycle();
        let clock = clocks.skip(at).nth(usize::try_from(self.started).unwrap()).unwrap();
        let mut is_shifted = true;
        let server = self.shared.start_with(at + 1, &self.urls[at], |command| {
            if clock != 0 {
                shift_clock(command, clock);
                is_shifted = command.get_envs().any(|(name, _)| name == "LD_PRELOAD");
            }
        });
        (server, is_shifted.then_some(clock))
    }

    fn node(&self, (server, clock): (Running, Option<i32>)) -> Node {
        self.shared.runtime.block_on(async {
            let deployment = &self.shared.deployment;
            let clients = Clients::connect(deployment, &server, &self.recorder).await;
            if let Some(minutes) = clock {
                assert_clock(&clients.status().await, minutes);
            }
            let tasks = clients.start(CLIENTS, self.started);
            Node { server, clock, clients, tasks }
        })
    }

    /// Stops the clients of a server.
    async fn stop(&mut self, Node { server, clock, clients, tasks }: Node) -> Running {
        stop(tasks).await;
        *self.carried_out.entry(clock).or_default() += clients.carried_out();
        server
    }

    /// What was called, and what each server says at the end; and how many calls were carried out under each
    /// clock.
    fn end(mut self) -> (Operations, BTreeMap<Option<i32>, usize>) {
        let (shared, running) = (self.shared, std::mem::take(&mut self.running));
        shared.runtime.block_on(async {
            for node in running {
                let server = self.stop(node).await;
                Clients::connect(&shared.deployment, &server, &self.recorder).await.look().await;
            }
        });
        (self.recorder.take(), self.carried_out)
    }
}

impl Processes for Nodes<'_> {
    fn id(&self, at: usize) -> u32 {
        self.running[at].server.id()
    }

    fn replace(&mut self, at: usize) {
        let mut node = self.running.remove(at);
        node.server.kill();
        let shared = self.shared;
        drop(shared.runtime.block_on(self.stop(node)));
        let started = self.server(at);
        let node = self.node(started);
        self.running.insert(at, node);
    }
}

/// A server has the clock of its host, however many minutes that is from ours, and the client is told. Nobody
/// signs a time in a simulation, so there is no floor that would hold instead.
fn assert_clock(status: &Status, minutes: i32) {
    let (here, there) = (SystemTime::now(), status.server_time);
    let apart = there.duration_since(here).or_else(|_| here.duration_since(there)).unwrap();
    let most = Duration::from_secs(60 * u64::from(minutes.unsigned_abs()));
    assert!(apart.abs_diff(most) < Duration::from_secs(60), "{minutes}: {apart:?}");
    assert!(minutes == 0 || (there > here) == (minutes > 0), "{minutes}: {apart:?}");
    assert_eq!((status.time_floor.is_none(), status.clock_warning.as_str()), (true, ""));
    let told = status.compare_clock(here).unwrap_or_default();
    let relation = ["ahead of the server's", "", "behind the server's"];
    let relation = relation[usize::try_from(minutes.signum() + 1).unwrap()];
    assert!(told.contains(relation) && told.is_empty() == relation.is_empty(), "{minutes}: {told}");
}

/// Harms three servers, and checks what their clients were told.
fn three_are_one(shared: &Shared, database: &mut dyn Database, time: Duration) {
    let mut harm = Harm::new(database, CLOCKS.len());
    let mut nodes = Nodes::start_all(shared, &harm);
    let faults = harm.run(&mut nodes, time);
    let unclear = nodes.recorder.unclear();
    let (operations, carried_out) = nodes.end();
    let calls: usize = operations.values().map(Vec::len).sum();
    eprintln!(
        "{}: {calls} calls, by clock {carried_out:?}; {faults}; without a clear answer: {unclear:?}",
        shared.url
    );
    // Each clock had a server that worked, unless none could be shifted.
    let by = |clock| carried_out.get(&Some(clock)).copied().unwrap_or_default();
    let works = |clock| by(clock) > 4 || (clock != 0 && carried_out.contains_key(&None));
    assert!(CLOCKS.into_iter().all(works), "{carried_out:?}");
    assert_varied(&operations);
    check_all(&Default::default(), operations).unwrap_or_else(|problem| panic!("{problem}"));
}

fn three_on_postgres(time: Duration) {
    let Some(mut postgres) = Postgres::start(&[]) else { return };
    let shared = Shared::new(postgres.url(), Some(Postgres::PASSWORD));
    three_are_one(&shared, &mut postgres, time);
}

fn three_on_etcd(time: Duration) {
    let Some(mut etcd) = Etcd::start(3, &[]) else { return };
    let shared = Shared::new(format!("etcd://{}/three", etcd.hosts()), None);
    three_are_one(&shared, &mut etcd, time);
}

const QUICK: Duration = Duration::from_secs(8);

#[test]
fn three_servers_are_one_on_postgres() {
    three_on_postgres(QUICK);
}

#[test]
fn three_servers_are_one_on_etcd() {
    three_on_etcd(QUICK);
}

#[test]
#[ignore = "takes minutes: just histories"]
fn large_three_servers() {
    let seconds = std::env::var("AECS_HISTORY_SECONDS").map_or(120, |text| text.parse().unwrap());
    three_on_postgres(Duration::from_secs(seconds));
    three_on_etcd(Duration::from_secs(seconds));
}

/// The check would notice a server that serves what it has in memory without a look at the root: this is
/// what `store.max_staleness_ms` allows.
#[test]
fn servers_that_may_be_late_are_found_out() {
    let Some(mut postgres) = Postgres::start(&[]) else { return };
    let mut shared = Shared::new(postgres.url(), Some(Postgres::PASSWORD));
    shared.set("--store-max-staleness-ms", "60000");
    let harm = Harm::new(&mut postgres, CLOCKS.len());
    let nodes = Nodes::start_all(&shared, &harm);
    std::thread::sleep(Duration::from_secs(1));
    let problem = check_all(&Default::default(), nodes.end().0).unwrap_err();
    assert!(problem.contains("no order explains"), "{problem}");
}
