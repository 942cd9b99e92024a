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

mod checker;
mod history;
mod node;
mod proxy;
mod run;

use std::{
    collections::BTreeMap,
    hash::{BuildHasher, RandomState},
    thread,
    time::{Duration, Instant},
};

use aecs_store::pages::conformance::servers::{Etcd, Moto, Postgres};

use self::{
    history::{Value, check_all},
    proxy::{Link, Proxy},
    run::{Node, Operations},
};

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
        let node = Node::start(url, round * 1_000, None);
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
                let call = history::Call::Get;
                let answer = history::Answer::Found(*value);
                all.push(history::Operation { call, answer, from: end, until: end + 1 });
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

/// Nodes on one store that are killed, cut off and late, and the servers as well.
struct Shared<'a> {
    /// The URL of the store through the proxies of a node.
    url: &'a dyn Fn(&[Proxy]) -> String,
    /// The ports of the servers.
    ports: &'a [u16],
    /// Kills a server and starts it again.
    strike: &'a mut dyn FnMut(),
}

fn several_are_one(shared: Shared<'_>, seconds: u64) {
    let Shared { url, ports, strike } = shared;
    let clocks = [None, Some("-300s"), Some("+300s")];
    let proxies: Vec<Vec<Proxy>> =
        clocks.iter().map(|_| ports.iter().map(|port| Proxy::start(*port)).collect()).collect();
    let mut started = 0;
    let mut start = |at: usize| {
        started += 1;
        Node::start(&url(&proxies[at]), started, clocks[at])
    };
    let mut operations = Operations::new();
    let mut nodes: Vec<Node> = (0..proxies.len()).map(&mut start).collect();
    nodes.iter().for_each(Node::wait);
    let end = Instant::now() + Duration::from_secs(seconds);
    let mut faults = [0; 4];
    while Instant::now() < end {
        thread::sleep(Duration::from_millis(300 + below(700)));
        let at = usize::try_from(below(3)).unwrap();
        let fault = usize::try_from(below(4)).unwrap();
        faults[fault] += 1;
        match fault {
            0 => {
                let next = start(at);
                std::mem::replace(&mut nodes[at], next).kill().add_to(&mut operations, GRACE);
                nodes[at].wait();
            }
            1 => strike(),
            kind => {
                let link = if kind == 2 { Link::Holds } else { Link::Cuts };
                proxies[at].iter().for_each(|proxy| proxy.set(link));
                thread::sleep(Duration::from_millis(200 + below(1_500)));
                proxies[at].iter().for_each(|proxy| proxy.set(Link::Passes));
            }
        }
    }
    nodes.into_iter().for_each(|node| node.kill().add_to(&mut operations, GRACE));
    // What is there at the end is one more look.
    thread::sleep(Duration::from_secs(1));
    let last = Node::start(&url(&proxies[0]), 1_000 * (started + 1), None);
    last.wait();
    last.kill().add_to(&mut operations, GRACE);
    let calls: usize = operations.values().map(Vec::len).sum();
    eprintln!("{calls} calls; kills, servers, late, cut: {faults:?}");
    assert!(calls > 100, "there were only {calls} calls");
    check_all(&BTreeMap::new(), operations).unwrap_or_else(|problem| panic!("{problem}"));
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
    let (port, url) = (server.port(), server.url());
    let url = |proxies: &[Proxy]| url.replace(&port.to_string(), &proxies[0].port.to_string());
    let strike = &mut || {
        server.kill();
        thread::sleep(Duration::from_millis(below(500)));
        server.start_again();
    };
    several_are_one(Shared { url: &url, ports: &[port], strike }, seconds);
}

fn several_on_etcd(members: usize, seconds: u64) {
    let Some(mut cluster) = Etcd::start(members, &[]) else { return };
    let ports: Vec<u16> =
        cluster.hosts().split(',').map(|host| host[10..].parse().unwrap()).collect();
    let url = |proxies: &[Proxy]| {
        let hosts = proxies.iter().map(|proxy| format!("127.0.0.1:{}", proxy.port));
        format!("etcd://{}/p", hosts.collect::<Vec<_>>().join(","))
    };
    let strike = &mut || {
        let struck = cluster.leader();
        cluster.kill(struck);
        thread::sleep(Duration::from_millis(below(1_000)));
        cluster.start_again(struck);
    };
    several_are_one(Shared { url: &url, ports: &ports, strike }, seconds);
}

fn several_on_moto(seconds: u64) {
    let Some(server) = Moto::start() else { return };
    let (port, url) = (server.port(), server.new_bucket());
    let url = |proxies: &[Proxy]| url.replace(&port.to_string(), &proxies[0].port.to_string());
    // It keeps nothing, so it is not killed.
    several_are_one(Shared { url: &url, ports: &[port], strike: &mut || () }, seconds);
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
