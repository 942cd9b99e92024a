//! Watching a secret: by a callback, or by a file descriptor for a program that has a loop of its own.

use std::ffi::{c_char, c_int, c_void};
use std::io::{PipeReader, PipeWriter, Read as _, Write as _};
use std::mem::MaybeUninit;
use std::os::fd::AsRawFd;
use std::ptr;
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use aecs_client::Error;
use tokio::sync::watch;

use crate::border::{Result, caught, give, give_some, given, quietly, texts};
use crate::client::{Client, Connection, service_or_own};
use crate::error::{Failure, Status};
use crate::secret::Secret;

/// What a watch calls with each version of a secret, or with an error: exactly one of both is not NULL. It
/// belongs to the callback, which frees it. context is what the program gave. Called by a thread of the
/// watch, one call at a time. The callback may call this library, also aecs_watch_free for its own watch.
/// It must return: no exception and no longjmp.
pub type WatchCallback =
    Option<unsafe extern "C" fn(context: *mut c_void, secret: *mut Secret, error: *mut Failure)>;

/// A secret that is watched. Belongs to the caller, who frees it with aecs_watch_free. aecs_watch_next may
/// be called by several threads at once.
pub struct Watch {
    stop: watch::Sender<bool>,
    thread: Option<JoinHandle<()>>,
    mailbox: Option<Arc<Mailbox>>,
}

/// What a watch has found: a version, or why there is none.
type Found = std::result::Result<Secret, Failure>;

/// Where what is found waits for the program: the last one.
struct Mailbox {
    inside: Mutex<Inside>,
    readable: PipeReader,
}

struct Inside {
    found: Option<Found>,
    /// A byte in it makes the other end readable.
    bell: PipeWriter,
}

impl Mailbox {
    fn new() -> std::io::Result<Self> {
        let (readable, bell) = std::io::pipe()?;
        Ok(Self { inside: Mutex::new(Inside { found: None, bell }), readable })
    }

    /// Puts something in, in the place of what was not taken.
    fn put(&self, found: Found) {
        let Ok(mut inside) = self.inside.lock() else { return };
        // There is a byte in the pipe exactly if there is something in the mailbox: it never fills.
        if inside.found.replace(found).is_none() {
            let _ = inside.bell.write_all(&[1]);
        }
    }

    fn take(&self) -> Option<Found> {
        let mut inside = self.inside.lock().ok()?;
        let found = inside.found.take()?;
        let _ = (&self.readable).read_exact(&mut [0]);
        Some(found)
    }
}

/// A callback with what it is called with.
struct Callback {
    function: unsafe extern "C" fn(*mut c_void, *mut Secret, *mut Failure),
    context: *mut c_void,
}

// SAFETY: the header says that the callback is called by another thread, with this context.
unsafe impl Send for Callback {}

impl Callback {
    fn call(&self, found: Found) {
        let (secret, error) = match found {
            Ok(secret) => (Box::into_raw(Box::new(secret)), ptr::null_mut()),
            Err(failure) => (ptr::null_mut(), Box::into_raw(Box::new(failure))),
        };
        // SAFETY: the function is one of C for these arguments; it gets what it is to free.
        unsafe { (self.function)(self.context, secret, error) };
    }
}

/// What is watched.
struct Watched {
    connection: Arc<Connection>,
    service: String,
    secret: String,
    every: Option<Duration>,
}

impl Watched {
    /// Tells of each version until the watch is to stop.
    fn run(&self, mut stop: watch::Receiver<bool>, tell: &mut dyn FnMut(Found)) -> Result<()> {
        let mut versions = self.connection.ta().watch(&self.service, &self.secret);
        if let Some(every) = self.every {
            versions = versions.every(every);
        }
        loop {
            let found = self.connection.run(async {
                tokio::select! {
                    biased;
                    _ = stop.wait_for(|stop| *stop) => None,
                    changed = versions.changed() => Some(changed),
                }
            })?;
            match found {
                Some(found) => tell(found.map(Secret::from).map_err(Failure::from)),
                None => return Ok(()),
            }
        }
    }

    /// Runs in a thread of its own: calls of C may not be made by a thread of the runtime.
    fn start(self, mut tell: impl FnMut(Found) + Send + 'static) -> Result<Started> {
        let (stop, stopped) = watch::channel(false);
        let run = move || {
            if let Err(failure) = caught(|| self.run(stopped, &mut tell)) {
                tell(Err(failure));
            }
        };
        let thread = thread::Builder::new().name("aecs-watch".to_owned()).spawn(run);
        Ok((stop, thread.map_err(Error::Runtime)?))
    }
}

type Started = (watch::Sender<bool>, JoinHandle<()>);

impl Drop for Watch {
    fn drop(&mut self) {
        self.stop.send_replace(true);
        if let Some(thread) = self.thread.take()
            && thread.thread().id() != thread::current().id()
        {
            let _ = thread.join();
        }
    }
}

fn watched(client: Option<&Client>, names: Result<[&str; 2]>, interval: u64) -> Result<Watched> {
    let [service, secret] = names?;
    Ok(Watched {
        connection: given(client, "the client")?.connection().clone(),
        service: service_or_own(service).to_owned(),
        secret: secret.to_owned(),
        every: Some(interval).filter(|interval| *interval != 0).map(Duration::from_millis),
    })
}

/// Watches a secret: calls the callback with the current version at once, and with each other one that
/// becomes current. service: as of aecs_client_get. interval: milliseconds between two questions
/// at most, 0 for 30 seconds; where the server pushes notices, the watch asks within about a second after a
/// change. After an error (the secret is deleted, or does not admit the application any more) it goes on
/// asking. It keeps the client's connection. The caller frees *result.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aecs_client_watch(
    client: Option<&Client>,
    service: *const c_char,
    secret: *const c_char,
    interval: u64,
    callback: WatchCallback,
    context: *mut c_void,
    result: Option<&mut MaybeUninit<*mut Watch>>,
    error: Option<&mut MaybeUninit<*mut Failure>>,
) -> Status {
    // SAFETY: what the header asks of the caller.
    let names = unsafe { texts([("the service", service), ("the secret", secret)]) };
    give(result, error, || {
        let function = callback.ok_or_else(|| Failure::null("the callback"))?;
        let callback = Callback { function, context };
        let watched = watched(client, names, interval)?;
        let (stop, thread) = watched.start(move |found| callback.call(found))?;
        Ok(Watch { stop, thread: Some(thread), mailbox: None })
    })
}

/// Watches a secret as aecs_client_watch does, for a program with a loop of its own: aecs_watch_fd is
/// readable when aecs_watch_next has something. The caller frees *result.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aecs_client_watch_fd(
    client: Option<&Client>,
    service: *const c_char,
    secret: *const c_char,
    interval: u64,
    result: Option<&mut MaybeUninit<*mut Watch>>,
    error: Option<&mut MaybeUninit<*mut Failure>>,
) -> Status {
    // SAFETY: what the header asks of the caller.
    let names = unsafe { texts([("the service", service), ("the secret", secret)]) };
    give(result, error, || {
        let watched = watched(client, names, interval)?;
        let mailbox = Arc::new(Mailbox::new().map_err(Error::Runtime)?);
        let filled = mailbox.clone();
        let (stop, thread) = watched.start(move |found| filled.put(found))?;
        Ok(Watch { stop, thread: Some(thread), mailbox: Some(mailbox) })
    })
}

/// The file descriptor of a watch, for poll, select or epoll: readable when aecs_watch_next has something.
/// It is the watch's: do not read from it, and do not close it. -1 for a watch with a callback.
#[unsafe(no_mangle)]
pub extern "C" fn aecs_watch_fd(watch: Option<&Watch>) -> c_int {
    quietly(-1, || {
        let mailbox = watch.and_then(|watch| watch.mailbox.as_ref());
        mailbox.map_or(-1, |mailbox| mailbox.readable.as_raw_fd())
    })
}

/// Takes what a watch has found, and does not wait: the last version, if there were several since, in
/// *result; or an error. AECS_STATUS_NOTHING, without an error, if there is nothing now. The caller frees
/// *result.
#[unsafe(no_mangle)]
pub extern "C" fn aecs_watch_next(
    watch: Option<&Watch>,
    result: Option<&mut MaybeUninit<*mut Secret>>,
    error: Option<&mut MaybeUninit<*mut Failure>>,
) -> Status {
    let mut nothing = false;
    let status = give_some(result, error, || {
        let mailbox = given(watch, "the watch")?.mailbox.as_ref();
        let mailbox = mailbox.ok_or_else(|| Failure::usage("the watch has a callback"))?;
        let found = mailbox.take().transpose()?;
        nothing = found.is_none();
        Ok(found)
    });
    if nothing { Status::Nothing } else { status }
}

/// Stops a watch and frees it. When it returns, no callback runs any more, unless it is called by that
/// callback. Do not hold a lock that the callback waits for. NULL is allowed.
#[unsafe(no_mangle)]
pub extern "C" fn aecs_watch_free(watch: Option<Box<Watch>>) {
    quietly((), || drop(watch));
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

    use super::*;

    #[test]
    fn a_mailbox_has_the_last_that_was_found_and_is_readable_for_it() {
        let mailbox = Mailbox::new().unwrap();
        let found = |text: &str| Err(Failure::usage(text));
        assert!(mailbox.take().is_none());
        for _ in 0..100_000 {
            // More than a pipe holds: nobody takes, and nothing waits.
            mailbox.put(found("first"));
        }
        mailbox.put(found("last"));
        assert_eq!(mailbox.take().unwrap().err().unwrap().text(), "last");
        assert!(mailbox.take().is_none());
    }
}
