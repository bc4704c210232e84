//! The engine equals the slow evaluator, for a few seconds of chance. What was found stays here.

use proptest::prelude::*;
use testkit::{
    fuzz::{self, Dice},
    generate::case,
};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(700))]

    #[test]
    fn the_engine_equals_the_slow_evaluator(seed in any::<u64>()) {
        fuzz::engine::check(&case(&mut Dice::Seed(seed)));
    }
}

#[test]
fn any_bytes_are_a_case() {
    for byte in 0..=255 {
        fuzz::engine(&[byte; 400]);
    }
    fuzz::engine(&[]);
}
