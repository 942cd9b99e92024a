//! The vault's root record, its lists of removed pages and the points of its history.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| aecs_fuzz::vault_root(data));
