//! Moves of a secret leave copies of it on the stack, which nothing wipes.

use std::hint::black_box;

/// More than calls that handle a key use.
const DEPTH: usize = 128 * 1024;

/// What `work` returns, when the stack that it has used is overwritten.
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
