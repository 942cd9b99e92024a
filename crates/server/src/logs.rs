//! Log lines on standard error, for people or for machines.
//!
//! Invariant: only our own crates log below `warn`. Libraries know the bytes of requests, we know
//! what of them may be shown.

use std::io::{self, IsTerminal as _};

use tracing_subscriber::EnvFilter;

/// The look of a log line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// One readable line per event.
    Text,
    /// One JSON object per event.
    Json,
}

/// The least important events that are logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Something failed that should not.
    Error,
    /// Something an operator should look at.
    Warn,
    /// What the server does.
    Info,
    /// How it does it.
    Debug,
    /// Every step.
    Trace,
}

/// What is logged, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogConfig {
    /// The look of a line.
    pub format: LogFormat,
    /// What of our own doings is logged.
    pub level: Level,
}

/// The crates whose events the level applies to.
const OURS: [&str; 6] =
    ["aecs_server", "aecs_core", "aecs_attest", "aecs_store", "aecs_crypto", "aecs_client"];

/// Starts logging for the whole process. Later calls change nothing.
pub fn start(config: LogConfig) {
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter(config.level))
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal());
    // An error means that somebody, a test for instance, already chose where events go.
    let _ = match config.format {
        LogFormat::Text => builder.try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
}

fn filter(level: Level) -> EnvFilter {
    let level = match level {
        Level::Error => "error",
        Level::Warn => "warn",
        Level::Info => "info",
        Level::Debug => "debug",
        Level::Trace => "trace",
    };
    let ours: Vec<String> = OURS.iter().map(|name| format!("{name}={level}")).collect();
    EnvFilter::new(format!("warn,{}", ours.join(",")))
}
