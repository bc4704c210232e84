//! Printing and parsing again: see `testkit::fuzz::prints`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| testkit::fuzz::prints(data));
