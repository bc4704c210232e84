//! What the fuzz targets do, over chance for a few seconds. What the targets found is in here too.

use proptest::prelude::*;
use testkit::fuzz::{
    self, Dice,
    expressions::{Style, commented, expression, mutated},
};

fn text() -> impl Strategy<Value = String> {
    (any::<u64>(), 0..3_u8).prop_map(|(seed, mutations)| {
        let mut dice = Dice::Seed(seed);
        let text = expression(&mut dice, Style { gated: true });
        (0..mutations).fold(text, |text, _| mutated(&mut dice, &text))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn any_bytes_parse(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        fuzz::parses(&bytes);
    }

    #[test]
    fn expressions_parse(text in text()) {
        fuzz::parses(text.as_bytes());
    }

    #[test]
    fn expressions_print(text in text()) {
        fuzz::prints(&[&[255], text.as_bytes()].concat());
    }

    #[test]
    fn expressions_format(text in text()) {
        fuzz::formats(&[&[255], text.as_bytes()].concat());
    }

    #[test]
    fn expressions_with_comments_format(seed in any::<u64>()) {
        let mut dice = Dice::Seed(seed);
        let text = expression(&mut dice, Style { gated: true });
        let text = commented(&mut dice, &text);
        fuzz::formats(&[&[255], text.as_bytes()].concat());
    }

    #[test]
    fn patterns_match(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        fuzz::matches(&bytes);
    }

    #[test]
    fn any_bytes_are_read_as_rules(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        fuzz::rule_file(&bytes);
    }

    #[test]
    fn broken_rule_files_are_read(seed in any::<u64>()) {
        fuzz::rule_file(&fuzz::broken_rule_file(&mut Dice::Seed(seed)));
    }

    #[test]
    fn choices_print(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        fuzz::prints(&bytes);
    }
}

#[test]
fn what_was_found() {
    for text in [
        "foo[14264d13h6m29s123ms]",
        "foo[5m:0.0001]",
        "foo[0.0001] offset 0.0001",
        "foo @ 51e17",
        "foo offset +(1y) + on (a) bar",
        "foo offset (1y) @ 5 + on (a) bar",
        "Inf ^ 2",
        "1 / -0s",
        "info(foo, {})",
    ] {
        fuzz::parses(text.as_bytes());
        fuzz::prints(&[&[255], text.as_bytes()].concat());
        fuzz::formats(&[&[255], text.as_bytes()].concat());
    }
}

/// A class of nothing matches nothing, but as often as one likes.
#[test]
fn patterns_of_nothing_were_found() {
    for pattern in [r"[^\s\w\S\w[a-c]*", r"[^\s\S]*", r"a|[^\s\S]?", r"[^\s\S]"] {
        let regex = model::Regex::anchored(pattern).expect("a pattern");
        let machine = model::Regex::anchored_machine(pattern).expect("a pattern");
        assert_eq!(regex.is_match(""), machine.captures("").is_some(), "{pattern}");
    }
}
