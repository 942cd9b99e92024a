//! The programs that are loaded, each in a process of its own: the real server, and the bare one.

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
};

use aecs_crypto::{KeyPair, Suite};
use aecs_sim::{CpuOptions, SimulatedCpu};
use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};

use crate::process::Process;

/// A program that listens on loopback. It ends when this is dropped.
pub(crate) struct Running {
    child: Child,
    pub(crate) address: String,
}

impl Running {
    /// Starts a program whose standard error has one JSON object a line, and waits for the one that
    /// names the address.
    fn start(command: &mut Command) -> Result<Self> {
        let name = format!("{:?}", command.get_program());
        let child = command.stderr(Stdio::piped()).spawn().with_context(|| name.clone())?;
        let mut running = Self { child, address: String::new() };
        let stderr = running.child.stderr.take().context("no standard error")?;
        let mut lines = BufReader::new(stderr);
        let (mut log, mut line) = (String::new(), String::new());
        while lines.read_line(&mut line)? > 0 {
            if let Some(address) = address_in(&line) {
                running.address = address;
                // Nobody reads the rest, and the program must not wait for a reader.
                thread::spawn(move || {
                    std::io::copy(&mut lines.take(u64::MAX), &mut std::io::sink())
                });
                return Ok(running);
            }
            log.push_str(&line);
            line.clear();
        }
        bail!("{name} does not listen: {log}")
    }

    pub(crate) fn process(&self) -> Process {
        Process::new(self.child.id())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn address_in(line: &str) -> Option<String> {
    let event: Value = serde_json::from_str(line).ok()?;
    let listens = event.get("message")?.as_str()? == "listening";
    listens.then(|| event.get("address")?.as_str().map(str::to_owned))?
}

/// The folder of a server in simulation, on the embedded store.
pub(crate) struct Home {
    folder: tempfile::TempDir,
    /// The AECS administrator's.
    pub(crate) admin: KeyPair,
    pub(crate) cpu: SimulatedCpu,
}

impl Home {
    pub(crate) fn with_sessions(sessions: bool) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let admin = KeyPair::generate(Suite::Modern)?;
        let cpu =
            SimulatedCpu::create(folder.path().join("data/simulation"), CpuOptions::default())?;
        fs::write(folder.path().join("admin.pem"), admin.public().pem())?;
        let config = json!({
            "aecs_admin_pubkey_file": "admin.pem",
            "aecs_data_dir": "data",
            "aecs_rpc_port": "0",
            "attestation": { "platform": "simulation" },
            "limits": { "session_bytes": if sessions { "67108864" } else { "0" } },
            "log": { "format": "json" },
            "quotas": { "secrets_per_service": "1000000", "bytes_per_service": "4000000000" },
        });
        fs::write(folder.path().join("aecs_server.json"), config.to_string())?;
        Ok(Self { folder, admin, cpu })
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Starts the server.
    pub(crate) fn start(&self, program: &Path) -> Result<Running> {
        let mut command = Command::new(program);
        command.current_dir(self.path());
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("AECS_") {
                command.env_remove(name);
            }
        }
        Running::start(&mut command)
    }

    /// Starts this program as the bare server, which gives the answers in `folder`.
    pub(crate) fn start_echo(&self, folder: &Path) -> Result<Running> {
        Running::start(Command::new(std::env::current_exe()?).arg("--echo").arg(folder))
    }
}

/// The server that is beside this program.
pub(crate) fn beside() -> Result<PathBuf> {
    let own = std::env::current_exe()?;
    Ok(own.with_file_name("aecs_server"))
}
