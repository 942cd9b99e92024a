//! Evidence of platform HyperEnclave.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| aecs_fuzz::evidence("HyperEnclave", data));
