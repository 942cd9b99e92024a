//! Keys, digital envelopes and signatures.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| aecs_fuzz::envelope(data));
