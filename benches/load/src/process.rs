//! What a process has used, as `/proc` tells.

use std::time::Duration;

use anyhow::{Context as _, Result};

/// How long a tick of `/proc` is, on all systems that AECS runs on (`USER_HZ`).
const TICK: Duration = Duration::from_millis(10);

/// A process of this machine, by its id.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Process(u32);

impl Process {
    pub(crate) fn new(id: u32) -> Self {
        Self(id)
    }

    pub(crate) fn own() -> Self {
        Self(std::process::id())
    }

    pub(crate) fn id(self) -> u32 {
        self.0
    }

    /// Processor time of all threads, in user and in kernel mode, to a tick.
    pub(crate) fn cpu(self) -> Result<Duration> {
        let stat = self.read("stat")?;
        // The name is in parentheses and may have any character; 12 fields later come the ticks.
        let (_, fields) = stat.rsplit_once(')').context("/proc has another form")?;
        let mut fields = fields.split_ascii_whitespace().skip(11);
        let mut ticks = || -> Result<u32> { Ok(fields.next().context("a field")?.parse()?) };
        Ok(TICK * ticks()? + TICK * ticks()?)
    }

    /// Resident memory, in KiB.
    pub(crate) fn memory_kib(self) -> Result<u64> {
        let status = self.read("status")?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("VmRSS")?;
        Ok(line.trim().trim_end_matches("kB").trim().parse()?)
    }

    fn read(self, file: &str) -> Result<String> {
        let path = format!("/proc/{}/{file}", self.0);
        std::fs::read_to_string(&path).with_context(|| path)
    }
}

/// The resident memory of a process after each period, in KiB.
pub(crate) async fn follow(process: Process, period: Duration, times: u64) -> Result<Vec<u64>> {
    let mut memory = Vec::new();
    let mut ticks = tokio::time::interval(period);
    ticks.tick().await;
    for _ in 0..times {
        ticks.tick().await;
        memory.push(process.memory_kib()?);
    }
    Ok(memory)
}
