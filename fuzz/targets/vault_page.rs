//! Pages of the vault's tree, as they are read from a store after their seal has opened.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| aecs_fuzz::vault_page(data));
