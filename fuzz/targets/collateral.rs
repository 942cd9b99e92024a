//! What services, directories and bundles give as collateral.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| aecs_fuzz::collateral(data));
