//! Evidence of platforms NVIDIA_GPU and NVIDIA_SWITCH.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    aecs_fuzz::evidence("NVIDIA_GPU", data);
    aecs_fuzz::evidence("NVIDIA_SWITCH", data);
});
