//! What the host of a TEE answers to those who make evidence and seal.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| aecs_fuzz::machine(data));
