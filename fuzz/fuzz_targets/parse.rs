//! Any bytes as an expression: see `testkit::fuzz::parses`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| testkit::fuzz::parses(data));
