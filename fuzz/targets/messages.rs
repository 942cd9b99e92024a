//! Requests, in binary and in JSON.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| aecs_fuzz::messages(data));
