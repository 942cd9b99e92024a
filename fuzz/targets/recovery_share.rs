//! Recovery shares: their files, and the files and keys of age.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| aecs_fuzz::recovery_share(data));
