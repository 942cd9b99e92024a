//! What the libraries log, for Python's `logging`.
//!
//! The code that logs may hold any lock, or none of Python's: records go into a queue, and a thread of the
//! package (`aecs/_logging.py`) takes them out. A full queue drops records, and says how many.

use std::fmt::{self, Write as _};
use std::process;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::time::{Duration, SystemTime};

use parking_lot::Mutex;
use pyo3::prelude::*;
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record as Values};
use tracing::{Event, Level, Metadata, Subscriber};

use crate::convert;

/// How many records wait for Python at most.
const ROOM: usize = 1024;

/// Only the crates of AECS are told of: all others log what is of no use without their source.
const OURS: [&str; 2] = ["aecs_", "_aecs::"];

/// The numbers of Python's levels: 5 is below DEBUG.
const LEVELS: [(u8, LevelFilter); 5] = [
    (40, LevelFilter::ERROR),
    (30, LevelFilter::WARN),
    (20, LevelFilter::INFO),
    (10, LevelFilter::DEBUG),
    (5, LevelFilter::TRACE),
];

static DROPPED: AtomicU64 = AtomicU64::new(0);
/// The position in `LEVELS` of the least important level that is asked for, and one more; 0 for nothing.
static ENABLED: AtomicUsize = AtomicUsize::new(0);

struct Record {
    level: u8,
    target: &'static str,
    message: String,
    time: SystemTime,
}

struct Queue {
    sender: SyncSender<Option<Record>>,
    receiver: Mutex<Receiver<Option<Record>>>,
    pid: u32,
}

static QUEUE: Mutex<Option<&'static Queue>> = Mutex::new(None);

/// The queue of this process: a child that was forked has no thread of its parent's, which may have held
/// a lock of it.
fn queue() -> &'static Queue {
    let mut there = QUEUE.lock();
    match *there {
        Some(queue) if queue.pid == process::id() => queue,
        _ => {
            let (sender, receiver) = sync_channel(ROOM);
            let queue = Queue { sender, receiver: Mutex::new(receiver), pid: process::id() };
            let queue: &'static Queue = Box::leak(Box::new(queue));
            *there = Some(queue);
            queue
        }
    }
}

/// Has records of a level of Python's, and of more important ones, put into the queue.
#[pyfunction]
pub(crate) fn set_log_level(level: u32) {
    let enabled = LEVELS.iter().filter(|(number, _)| u32::from(*number) >= level).count();
    ENABLED.store(enabled, Ordering::Relaxed);
    // It is there already after the first call.
    let _ = tracing::subscriber::set_global_default(Logger);
    tracing::callsite::rebuild_interest_cache();
}

/// The next record: level, target, message, seconds since 1970. None if there is none within a time, and
/// at the end.
#[pyfunction]
pub(crate) fn next_record(
    py: Python<'_>,
    within: f64,
) -> PyResult<Option<(u8, &'static str, String, f64)>> {
    let within = convert::duration(py, within)?;
    let record = py.detach(|| receive(within));
    Ok(record.map(|it| (it.level, it.target, it.message, convert::seconds(it.time))))
}

fn receive(within: Duration) -> Option<Record> {
    let dropped = DROPPED.swap(0, Ordering::Relaxed);
    if dropped > 0 {
        let message = format!("{dropped} records were dropped: Python did not take them in time");
        return Some(Record { level: 30, target: "aecs_python", message, time: SystemTime::now() });
    }
    // An error says that the time is over.
    queue().receiver.lock().recv_timeout(within).unwrap_or_default()
}

/// Wakes the thread that waits for a record.
#[pyfunction]
pub(crate) fn stop_log() {
    let _ = queue().sender.try_send(None);
}

/// Puts events into the queue; spans are of no interest.
struct Logger;

impl Subscriber for Logger {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        let enabled = LEVELS.get(..ENABLED.load(Ordering::Relaxed)).unwrap_or_default();
        let least = enabled.last().map_or(LevelFilter::OFF, |(_, level)| *level);
        let is_ours = OURS.iter().any(|ours| metadata.target().starts_with(ours));
        metadata.is_event() && *metadata.level() <= least && is_ours
    }

    fn new_span(&self, _span: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _span: &Id, _values: &Values<'_>) {}

    fn record_follows_from(&self, _span: &Id, _follows: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut text = Text::default();
        event.record(&mut text);
        let record = Record {
            level: number(event.metadata().level()),
            target: event.metadata().target(),
            message: format!("{}{}", text.message, text.fields),
            time: SystemTime::now(),
        };
        if let Err(TrySendError::Full(_)) = queue().sender.try_send(Some(record)) {
            DROPPED.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn enter(&self, _span: &Id) {}

    fn exit(&self, _span: &Id) {}
}

fn number(level: &Level) -> u8 {
    let number = LEVELS.iter().find(|(_, it)| it.into_level() == Some(*level));
    number.map_or(0, |(number, _)| *number)
}

/// The message, and the fields behind it.
#[derive(Default)]
struct Text {
    message: String,
    fields: String,
}

impl Visit for Text {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.record_debug(field, &format_args!("{value}"));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        // A text takes what is written to it.
        let _ = match field.name() {
            "message" => write!(self.message, "{value:?}"),
            name => write!(self.fields, " {name}={value:?}"),
        };
    }
}
