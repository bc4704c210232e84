//! Any bytes as a rule file: see `testkit::fuzz::rule_file`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| testkit::fuzz::rule_file(data));
