//! Evidence of platform TDX.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| aecs_fuzz::evidence("TDX", data));
