//! `exec`: runs a program with secrets in its environment and in files in memory.

use std::collections::BTreeSet;
use std::os::unix::process::ExitStatusExt as _;
use std::process::ExitStatus;
use std::str::FromStr;
use std::time::Duration;

use aecs_client::{Notices, TaClient};
use rustix::process::{Pid, Signal, kill_process};
use tokio::process::{Child, Command};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};

use super::command::ExecArgs;
use super::held::{Held, pause};
use super::memory::MemoryFolder;
use crate::failure::{Failure, Result};
use crate::tool;

/// The exit codes of shells for a program that cannot be run, and for one that is not there.
const CANNOT_RUN: u8 = 126;
const NOT_FOUND: u8 = 127;

/// What happens when a secret has another version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnChange {
    /// Nothing: nobody asks.
    Ignore,
    /// The program ends, and begins again with the new value.
    Restart,
    /// The files have the new value, and the program gets this signal.
    Signal(Signal),
}

/// The signals that a program can be told changes by.
const SIGNALS: [(&str, Signal); 3] =
    [("SIGHUP", Signal::HUP), ("SIGUSR1", Signal::USR1), ("SIGUSR2", Signal::USR2)];

impl FromStr for OnChange {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        match text {
            "ignore" => Ok(Self::Ignore),
            "restart" => Ok(Self::Restart),
            _ => match SIGNALS.iter().find(|(name, _)| *name == text) {
                Some((_, signal)) => Ok(Self::Signal(*signal)),
                None => Err("write ignore, restart, SIGHUP, SIGUSR1 or SIGUSR2".to_owned()),
            },
        }
    }
}

/// Refuses what the program could not use.
pub(super) fn check(args: &ExecArgs) -> Result<()> {
    if let (OnChange::Signal(_), []) = (args.on_change, args.file.as_slice()) {
        return Err(Failure::usage("a signal tells the program to read files, and there are none")
            .help("give the secret as a file with --file, or use --on-change restart"));
    }
    let mut known = BTreeSet::new();
    let mut variables = args.env.iter().chain(&args.file).map(|given| &given.variable);
    match variables.find(|variable| !known.insert(*variable)) {
        Some(twice) => Err(Failure::usage(format!("the variable {twice} is given twice"))
            .help("give each secret a variable of its own")),
        None => Ok(()),
    }
}

/// Runs the program, and tells its exit code.
pub(super) async fn run(client: &TaClient, args: &ExecArgs) -> Result<u8> {
    // Before the program starts: a signal that comes now is for the program, too.
    let mut signals = Signals::listen()?;
    let references = args.env.iter().chain(&args.file).map(|given| &given.reference);
    let mut held = Held::fetch(client, &args.of.service, references).await?;
    let folder = match args.file.as_slice() {
        [] => None,
        _ => Some(MemoryFolder::make()?),
    };
    let interval = Duration::from_secs(args.every);
    let mut notices = client.notices(held.services());
    loop {
        let mut child = match start(args, &held, folder.as_ref())? {
            Ok(child) => child,
            Err(code) => return Ok(code),
        };
        let mut next = Instant::now() + pause(interval)?;
        loop {
            let news = tokio::select! {
                ended = child.wait() => return Ok(code_of(ended.map_err(|error| lost(&error))?)),
                signal = signals.next() => {
                    send(&child, signal);
                    continue;
                }
                news = news_at(next, &mut notices, &mut held), if args.on_change != OnChange::Ignore => news,
            };
            next = Instant::now() + pause(interval)?;
            if news.is_empty() {
                continue;
            }
            held.take(news);
            match args.on_change {
                OnChange::Ignore => {}
                OnChange::Signal(signal) => {
                    write_files(args, &held, folder.as_ref())?;
                    send(&child, signal);
                }
                OnChange::Restart => {
                    tool::say("a secret has changed: the program starts again");
                    stop(&mut child, Duration::from_secs(args.grace)).await?;
                    break;
                }
            }
        }
    }
}

async fn news_at(
    next: Instant,
    notices: &mut Notices<'_>,
    held: &mut Held<'_>,
) -> Vec<((String, String), aecs_client::Secret)> {
    notices.until(next.into_std()).await;
    held.news().await
}

/// Starts the program; the exit code if it cannot be started.
fn start(
    args: &ExecArgs,
    held: &Held<'_>,
    folder: Option<&MemoryFolder>,
) -> Result<std::result::Result<Child, u8>> {
    write_files(args, held, folder)?;
    let Some((program, arguments)) = args.command.split_first() else {
        return Err(Failure::usage("no program is given"));
    };
    let mut command = Command::new(program);
    command.args(arguments);
    for given in &args.env {
        let value = held.value(&given.reference)?;
        let text = std::str::from_utf8(value.expose()).ok().filter(|text| !text.contains('\0'));
        let text = text.ok_or_else(|| {
            Failure::bad_input(format!("{} is binary: no environment can hold it", given.reference))
                .help("give it as a file with --file")
        })?;
        command.env(&given.variable, text);
    }
    for given in &args.file {
        if let Some(folder) = folder {
            command.env(&given.variable, folder.path(&given.variable));
        }
    }
    Ok(command.spawn().map_err(|error| {
        tool::say(&format!("error: cannot run {}: {error}", program.to_string_lossy()));
        match error.kind() {
            std::io::ErrorKind::NotFound => NOT_FOUND,
            _ => CANNOT_RUN,
        }
    }))
}

fn write_files(args: &ExecArgs, held: &Held<'_>, folder: Option<&MemoryFolder>) -> Result<()> {
    let Some(folder) = folder else { return Ok(()) };
    args.file
        .iter()
        .try_for_each(|given| folder.write(&given.variable, &held.value(&given.reference)?))
}

/// Ends the program: asks it to, and makes it after some time.
async fn stop(child: &mut Child, grace: Duration) -> Result<()> {
    send(child, Signal::TERM);
    match timeout(grace, child.wait()).await {
        Ok(ended) => ended.map(drop).map_err(|error| lost(&error)),
        Err(_) => child.kill().await.map_err(|error| lost(&error)),
    }
}

/// Sends a signal to a program that was not waited for: its number is not somebody else's yet.
fn send(child: &Child, signal: Signal) {
    let pid = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
    if let Some(pid) = pid {
        // It may have ended by now.
        let _ = kill_process(pid, signal);
    }
}

fn lost(error: &std::io::Error) -> Failure {
    Failure::internal(format!("cannot wait for the program: {error}"))
}

/// The exit code as shells have it: 128 and the signal's number for one that a signal ended.
fn code_of(ended: ExitStatus) -> u8 {
    let code = ended.code().or_else(|| ended.signal().map(|signal| 128 + signal));
    code.and_then(|code| u8::try_from(code).ok()).unwrap_or(u8::MAX)
}

/// The signals that are passed on.
struct Signals(mpsc::UnboundedReceiver<Signal>);

impl Signals {
    fn listen() -> Result<Self> {
        use std::io::IsTerminal as _;

        let (sender, receiver) = mpsc::unbounded_channel();
        // A terminal sends these to the program itself.
        let from_terminal = std::io::stdin().is_terminal();
        for (kind, passed) in [
            (SignalKind::hangup(), Some(Signal::HUP)),
            (SignalKind::terminate(), Some(Signal::TERM)),
            (SignalKind::user_defined1(), Some(Signal::USR1)),
            (SignalKind::user_defined2(), Some(Signal::USR2)),
            (SignalKind::interrupt(), (!from_terminal).then_some(Signal::INT)),
            (SignalKind::quit(), (!from_terminal).then_some(Signal::QUIT)),
        ] {
            let mut came = signal(kind)
                .map_err(|error| Failure::internal(format!("cannot listen to signals: {error}")))?;
            let sender = sender.clone();
            tokio::spawn(async move {
                while came.recv().await.is_some() {
                    if passed.is_some_and(|passed| sender.send(passed).is_err()) {
                        return;
                    }
                }
            });
        }
        Ok(Self(receiver))
    }

    async fn next(&mut self) -> Signal {
        match self.0.recv().await {
            Some(signal) => signal,
            None => std::future::pending().await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_handled_in_one_of_these_ways() {
        assert_eq!("restart".parse(), Ok(OnChange::Restart));
        assert_eq!("SIGUSR1".parse(), Ok(OnChange::Signal(Signal::USR1)));
        for wrong in ["", "SIGKILL", "HUP", "Restart"] {
            assert!(wrong.parse::<OnChange>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn exit_codes_are_those_of_shells() {
        for (raw, code) in [(0, 0), (7 << 8, 7), (255 << 8, 255), (9, 137), (15, 143)] {
            assert_eq!(code_of(ExitStatus::from_raw(raw)), code);
        }
    }
}
