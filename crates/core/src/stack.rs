//! Moves of a secret leave copies of it on the stack, which nothing wipes.
//!
//! This is best effort. It overwrites [`DEPTH`] bytes below the frame of the caller, on this thread. It does not
//! reach what is deeper, the frames of the caller and of async tasks, the heap, other threads, and registers that
//! the operating system has saved. It cannot know where the compiler puts copies: a test searches the memory of
//! real servers for them.

use std::hint::black_box;

/// More than calls that handle a key use, as far as the test has seen. Nothing measures it at run time.
const DEPTH: usize = 128 * 1024;

/// What `work` returns, when the stack that it has used is overwritten. What it returns must not be the secret
/// itself, which would be moved through the frame of the caller.
pub(crate) fn wiped<T>(work: impl FnOnce() -> T) -> T {
    let done = called(work);
    overwrite();
    done
}

#[inline(never)]
fn called<T>(work: impl FnOnce() -> T) -> T {
    work()
}

#[inline(never)]
fn overwrite() {
    black_box(&mut [0_u8; DEPTH]);
}
