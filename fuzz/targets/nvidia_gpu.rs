//! Evidence of platform NVIDIA_GPU.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| aecs_fuzz::evidence("NVIDIA_GPU", data));
