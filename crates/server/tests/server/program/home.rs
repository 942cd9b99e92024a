//! A folder in which the program runs, and the program running in it.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::{Arc, Condvar, Mutex},
    thread,
    time::Duration,
};

use aecs_crypto::{KeyPair, Suite};
use aecs_sim::{CpuOptions, SimulatedCpu};

/// A working directory with a usable `aecs_server.json`.
pub(crate) struct Home {
    dir: tempfile::TempDir,
}

impl Home {
    pub(crate) fn new() -> Self {
        let home = Self { dir: tempfile::tempdir().unwrap() };
        fs::create_dir(home.path("data")).unwrap();
        SimulatedCpu::create(home.path("data/simulation"), CpuOptions::default()).unwrap();
        home.new_admin();
        let config = serde_json::json!({
            "aecs_admin_pubkey_file": "admin.pem",
            "aecs_data_dir": "data",
            "aecs_rpc_port": "0",
            "attestation": { "platform": "simulation" },
            "log": { "format": "json" },
        });
        fs::write(home.path("aecs_server.json"), config.to_string()).unwrap();
        home
    }

    /// Another AECS administrator.
    pub(crate) fn new_admin(&self) {
        let key = KeyPair::generate(Suite::Modern).unwrap();
        fs::write(self.path("admin.pem"), key.public().pem()).unwrap();
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// The program, in this folder, without settings from the test's own environment.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_aecs_server"));
        command.current_dir(self.dir.path());
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("AECS_") {
                command.env_remove(name);
            }
        }
        command
    }

    /// Expects the program to end with `code` and one line on standard error, after any log
    /// lines, that says `message`.
    pub(crate) fn refuses(&self, code: i32, arguments: &[&str], message: &str) {
        let output = self.command().args(arguments).output().unwrap();
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {text}");
        assert!(text.contains(message), "{arguments:?}: {message:?} is not in {text}");
        assert!(!text.contains("panicked"), "{text}");
    }

    /// Starts the program and waits until it listens.
    pub(crate) fn start(&self, arguments: &[&str]) -> Running {
        self.start_command(self.command().args(arguments))
    }

    /// Starts the program with a command of the test's own and waits until it listens.
    pub(crate) fn start_command(&self, command: &mut Command) -> Running {
        let mut child = command.stderr(Stdio::piped()).spawn().expect("it starts");
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let log = Arc::new(Log::default());
        let reader = thread::spawn({
            let log = log.clone();
            move || {
                for line in stderr.lines() {
                    log.push(&line.unwrap());
                }
                log.end();
            }
        });
        let mut running = Running { child, log, reader: Some(reader), address: String::new() };
        running.address = running.log.wait_for_address();
        running
    }
}

/// A running server. It is killed when dropped.
pub(crate) struct Running {
    pub(crate) address: String,
    child: Child,
    log: Arc<Log>,
    reader: Option<thread::JoinHandle<()>>,
}

impl Running {
    /// Everything logged so far.
    pub(crate) fn log(&self) -> String {
        self.log.state.lock().unwrap().text.clone()
    }

    /// Its process id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal.
    pub(crate) fn signal(&self, name: &str) {
        // The shell has `kill` where the program is not installed.
        let kill = format!("kill -{name} {}", self.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
    }

    /// Waits until the log contains `text`.
    pub(crate) fn wait_for_log(&self, text: &str) {
        self.log.wait_for(text);
    }

    /// Sends SIGTERM and returns the exit code.
    pub(crate) fn stop(&mut self) -> i32 {
        self.signal("TERM");
        let status = self.child.wait().unwrap();
        if let Some(reader) = self.reader.take() {
            reader.join().unwrap();
        }
        status.code().unwrap_or_else(|| panic!("killed: {status}, {}", self.log()))
    }
}

impl Running {
    /// Kills it, and waits for its end.
    pub(crate) fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.kill();
    }
}

/// What the server logs, while it does.
#[derive(Default)]
struct Log {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    text: String,
    ended: bool,
}

impl Log {
    fn push(&self, line: &str) {
        let mut state = self.state.lock().unwrap();
        state.text.push_str(line);
        state.text.push('\n');
        self.changed.notify_all();
    }

    fn end(&self) {
        self.state.lock().unwrap().ended = true;
        self.changed.notify_all();
    }

    fn wait_for(&self, text: &str) {
        let state = self.state.lock().unwrap();
        let missing = |state: &mut State| !state.ended && !state.text.contains(text);
        let (state, _) =
            self.changed.wait_timeout_while(state, Duration::from_secs(60), missing).unwrap();
        assert!(state.text.contains(text), "{text:?} is not in {}", state.text);
    }

    fn wait_for_address(&self) -> String {
        let state = self.state.lock().unwrap();
        let (state, waited) = self
            .changed
            .wait_timeout_while(state, Duration::from_secs(60), |state| {
                !state.ended && address_in(&state.text).is_none()
            })
            .unwrap();
        assert!(!waited.timed_out(), "it does not listen: {}", state.text);
        address_in(&state.text).unwrap_or_else(|| panic!("it ended: {}", state.text))
    }
}

fn address_in(log: &str) -> Option<String> {
    log.lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .find(|event| event["message"] == "listening")
        .and_then(|event| Some(event["address"].as_str()?.to_owned()))
}
