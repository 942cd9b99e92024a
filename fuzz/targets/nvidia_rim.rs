//! NVIDIA's reference values: XML, and a signature in it.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| aecs_fuzz::nvidia_rim(data));
