//! Evidence of platform AWS_NITRO.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| aecs_fuzz::evidence("AWS_NITRO", data));
