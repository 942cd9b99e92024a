//! A whole report with its key, as a caller sends it.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| aecs_fuzz::auth_report(data));
