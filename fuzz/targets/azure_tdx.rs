//! Evidence of platform AZURE_TDX_VTPM.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| aecs_fuzz::evidence("AZURE_TDX_VTPM", data));
