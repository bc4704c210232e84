//! Patterns of matchers: see `testkit::fuzz::matches`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| testkit::fuzz::matches(data));
