//! Starts nodes, kills them, and makes a history of what they said.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread::{self, JoinHandle},
    time::Duration,
};

use aecs_store::pages::conformance::{
    history::{Answer, Call, Operation, Operations, Value},
    servers::shift_clock,
};

use super::node::{MARK, NUMBER, URL, names, now};

/// A process with a vault.
pub(crate) struct Node {
    child: Child,
    /// What it says beside calls and answers.
    words: mpsc::Receiver<String>,
    reader: Option<JoinHandle<Vec<String>>>,
}

impl Node {
    /// Starts one. A number that ends with three zeros looks at everything first. `clock`: how many minutes
    /// its clock is from ours.
    pub(crate) fn start(url: &str, number: u64, clock: i32) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command
            .args(["--exact", "node_until_killed", "--ignored", "--nocapture"])
            .env(URL, url)
            .env(NUMBER, number.to_string())
            .stdout(Stdio::piped());
        if clock != 0 {
            shift_clock(&mut command, clock);
        }
        let mut child = command.spawn().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let (say, words) = mpsc::channel();
        let reader = thread::spawn(move || {
            let mut lines = Vec::new();
            for line in output.split(b'\n') {
                let line = String::from_utf8_lossy(&line.unwrap()).into_owned();
                // The test harness prints beside us.
                let Some((_, line)) = line.split_once(&format!("{MARK} ")) else { continue };
                if matches!(line, "ready" | "looked") {
                    let _ = say.send(line.to_owned());
                } else {
                    lines.push(line.to_owned());
                }
            }
            lines
        });
        Self { child, words, reader: Some(reader) }
    }

    /// Waits until it takes calls.
    pub(crate) fn wait(&self) {
        while self.words.recv_timeout(Duration::from_secs(120)).expect("the node begins") != "ready"
        {
        }
    }

    /// Its process id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Kills it, and gives what it said.
    pub(crate) fn kill(mut self) -> Said {
        let ended = self.child.try_wait().unwrap();
        assert!(ended.is_none(), "the node ended by itself: {ended:?}");
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        let lines = self.reader.take().unwrap().join().unwrap();
        Said { lines, died: now() }
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a node said until it died.
pub(crate) struct Said {
    lines: Vec<String>,
    died: u64,
}

impl Said {
    /// The values that it saw before it took calls.
    pub(crate) fn looked(&self) -> BTreeMap<String, Value> {
        let seen = self.lines.iter().filter_map(|line| {
            let words: Vec<&str> = line.split(' ').collect();
            (words[0] == "is").then(|| (words[1].to_owned(), value(words[2])))
        });
        seen.collect()
    }

    /// Adds its calls. `grace`: how long a request of a node that died may be on its way.
    pub(crate) fn add_to(&self, all: &mut Operations, grace: Duration) {
        let grace = u64::try_from(grace.as_nanos()).unwrap();
        let mut open: BTreeMap<&str, (&str, Call, u64)> = BTreeMap::new();
        let mut add = |name: &str, call, answer, from, until| {
            all.entry(name.to_owned()).or_default().push(Operation { call, answer, from, until });
        };
        for line in &self.lines {
            let words: Vec<&str> = line.split(' ').collect();
            match words[..] {
                ["is", name, found, from, until] => {
                    let found = Answer::Found(value(found));
                    add(name, Call::Get, found, time(from), time(until));
                }
                ["calls", id, name, what, from] => {
                    open.insert(id, (name, call(what, id), time(from)));
                }
                ["answers", id, what, until] => {
                    let (name, call, from) = open.remove(id).expect("it was called");
                    let (answer, until) = match answer(what) {
                        Answer::Unknown => (Answer::Unknown, time(until) + grace),
                        answer => (answer, time(until)),
                    };
                    add(name, call, answer, from, until);
                }
                ["nothing", id] => drop(open.remove(id)),
                // The kill tore the last line.
                _ => assert_eq!(Some(line), self.lines.last(), "what is that?"),
            }
        }
        for (name, call, from) in open.into_values() {
            if call != Call::Get && names().iter().any(|known| known == name) {
                add(name, call, Answer::Unknown, from, self.died + grace);
            }
        }
    }
}

fn value(word: &str) -> Value {
    word.parse().ok()
}

fn time(word: &str) -> u64 {
    word.parse().expect("it is a time")
}

fn call(word: &str, id: &str) -> Call {
    let new = id.parse().expect("it is a number");
    match word {
        "create" => Call::Create(new),
        "put" => Call::Put(new),
        "update" => Call::Update(new),
        "remove" => Call::Remove,
        "get" => Call::Get,
        other => panic!("{other}"),
    }
}

fn answer(word: &str) -> Answer {
    match word {
        "done" => Answer::Done,
        "refused" => Answer::Refused,
        "unknown" => Answer::Unknown,
        found => Answer::Found(value(found)),
    }
}
