//! Samples and a query, evaluated twice: see `testkit::fuzz::engine`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| testkit::fuzz::engine(data));
