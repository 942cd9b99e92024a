//! How far a command is, on standard error, once it takes long.

use std::io::{IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

/// A command that takes no longer shows no progress.
const QUIET: Duration = Duration::from_secs(1);

/// Shows how many of the things that a command is about are done.
pub(crate) struct Progress {
    of: &'static str,
    done: usize,
    count: usize,
    next: Instant,
    shown: bool,
    on_terminal: bool,
}

impl Progress {
    /// For `count` things, which `of` names in the plural.
    pub(crate) fn new(of: &'static str, count: usize) -> Self {
        let on_terminal = std::io::stderr().is_terminal();
        Self { of, done: 0, count, next: Instant::now() + QUIET, shown: false, on_terminal }
    }

    /// One more is done.
    pub(crate) fn advance(&mut self) {
        self.set(self.done.saturating_add(1), self.count);
    }

    /// How many are done, and of how many.
    pub(crate) fn set(&mut self, done: usize, count: usize) {
        (self.done, self.count) = (done, count);
        if Instant::now() < self.next || done >= count {
            return;
        }
        self.next = Instant::now() + QUIET;
        self.shown = true;
        let end = if self.on_terminal { '\r' } else { '\n' };
        // Nothing to do about a closed standard error.
        let _ = write!(std::io::stderr(), "{done} of {count} {} done{end}", self.of);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.shown && self.on_terminal {
            let _ = write!(std::io::stderr(), "\x1b[K");
        }
    }
}
