//! Policies: as messages, and in the files that their authors write.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| aecs_fuzz::policy(data));
