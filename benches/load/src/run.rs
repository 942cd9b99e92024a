//! Makes the calls, and measures what they cost.

use std::{
    collections::BTreeMap,
    path::Path,
    process::{Child, Command},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use hdrhistogram::Histogram;
use tokio::{
    task::JoinSet,
    time::{sleep, sleep_until},
};

use crate::{
    process::Process,
    workload::{Caller, Load},
};

/// The longest time that is told apart, in microseconds.
const LONGEST: u64 = 60_000_000;

/// How calls are made.
#[derive(Debug, Clone)]
pub(crate) struct Plan<'a> {
    /// How long.
    pub(crate) time: Duration,
    /// Calls a second, whether earlier ones were answered or not (an open loop). Without it, each
    /// connection has one call under way at any time (a closed loop).
    pub(crate) rate: Option<u32>,
    /// Where `perf` writes what it records of the server.
    pub(crate) profile: Option<&'a Path>,
}

/// What calls cost.
pub(crate) struct Measured {
    pub(crate) time: Duration,
    pub(crate) tally: Tally,
    /// Calls of the callers in the background.
    pub(crate) background: u64,
    /// Processor time of the server and of this program.
    pub(crate) server: Duration,
    pub(crate) client: Duration,
    /// Memory of the server at the beginning, after a minute, and at the end, in KiB.
    pub(crate) memory: [u64; 3],
}

impl Measured {
    /// Answered calls a second.
    pub(crate) fn rate(&self) -> f64 {
        self.tally.latency.len() as f64 / self.time.as_secs_f64()
    }

    /// Time for each answered call, in microseconds.
    pub(crate) fn each(&self, time: Duration) -> f64 {
        time.as_secs_f64() * 1e6 / self.tally.latency.len().max(1) as f64
    }
}

/// Calls, and how long their answers took.
pub(crate) struct Tally {
    /// Of the answered calls, in microseconds.
    pub(crate) latency: Histogram<u64>,
    /// How often calls failed, by the reason.
    pub(crate) errors: BTreeMap<String, u64>,
}

impl Tally {
    fn new() -> Result<Self> {
        Ok(Self { latency: Histogram::new_with_bounds(1, LONGEST, 3)?, errors: BTreeMap::new() })
    }

    fn add(&mut self, result: Result<()>, took: Duration) {
        match result {
            Ok(()) => {
                let micros = u64::try_from(took.as_micros()).unwrap_or(LONGEST);
                self.latency.saturating_record(micros);
            }
            Err(error) => *self.errors.entry(format!("{error:#}")).or_default() += 1,
        }
    }

    fn merge(&mut self, other: Self) -> Result<()> {
        self.latency.add(other.latency)?;
        for (error, count) in other.errors {
            *self.errors.entry(error).or_default() += count;
        }
        Ok(())
    }

    pub(crate) fn failed(&self) -> u64 {
        self.errors.values().sum()
    }
}

/// Numbers calls, up to a limit.
struct Numbers {
    next: AtomicUsize,
    limit: usize,
}

impl Numbers {
    fn next(&self) -> Option<usize> {
        Some(self.next.fetch_add(1, Ordering::Relaxed)).filter(|number| *number < self.limit)
    }
}

/// Warms up, and measures.
pub(crate) async fn run(load: &Load, server: Process, plan: &Plan<'_>) -> Result<Measured> {
    let numbers = Numbers { next: AtomicUsize::new(0), limit: load.warm_up };
    closed(&load.callers, Arc::new(numbers), None).await?;
    let stop = Arc::new(AtomicBool::new(false));
    let background = background(&load.background, &stop);

    let first = if load.limit == usize::MAX { 0 } else { load.warm_up };
    let numbers = Arc::new(Numbers { next: AtomicUsize::new(first), limit: load.limit });
    let profiler = plan.profile.map(|file| profile(server, file, plan.time)).transpose()?;
    let (own, start) = (Process::own(), Instant::now());
    let (servers, clients, memory) = (server.cpu()?, own.cpu()?, server.memory_kib()?);
    let after_a_minute = tokio::spawn(async move {
        sleep(Duration::from_secs(60)).await;
        server.memory_kib().ok()
    });
    let end = start + plan.time;
    let tally = match plan.rate {
        None => closed(&load.callers, numbers, Some(end)).await?,
        Some(rate) => open(&load.callers, &numbers, rate, end).await?,
    };
    let time = start.elapsed();
    let (servers, clients) = (server.cpu()? - servers, own.cpu()? - clients);
    let last = server.memory_kib()?;
    let minute = if after_a_minute.is_finished() { after_a_minute.await? } else { None };
    stop.store(true, Ordering::Relaxed);
    let background = background.join_all().await.into_iter().sum();
    if let Some(mut profiler) = profiler {
        profiler.wait()?;
    }
    let memory = [memory, minute.unwrap_or(last), last];
    Ok(Measured { time, tally, background, server: servers, client: clients, memory })
}

/// Each caller makes one call after the other.
async fn closed(
    callers: &[Arc<dyn Caller>],
    numbers: Arc<Numbers>,
    end: Option<Instant>,
) -> Result<Tally> {
    let mut tasks = JoinSet::new();
    for caller in callers {
        let (caller, numbers) = (caller.clone(), numbers.clone());
        tasks.spawn(async move {
            let mut tally = Tally::new()?;
            while end.is_none_or(|end| Instant::now() < end)
                && let Some(number) = numbers.next()
            {
                let start = Instant::now();
                let result = caller.call(number).await;
                tally.add(result, start.elapsed());
            }
            anyhow::Ok(tally)
        });
    }
    let mut all = Tally::new()?;
    while let Some(tally) = tasks.join_next().await {
        all.merge(tally??)?;
    }
    Ok(all)
}

/// Calls come when they are due, on one connection after the other. What a call waits counts from
/// then. The timer is exact to a millisecond.
async fn open(
    callers: &[Arc<dyn Caller>],
    numbers: &Numbers,
    rate: u32,
    end: Instant,
) -> Result<Tally> {
    let (start, mut tally, mut calls) = (Instant::now(), Tally::new()?, JoinSet::new());
    for (count, caller) in (0u32..).zip(callers.iter().cycle()) {
        let due = start + Duration::from_secs(1) * count / rate;
        let Some(number) = numbers.next().filter(|_| due < end) else { break };
        sleep_until(due.into()).await;
        let caller = caller.clone();
        calls.spawn(async move { (caller.call(number).await, due.elapsed()) });
        while let Some(done) = calls.try_join_next() {
            let (result, took) = done?;
            tally.add(result, took);
        }
    }
    for (result, took) in calls.join_all().await {
        tally.add(result, took);
    }
    Ok(tally)
}

/// Callers that call until they are told to stop. Each tells how many calls were answered.
fn background(callers: &[Arc<dyn Caller>], stop: &Arc<AtomicBool>) -> JoinSet<u64> {
    let mut tasks = JoinSet::new();
    for caller in callers {
        let (caller, stop) = (caller.clone(), stop.clone());
        tasks.spawn(async move {
            let mut answered = 0;
            while !stop.load(Ordering::Relaxed) {
                answered += u64::from(caller.call(0).await.is_ok());
            }
            answered
        });
    }
    tasks
}

/// Records where the server spends its time.
fn profile(server: Process, file: &Path, time: Duration) -> Result<Child> {
    let (id, seconds) = (server.id().to_string(), time.as_secs().to_string());
    Command::new("perf")
        .args(["record", "--quiet", "--freq", "499", "--call-graph", "fp", "--pid", &id])
        .arg("--output")
        .arg(file)
        .args(["--", "sleep", &seconds])
        .spawn()
        .context("perf")
}
