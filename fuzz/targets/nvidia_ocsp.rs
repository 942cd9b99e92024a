//! Answers of NVIDIA's OCSP responder.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| aecs_fuzz::nvidia_ocsp(data));
