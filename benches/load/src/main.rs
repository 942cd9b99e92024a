//! Loads an AECS server, and tells what its calls cost.
//!
//! The server is the real program, in simulation, on the embedded store, without TLS. In the same
//! run, a bare gRPC server answers messages of the same sizes, and the primitives are measured:
//! figures of one machine are of use only in relation to each other. docs/performance.md says how
//! to use it.

#![forbid(unsafe_code)]

mod clients;
mod echo;
mod primitives;
mod process;
mod run;
mod server;
mod table;
mod target;
mod workload;

use std::{
    fs::File,
    io::Write,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Result, ensure};
use clap::{Parser, ValueEnum as _};
use tokio::runtime::{Builder, Runtime};

use self::{
    run::Plan,
    server::Home,
    table::Table,
    target::Target,
    workload::{Mode, World},
};

/// Load an AECS server in simulation, and compare it with a bare gRPC server and the primitives.
#[derive(Parser)]
struct Options {
    /// The server to start. Default: aecs_server in the folder of this program
    #[arg(long)]
    server: Option<PathBuf>,
    /// Modes to measure, comma separated. Default: all
    #[arg(long, value_delimiter = ',')]
    modes: Vec<Mode>,
    /// Numbers of connections to measure each mode with, comma separated. Default: 1, 16, 64 and 256
    /// for status, warm and session, 16 for the others
    #[arg(long, value_delimiter = ',')]
    connections: Vec<usize>,
    /// Seconds for each row
    #[arg(long, default_value_t = 5)]
    seconds: u64,
    /// Instead of the table: load the server for this number of minutes, with 64 connections in the mode
    /// `mixed` if nothing else is given, and tell its memory each minute. Fails if a call fails, or if
    /// the memory grows by more than a tenth after the first minute
    #[arg(long, conflicts_with = "seconds", value_parser = clap::value_parser!(u64).range(2..))]
    minutes: Option<u64>,
    /// Make this number of calls a second, whether earlier ones were answered or not. Default: one
    /// call at a time on each connection
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    rate: Option<u32>,
    /// New applications for `cold`, which ends when it has used them
    #[arg(long, default_value_t = 4000)]
    new_applications: usize,
    /// Applications that take turns in `applications`
    #[arg(long, default_value_t = 2000)]
    applications: usize,
    /// File for the figures as JSON, one object a line
    #[arg(long)]
    json: Option<PathBuf>,
    /// Folder for what perf records of the server, a file for each row
    #[arg(long)]
    perf: Option<PathBuf>,
    /// Instead of the table: how long a get takes from Rust, C and Python. Needs a C compiler, Python 3.11,
    /// and libaecs_capi.so and lib_aecs.so in the folder of this program. GETS of each client in each of
    /// five turns
    #[arg(
        long,
        value_name = "GETS",
        num_args = 0..=1,
        default_missing_value = "2000",
        conflicts_with_all = ["modes", "minutes"]
    )]
    clients: Option<usize>,
    /// Be the bare server, with the answers in this folder
    #[arg(long, hide = true)]
    echo: Option<PathBuf>,
}

fn main() -> Result<()> {
    let options = Options::parse();
    match &options.echo {
        Some(folder) => Runtime::new()?.block_on(echo::serve(folder)),
        // The server needs the other processors.
        None => Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()?
            .block_on(measure(&options)),
    }
}

async fn measure(options: &Options) -> Result<()> {
    let program = match &options.server {
        Some(program) => std::path::absolute(program)?,
        None => server::beside()?,
    };
    if let Some(gets) = options.clients {
        return clients::measure(&program, gets).await;
    }
    let home = Home::with_sessions(true)?;
    let target = Target::start(&home, &program).await?;
    let json = options.json.as_ref().map(File::create).transpose()?;
    let mut table = Table::new(json.map(|file| Box::new(file) as Box<dyn Write>));
    table.primitives(&primitives::measure(&target)?)?;
    let counts = [options.new_applications, options.applications];
    let world = World::new(&home, target, counts).await?;
    if let Some(minutes) = options.minutes {
        return endure(&world, minutes, options, &mut table).await;
    }
    for mode in Mode::value_variants().iter().copied() {
        if !options.modes.is_empty() && !options.modes.contains(&mode) {
            continue;
        }
        let connections = match options.connections.as_slice() {
            [] => mode.connections(),
            given => given,
        };
        for connections in connections.iter().copied() {
            let measured = row(&world, mode, connections, options).await?;
            table.row(mode, connections, &measured)?;
        }
    }
    Ok(())
}

/// Loads the server for so long that memory which is not given back shows.
async fn endure(world: &World, minutes: u64, options: &Options, table: &mut Table) -> Result<()> {
    let mode = options.modes.first().copied().unwrap_or(Mode::Mixed);
    let connections = options.connections.first().copied().unwrap_or(64);
    // They fill up in any case; memory that grows for another reason shows only when they are full.
    world.target.fill_caches().await?;
    let load = world.load(mode, connections).await?;
    let server = world.target.running.process();
    let memory = tokio::spawn(process::follow(server, Duration::from_secs(60), minutes));
    let plan = Plan { time: Duration::from_secs(60 * minutes), rate: options.rate, profile: None };
    let measured = run::run(&load, server, &plan).await?;
    table.row(mode, connections, &measured)?;
    let memory = memory.await??;
    table.memory(&memory)?;
    let (first, most) = (memory.first().copied(), memory.iter().max().copied());
    let (Some(first), Some(most)) = (first, most) else { return Ok(()) };
    ensure!(measured.tally.failed() == 0, "{} calls failed", measured.tally.failed());
    ensure!(most <= first + first / 10, "memory grows after the first minute: {memory:?} KiB");
    Ok(())
}

async fn row(
    world: &World,
    mode: Mode,
    connections: usize,
    options: &Options,
) -> Result<run::Measured> {
    let load = world.load(mode, connections).await?;
    let profile = options
        .perf
        .as_deref()
        .map(|folder: &Path| folder.join(format!("{}-{connections}.perf", mode.name())));
    let plan = Plan {
        time: Duration::from_secs(options.seconds),
        rate: options.rate,
        profile: profile.as_deref(),
    };
    let server = match mode {
        Mode::BareGet | Mode::BareStatus | Mode::BareSession => world.bare.process(),
        _ => world.target.running.process(),
    };
    run::run(&load, server, &plan).await
}
