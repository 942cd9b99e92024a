//! What C frees leaves nothing of a secret in memory.

#![allow(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use aecs_capi::data::{Data, aecs_data_bytes, aecs_data_free, aecs_data_size};
use aecs_client::SecretBytes;

/// What no other memory has.
const MARK: &[u8] = b"a secret that nothing else of this test looks like";

static LOOKS: AtomicBool = AtomicBool::new(false);
static FREED: AtomicUsize = AtomicUsize::new(0);
static MARKED: AtomicUsize = AtomicUsize::new(0);

/// Looks into what is freed.
struct Watching;

// SAFETY: it passes everything on to the allocator of the system.
unsafe impl GlobalAlloc for Watching {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        if LOOKS.load(Ordering::SeqCst) {
            FREED.fetch_add(1, Ordering::SeqCst);
            // SAFETY: the memory is still the caller's; what was made here is initialised.
            let bytes = unsafe { std::slice::from_raw_parts(pointer, layout.size()) };
            if bytes.windows(MARK.len()).any(|window| window == MARK) {
                MARKED.fetch_add(1, Ordering::SeqCst);
            }
        }
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Watching = Watching;

/// How many blocks of memory are freed by something, and how many of them have the mark.
fn freed(what: impl FnOnce()) -> (usize, usize) {
    FREED.store(0, Ordering::SeqCst);
    MARKED.store(0, Ordering::SeqCst);
    LOOKS.store(true, Ordering::SeqCst);
    what();
    LOOKS.store(false, Ordering::SeqCst);
    (FREED.load(Ordering::SeqCst), MARKED.load(Ordering::SeqCst))
}

#[test]
fn data_is_wiped_when_it_is_freed() {
    let data: Box<Data> = Box::new(SecretBytes::from(MARK.to_vec()).into());
    assert_eq!(aecs_data_size(Some(&data)), MARK.len());
    assert!(!aecs_data_bytes(Some(&data)).is_null());
    let (blocks, marked) = freed(|| aecs_data_free(Some(data)));
    assert!(blocks >= 2, "{blocks}");
    assert_eq!(marked, 0);

    // The test would notice.
    let plain = MARK.to_vec();
    assert_eq!(freed(|| drop(plain)), (1, 1));
}
