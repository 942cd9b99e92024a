//! Log lines on standard error, for people or for machines.
//!
//! Invariants: only our own crates log below `warn`: libraries know the bytes of requests, we know
//! what of them may be shown. And a log that cannot be written stops nothing (`writer.rs`).

mod writer;

use std::{
    fs::File,
    io::{self, IsTerminal as _, Write as _},
    os::fd::AsFd as _,
    panic,
    sync::OnceLock,
    time::Duration,
};

use tracing::Level;
use tracing_subscriber::{
    EnvFilter,
    fmt::{
        format::Writer,
        time::{FormatTime as _, SystemTime},
    },
};

use self::writer::Lines;

/// The look of a log line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// One readable line per event.
    Text,
    /// One JSON object per event.
    Json,
}

/// What is logged, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogConfig {
    /// The look of a line.
    pub format: LogFormat,
    /// The least important of our own events that are logged.
    pub level: Level,
}

/// The crates whose events the level applies to.
const OURS: [&str; 6] =
    ["aecs_server", "aecs_core", "aecs_attest", "aecs_store", "aecs_crypto", "aecs_client"];

/// Where lines go, once logging has started.
static LINES: OnceLock<Lines> = OnceLock::new();

/// How long [`finish`] waits for the last lines.
const LAST_LINES: Duration = Duration::from_secs(1);

/// Starts logging for the whole process. Later calls change nothing.
///
/// # Errors
/// Standard error cannot be duplicated, or no thread started.
pub fn start(config: LogConfig) -> io::Result<()> {
    if LINES.get().is_some() {
        return Ok(());
    }
    // A file of our own: the lock of `io::stderr` would be held for as long as a write blocks.
    let out = File::from(io::stderr().as_fd().try_clone_to_owned()?);
    let lines = Lines::start(out, move |lost| notice(config.format, lost))?;
    let lines = LINES.get_or_init(|| lines).clone();
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter(config.level))
        .with_writer(lines)
        .log_internal_errors(false)
        .with_ansi(io::stderr().is_terminal());
    // An error means that somebody, a test for instance, already chose where events go.
    let _ = match config.format {
        LogFormat::Text => builder.try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
    panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string);
        let payload = panic.payload();
        let message = match payload.downcast_ref::<&str>() {
            Some(text) => text,
            None => payload.downcast_ref::<String>().map_or("without a message", String::as_str),
        };
        tracing::error!(place, "panicked: {message}");
    }));
    Ok(())
}

/// Says something to the operator that is not a log line, such as why the program ends.
pub fn say(text: &str) {
    match LINES.get() {
        Some(lines) => lines.push(format!("{text}\n").as_bytes()),
        // Nothing to do about standard error that is closed.
        None => drop(writeln!(io::stderr(), "{text}")),
    }
}

/// Waits for the last lines to be written, for a second at most.
pub fn finish() {
    if let Some(lines) = LINES.get() {
        lines.flush(LAST_LINES);
    }
}

/// The line that says how many lines are missing.
fn notice(format: LogFormat, lost: u64) -> String {
    const TARGET: &str = "aecs_server::logs";
    const MESSAGE: &str = "log lines could not be written, and are lost";
    let mut now = String::new();
    // Without its time the line is still of use.
    let _ = SystemTime.format_time(&mut Writer::new(&mut now));
    match format {
        LogFormat::Text => format!("{now}  WARN {TARGET}: {MESSAGE} lost={lost}\n"),
        LogFormat::Json => {
            let event = serde_json::json!({
                "timestamp": now, "level": "WARN", "message": MESSAGE, "lost": lost,
                "target": TARGET,
            });
            format!("{event}\n")
        }
    }
}

fn filter(level: Level) -> EnvFilter {
    let ours: Vec<String> = OURS.iter().map(|name| format!("{name}={level}")).collect();
    EnvFilter::new(format!("warn,{}", ours.join(",")))
}
