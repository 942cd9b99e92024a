//! Sessions of applications: requests, answers and offers.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| aecs_fuzz::session(data));
