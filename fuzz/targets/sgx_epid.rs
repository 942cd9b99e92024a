//! Evidence of platform SGX_EPID.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| aecs_fuzz::evidence("SGX_EPID", data));
