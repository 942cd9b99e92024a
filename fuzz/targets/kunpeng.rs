//! Evidence of platform Kunpeng.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| aecs_fuzz::evidence("Kunpeng", data));
