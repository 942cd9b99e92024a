//! Evidence of platform AZURE_SNP_VTPM.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| aecs_fuzz::evidence("AZURE_SNP_VTPM", data));
