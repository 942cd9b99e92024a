//! The program that takes finished segments (`audit.sink_command`).
//!
//! It is the host's, like the file that it is given: it can lose what it says it has, which
//! `aecsadmin audit verify` shows. It gets neither the environment of the server nor its open files.

use std::{
    env, io,
    os::unix::process::CommandExt as _,
    path::Path,
    process::{Command, Stdio},
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process_group};

/// How long it may take for a segment.
pub(super) const AT_MOST: Duration = Duration::from_secs(60);
/// How often it is looked after.
const LOOK: Duration = Duration::from_millis(20);

/// Runs the program with the segment's path as its argument, and returns when it has ended with 0.
/// One that is not done after `at_most`, or when the log is being closed, is killed.
pub(super) fn take(
    program: &Path,
    segment: &Path,
    at_most: Duration,
    closing: &AtomicBool,
) -> io::Result<()> {
    let failed = |what: String| {
        let program = program.display();
        io::Error::other(format!("audit.sink_command: {program} did not take a file: {what}"))
    };
    let mut child = Command::new(program)
        .arg(segment)
        .env_clear()
        .envs(env::var_os("PATH").map(|path| ("PATH", path)))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .map_err(|error| failed(error.to_string()))?;
    let begin = Instant::now();
    let why = loop {
        match child.try_wait() {
            Ok(Some(status)) if status.success() => return Ok(()),
            Ok(Some(status)) => return Err(failed(format!("it ended with {status}"))),
            Ok(None) if closing.load(Ordering::Acquire) => break "the server stops".to_owned(),
            Ok(None) if begin.elapsed() >= at_most => {
                break format!("it was not done after {} s", at_most.as_secs());
            }
            Ok(None) => thread::sleep(LOOK),
            Err(error) => break error.to_string(),
        }
    };
    // With whatever it has started. If it has ended by now, there is nobody to kill.
    let _ = kill_process_group(Pid::from_child(&child), Signal::KILL);
    let _ = child.wait();
    Err(failed(why))
}
