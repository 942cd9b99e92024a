//! What clients were told holds, whatever is killed: histories of calls on vaults in other processes are
//! linearizable. So no acknowledged change is lost, none is half applied, and nothing comes back.
//!
//! The suite runs small ones. The large ones are tasks: `just histories`.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr
)]

mod node;
mod run;

use std::{
    collections::BTreeMap,
    hash::{BuildHasher, RandomState},
    thread,
    time::Duration,
};

use aecs_store::pages::conformance::{
    history::{Answer, Call, Operation, Operations, Value, check_all},
    servers::{Database, Etcd, Harm, Moto, Postgres, Processes},
};

use self::run::Node;

/// How long a request may be on its way to a database after its process died: longer than a statement
/// may take there.
const GRACE: Duration = Duration::from_secs(30);

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap())
}

fn below(end: u64) -> u64 {
    RandomState::new().hash_one(()) % end
}

/// Not a test of its own: the process that is killed.
#[test]
#[ignore = "the process that other tests start"]
fn node_until_killed() {
    if std::env::var_os(node::URL).is_none() {
        return;
    }
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.unwrap().block_on(node::run());
}

/// Kills one node again and again while clients call it; each next one finds what was answered.
fn kills_lose_nothing(url: &str, kills: u64, grace: Duration, mut before_kill: impl FnMut(u64)) {
    let mut before: BTreeMap<String, Value> = BTreeMap::new();
    let mut operations = Operations::new();
    let mut calls = 0;
    for round in 0..=kills {
        let node = Node::start(url, round * 1_000, 0);
        node.wait();
        thread::sleep(Duration::from_millis(20 + below(300)));
        before_kill(round);
        let said = node.kill();
        let looked = said.looked();
        if round > 0 {
            // What this node found is what the calls before it came to.
            let mut all = operations.clone();
            for (name, value) in &looked {
                let all = all.entry(name.clone()).or_default();
                let end = all.iter().map(|operation| operation.until).max().unwrap_or(0);
                let (call, answer) = (Call::Get, Answer::Found(*value));
                all.push(Operation { call, answer, from: end, until: end + 1 });
            }
            check_all(&before, all).unwrap_or_else(|problem| panic!("kill {round}: {problem}"));
        }
        before = looked;
        operations = Operations::new();
        said.add_to(&mut operations, grace);
        calls += operations.values().map(Vec::len).sum::<usize>();
    }
    eprintln!("{calls} calls, {kills} kills");
    assert!(calls > 8 * usize::try_from(kills).unwrap(), "there were only {calls} calls");
}

/// Nodes on one store that are killed, stopped, cut off and late, and the servers as well.
fn several_are_one(url: &str, database: &mut dyn Database, seconds: u64) {
    let mut harm = Harm::new(database, CLOCKS.len());
    let urls = [0, 1, 2].map(|at| harm.url(url, at));
    let mut nodes = Nodes { urls, started: 0, running: Vec::new(), operations: Operations::new() };
    for at in 0..CLOCKS.len() {
        let node = nodes.start(at);
        nodes.running.push(node);
    }
    nodes.running.iter().for_each(Node::wait);
    let faults = harm.run(&mut nodes, Duration::from_secs(seconds));
    let Nodes { urls, started, running, mut operations } = nodes;
    running.into_iter().for_each(|node| node.kill().add_to(&mut operations, GRACE));
    // What is there at the end is one more look.
    thread::sleep(Duration::from_secs(1));
    let last = Node::start(&urls[0], 1_000 * (started + 1), 0);
    last.wait();
    last.kill().add_to(&mut operations, GRACE);
    let calls: usize = operations.values().map(Vec::len).sum();
    eprintln!("{calls} calls; {faults}");
    assert!(calls > 100, "there were only {calls} calls");
    check_all(&BTreeMap::new(), operations).unwrap_or_else(|problem| panic!("{problem}"));
}

/// How far the clock of each node is from ours, in minutes.
const CLOCKS: [i32; 3] = [0, -5, 5];

struct Nodes {
    urls: [String; 3],
    started: u64,
    running: Vec<Node>,
    operations: Operations,
}

impl Nodes {
    fn start(&mut self, at: usize) -> Node {
        self.started += 1;
        Node::start(&self.urls[at], self.started, CLOCKS[at])
    }
}

impl Processes for Nodes {
    fn id(&self, at: usize) -> u32 {
        self.running[at].id()
    }

    fn replace(&mut self, at: usize) {
        let next = self.start(at);
        let killed = std::mem::replace(&mut self.running[at], next).kill();
        killed.add_to(&mut self.operations, GRACE);
        self.running[at].wait();
    }
}

fn on_embedded(kills: u64) {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("redb:{}", folder.path().join("store").display());
    kills_lose_nothing(&url, kills, Duration::ZERO, |_| ());
}

fn on_postgres(kills: u64) {
    let Some(mut server) = Postgres::start(&[]) else { return };
    kills_lose_nothing(&server.url(), kills, GRACE, |round| {
        if round % 5 == 4 {
            server.kill();
            server.start_again();
        }
    });
}

fn on_etcd(kills: u64) {
    let Some(mut cluster) = Etcd::start(1, &[]) else { return };
    let url = format!("etcd://{}/p", cluster.hosts());
    kills_lose_nothing(&url, kills, GRACE, |round| {
        if round % 5 == 4 {
            cluster.kill(0);
            cluster.start_again(0);
        }
    });
}

fn on_moto(kills: u64) {
    let Some(server) = Moto::start() else { return };
    kills_lose_nothing(&server.new_bucket(), kills, GRACE, |_| ());
}

fn several_on_postgres(seconds: u64) {
    let Some(mut server) = Postgres::start(&[]) else { return };
    several_are_one(&server.url(), &mut server, seconds);
}

fn several_on_etcd(members: usize, seconds: u64) {
    let Some(mut cluster) = Etcd::start(members, &[]) else { return };
    several_are_one(&format!("etcd://{}/p", cluster.hosts()), &mut cluster, seconds);
}

fn several_on_moto(seconds: u64) {
    let Some(mut server) = Moto::start() else { return };
    several_are_one(&server.new_bucket(), &mut server, seconds);
}

#[test]
fn kills_lose_nothing_on_the_embedded_store() {
    on_embedded(10);
}

#[test]
fn kills_lose_nothing_on_postgres() {
    on_postgres(10);
}

#[test]
fn kills_lose_nothing_on_etcd() {
    on_etcd(5);
}

#[test]
fn kills_lose_nothing_on_moto() {
    on_moto(3);
}

#[test]
fn several_nodes_are_one_on_postgres() {
    several_on_postgres(8);
}

#[test]
fn several_nodes_are_one_on_etcd() {
    several_on_etcd(1, 8);
}

#[test]
#[ignore = "takes an hour: just histories"]
fn large_kills() {
    let kills = setting("AECS_HISTORY_KILLS", 300);
    on_embedded(kills);
    on_postgres(kills);
    on_etcd(kills);
}

#[test]
#[ignore = "takes minutes: just histories"]
fn large_several_nodes() {
    let seconds = setting("AECS_HISTORY_SECONDS", 120);
    several_on_postgres(seconds);
    several_on_etcd(3, seconds);
    several_on_moto(seconds);
}
