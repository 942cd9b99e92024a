//! Several processes on one database, and what happens to them and to it.

use std::{
    fmt,
    hash::{BuildHasher, RandomState},
    path::Path,
    process::Command,
    thread,
    time::{Duration, Instant},
};

use super::{Etcd, Link, Moto, Postgres, Proxy, missing, run};

/// A database that processes share.
pub trait Database {
    /// The ports of its servers.
    fn ports(&self) -> Vec<u16>;

    /// Kills a server, the one that leads the others, and starts it again.
    fn strike(&mut self);
}

impl Database for Postgres {
    fn ports(&self) -> Vec<u16> {
        vec![self.port()]
    }

    fn strike(&mut self) {
        self.kill();
        pause(0, 500);
        self.start_again();
    }
}

impl Database for Etcd {
    fn ports(&self) -> Vec<u16> {
        self.0.iter().map(|server| server.port).collect()
    }

    fn strike(&mut self) {
        let struck = self.leader();
        self.kill(struck);
        pause(0, 1_000);
        self.start_again(struck);
    }
}

/// It keeps nothing, so it is not killed.
impl Database for Moto {
    fn ports(&self) -> Vec<u16> {
        vec![self.port()]
    }

    fn strike(&mut self) {}
}

/// The processes on a database.
pub trait Processes {
    /// The id of one.
    fn id(&self, at: usize) -> u32;

    /// Kills one, and starts it again.
    fn replace(&mut self, at: usize);
}

/// How often what happened.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Faults {
    /// A process was killed.
    pub kills: u32,
    /// A process stood still, and went on.
    pub stops: u32,
    /// A server of the database was killed.
    pub strikes: u32,
    /// All that a process and the database said to each other came late.
    pub delays: u32,
    /// A process was cut off from the database.
    pub cuts: u32,
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kills, stops, strikes, delays, cuts } = self;
        write!(
            f,
            "{kills} processes killed, {stops} stopped, {delays} delayed, {cuts} cut off, {strikes} \
             database servers killed"
        )
    }
}

/// Harms processes that reach their database through proxies of their own.
pub struct Harm<'a> {
    database: &'a mut dyn Database,
    links: Vec<Vec<Proxy>>,
}

impl<'a> Harm<'a> {
    /// For a number of processes on a database.
    pub fn new(database: &'a mut dyn Database, processes: usize) -> Self {
        let ports = database.ports();
        let links = || ports.iter().map(|port| Proxy::start(*port)).collect();
        Self { links: (0..processes).map(|_| links()).collect(), database }
    }

    /// A URL of the database, through the proxies of a process.
    pub fn url(&self, url: &str, at: usize) -> String {
        let ports = self.database.ports().into_iter().zip(&self.links[at]);
        ports.fold(url.to_owned(), |url, (port, proxy)| {
            url.replace(&format!("127.0.0.1:{port}"), &format!("127.0.0.1:{}", proxy.port()))
        })
    }

    /// Harms them for some time, one fault after the other.
    pub fn run(&mut self, processes: &mut dyn Processes, time: Duration) -> Faults {
        let (begin, mut faults) = (Instant::now(), Faults::default());
        while begin.elapsed() < time {
            pause(200, 800);
            let at = usize::try_from(below(self.links.len() as u64)).unwrap();
            match below(5) {
                0 => {
                    faults.kills += 1;
                    processes.replace(at);
                }
                1 => {
                    faults.stops += 1;
                    signal("STOP", processes.id(at));
                    pause(200, 1_700);
                    signal("CONT", processes.id(at));
                }
                2 => {
                    faults.strikes += 1;
                    self.database.strike();
                }
                3 => {
                    faults.delays += 1;
                    self.partition(at, Link::Holds);
                }
                _ => {
                    faults.cuts += 1;
                    self.partition(at, Link::Cuts);
                }
            }
        }
        faults
    }

    fn partition(&self, at: usize, link: Link) {
        self.links[at].iter().for_each(|proxy| proxy.set(link));
        pause(200, 1_700);
        self.links[at].iter().for_each(|proxy| proxy.set(Link::Passes));
    }
}

fn below(end: u64) -> u64 {
    RandomState::new().hash_one(()) % end
}

fn pause(least: u64, most: u64) {
    thread::sleep(Duration::from_millis(least + below(most - least)));
}

fn signal(name: &str, process: u32) {
    // The shell has `kill` where the program is not installed.
    run(Command::new("sh").args(["-c", &format!("kill -{name} {process}")]));
}

/// Has a process see another time of day, minutes away from ours, where Debian's `libfaketime` is installed.
/// Its monotonic clock stays.
pub fn shift_clock(command: &mut Command, minutes: i32) {
    let machines = ["x86_64", "aarch64"].map(|machine| format!("/usr/lib/{machine}-linux-gnu"));
    let libraries = machines.map(|folder| format!("{folder}/faketime/libfaketime.so.1"));
    let found = libraries.into_iter().find(|library| Path::new(library).exists());
    let Some(library) =
        found.or_else(|| missing("libfaketime, which shifts clocks,", "libfaketime"))
    else {
        return;
    };
    command.env("LD_PRELOAD", library).env("FAKETIME", format!("{minutes:+}m"));
    command.env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
}
