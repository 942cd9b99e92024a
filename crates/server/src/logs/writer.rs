//! A queue of log lines in front of a thread that writes them.
//!
//! Invariant: logging neither waits nor fails. Lines that find the queue full, or that cannot
//! be written, are dropped and counted; the count is the next line that is written.

use std::{
    collections::VecDeque,
    io::{self, Write},
    sync::Arc,
    thread,
    time::Duration,
};

use parking_lot::{Condvar, Mutex};
use tracing_subscriber::fmt::MakeWriter;

/// Bytes of lines that wait to be written: some seconds of a busy server.
const CAPACITY: usize = 1024 * 1024;

/// Takes log lines.
#[derive(Clone)]
pub(super) struct Lines(Arc<Shared>);

struct Shared {
    queue: Mutex<Queue>,
    changed: Condvar,
}

#[derive(Default)]
struct Queue {
    lines: VecDeque<Vec<u8>>,
    bytes: usize,
    lost: u64,
    writing: bool,
}

impl Lines {
    /// Starts the thread that writes to `out`. `notice` makes the line that says how many lines
    /// were lost.
    pub(super) fn start(
        out: impl Write + Send + 'static,
        notice: impl Fn(u64) -> String + Send + 'static,
    ) -> io::Result<Self> {
        let shared = Arc::new(Shared { queue: Mutex::default(), changed: Condvar::new() });
        let lines = Self(shared.clone());
        thread::Builder::new()
            .name("log".to_owned())
            .spawn(move || shared.write_to(out, &notice))?;
        Ok(lines)
    }

    /// Queues one line, or counts it as lost.
    pub(super) fn push(&self, line: &[u8]) {
        let mut queue = self.0.queue.lock();
        if queue.bytes.saturating_add(line.len()) > CAPACITY {
            queue.lost += 1;
            return;
        }
        queue.bytes += line.len();
        queue.lines.push_back(line.to_vec());
        self.0.changed.notify_all();
    }

    /// Waits until everything is written, at most for `time`.
    pub(super) fn flush(&self, time: Duration) {
        let mut queue = self.0.queue.lock();
        let busy = |queue: &mut Queue| queue.writing || !queue.lines.is_empty();
        self.0.changed.wait_while_for(&mut queue, busy, time);
    }
}

impl Shared {
    fn write_to(&self, mut out: impl Write, notice: &impl Fn(u64) -> String) {
        loop {
            let mut queue = self.queue.lock();
            self.changed.wait_while(&mut queue, |queue| queue.lines.is_empty());
            let Queue { lines, bytes, lost, .. } = std::mem::take(&mut *queue);
            queue.writing = true;
            drop(queue);

            let mut text = Vec::with_capacity(bytes);
            if lost > 0 {
                text.extend_from_slice(notice(lost).as_bytes());
            }
            lines.iter().for_each(|line| text.extend_from_slice(line));
            let written = out.write_all(&text).and_then(|()| out.flush());

            let mut queue = self.queue.lock();
            queue.writing = false;
            if written.is_err() {
                queue.lost += lost + u64::try_from(lines.len()).unwrap_or(u64::MAX);
            }
            self.changed.notify_all();
        }
    }
}

/// The writer of one event, which is written at once.
pub(super) struct Line<'a>(&'a Lines);

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Line<'a>;

    fn make_writer(&'a self) -> Line<'a> {
        Line(self)
    }
}

impl Write for Line<'_> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.push(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, Sender, channel};

    use super::*;

    const LONG: Duration = Duration::from_secs(20);

    /// A file that waits for a word before each write, and does as told.
    struct Told {
        words: Receiver<io::Result<()>>,
        written: Sender<String>,
    }

    impl Write for Told {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.words.recv().unwrap()?;
            self.written.send(String::from_utf8(bytes.to_vec()).unwrap()).unwrap();
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn start() -> (Lines, Sender<io::Result<()>>, Receiver<String>) {
        let (word, words) = channel();
        let (written, read) = channel();
        let lines = Lines::start(Told { words, written }, |lost| format!("lost {lost}\n"));
        (lines.unwrap(), word, read)
    }

    #[test]
    fn f01_lines_that_cannot_be_written_are_counted() {
        let (lines, word, read) = start();
        for line in ["a\n", "b\n"] {
            lines.push(line.as_bytes());
            word.send(Err(io::ErrorKind::StorageFull.into())).unwrap();
            lines.flush(LONG);
        }
        lines.push(b"c\n");
        word.send(Ok(())).unwrap();
        assert_eq!(read.recv_timeout(LONG).unwrap(), "lost 2\nc\n");
        lines.flush(LONG);
        lines.push(b"d\n");
        word.send(Ok(())).unwrap();
        assert_eq!(read.recv_timeout(LONG).unwrap(), "d\n");
    }

    #[test]
    fn f01_a_file_that_blocks_makes_nobody_wait() {
        let (lines, word, read) = start();
        let line = [b'x'; 1024];
        lines.push(&line);
        while !lines.0.queue.lock().writing {
            thread::yield_now();
        }
        for _ in 1..4 * CAPACITY / line.len() {
            lines.push(&line);
        }
        word.send(Ok(())).unwrap();
        word.send(Ok(())).unwrap();
        let first = read.recv_timeout(LONG).unwrap();
        let second = read.recv_timeout(LONG).unwrap();
        let kept = (first.len() + second.len()) / line.len();
        let lost: usize =
            second.lines().next().unwrap().strip_prefix("lost ").unwrap().parse().unwrap();
        assert_eq!(kept + lost, 4 * CAPACITY / line.len());
        assert!(second.len() <= CAPACITY + 32, "{}", second.len());
    }
}
