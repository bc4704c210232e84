//! A tick of random rules equals the evaluation of each from scratch, bit for bit: with samples
//! that come late, go stale, start again, floats and histograms, and names that go early or late.

use testkit::fuzz::{self, Dice};

#[test]
fn a_tick_equals_evaluation_from_scratch() {
    let compared: usize = (0..300).map(|seed| fuzz::ticks(&mut Dice::Seed(seed))).sum();
    assert!(compared > 5_000, "only {compared} results with values were compared");
}
