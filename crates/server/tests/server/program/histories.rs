//! Several servers on one database are one: the histories of their clients are linearizable, whatever is
//! killed, stopped or cut off, and whatever the servers' clocks show.
#![allow(clippy::print_stderr, reason = "a long run says how much it did")]

use std::{sync::Arc, time::Duration};

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
    clients: JoinSet<()>,
}

struct Nodes<'a> {
    shared: &'a Shared,
    urls: [String; 3],
    recorder: Arc<Recorder>,
    running: Vec<Node>,
    started: u64,
}

impl<'a> Nodes<'a> {
    fn start_all(shared: &'a Shared, harm: &Harm<'_>) -> Self {
        let urls = [0, 1, 2].map(|at| harm.url(&shared.url, at));
        let (recorder, running) = (Recorder::new(), Vec::new());
        let mut nodes = Self { shared, urls, recorder, running, started: 0 };
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

    /// With another clock than the last time: says whether it is ahead of ours.
    fn server(&mut self, at: usize) -> (Running, bool) {
        self.started += 1;
        let clocks = CLOCKS.into_iter().cycle();
        let clock = clocks.skip(at).nth(usize::try_from(self.started).unwrap()).unwrap();
        let mut is_ahead = false;
        let server = self.shared.start_with(at + 1, &self.urls[at], |command| {
            if clock != 0 {
                shift_clock(command, clock);
                is_ahead = clock > 0 && command.get_envs().any(|(name, _)| name == "LD_PRELOAD");
            }
        });
        (server, is_ahead)
    }

    fn node(&self, (server, is_ahead): (Running, bool)) -> Node {
        let clients = self.shared.runtime.block_on(async {
            let deployment = &self.shared.deployment;
            let clients = Clients::connect(deployment, &server, &self.recorder).await;
            assert_eq!(clients.ahead().await > Duration::from_secs(120), is_ahead);
            clients.start(CLIENTS, self.started)
        });
        Node { server, clients }
    }

    /// What was called, and what each server says at the end.
    fn end(self) -> Operations {
        self.shared.runtime.block_on(async {
            for Node { server, clients } in self.running {
                stop(clients).await;
                let deployment = &self.shared.deployment;
                Clients::connect(deployment, &server, &self.recorder).await.look().await;
            }
        });
        self.recorder.take()
    }
}

impl Processes for Nodes<'_> {
    fn id(&self, at: usize) -> u32 {
        self.running[at].server.id()
    }

    fn replace(&mut self, at: usize) {
        let Node { server, clients } = self.running.remove(at);
        drop(server);
        self.shared.runtime.block_on(stop(clients));
        let started = self.server(at);
        let node = self.node(started);
        self.running.insert(at, node);
    }
}

/// Harms three servers, and checks what their clients were told.
fn three_are_one(shared: &Shared, database: &mut dyn Database, time: Duration) {
    let mut harm = Harm::new(database, CLOCKS.len());
    let mut nodes = Nodes::start_all(shared, &harm);
    let faults = harm.run(&mut nodes, time);
    let unclear = nodes.recorder.unclear();
    let operations = nodes.end();
    let calls: usize = operations.values().map(Vec::len).sum();
    eprintln!("{}: {calls} calls; {faults}; without a clear answer: {unclear:?}", shared.url);
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
    let problem = check_all(&Default::default(), nodes.end()).unwrap_err();
    assert!(problem.contains("no order explains"), "{problem}");
}
