//! Laying out and parsing again: see `testkit::fuzz::formats`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| testkit::fuzz::formats(data));
