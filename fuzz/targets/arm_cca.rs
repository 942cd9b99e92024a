//! Evidence of platform ARM_CCA.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| aecs_fuzz::evidence("ARM_CCA", data));
