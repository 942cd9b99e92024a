//! Evidence of platform SEV_SNP.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| aecs_fuzz::evidence("SEV_SNP", data));
