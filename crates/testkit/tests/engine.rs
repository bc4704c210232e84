//! The engine equals the slow evaluator, for a few seconds of chance. What was found stays here.

use proptest::prelude::*;
use testkit::{
    fuzz::{self, Dice},
    generate::{Case, Flags, When, case},
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

/// Names that stay until the end of the evaluation.
const DELAYED: Flags = Flags {
    delayed_name_removal: true,
    start_timestamps: false,
    type_and_unit_labels: false,
    histograms: false,
};

/// Duplicates that a side of `or` has by itself are no branches of one series.
#[test]
fn duplicates_on_one_side_of_or_are_told() {
    let quantiles = "histogram_quantiles(c_bucket @ 300, \"job\", 1, 1)";
    for query in [
        format!("{quantiles} or minute(c_bucket @ 300)"),
        format!("{quantiles} or c_bucket"),
        format!("c_bucket or {quantiles}"),
        format!("c_bucket unless {quantiles} or {quantiles}"),
    ] {
        for when in [
            When::Instant(305_000),
            When::Range { start: 180_234, end: 305_234, step: 15_000 },
            When::Range { start: 180_234, end: 180_234, step: 15_000 },
        ] {
            fuzz::engine::check(&Case {
                script: "load 1s\n  c_bucket{job=\"x\",le=\"0.1\"} 0 _x29 10 _x300\n  \
                         c_bucket{job=\"x\",le=\"1\"} 1 _x29 12 _x300\n"
                    .to_owned(),
                query: query.clone(),
                when,
                flags: DELAYED,
            });
        }
    }
}

/// A series whose values come from different branches of `or` loses its name, or keeps it, with its
/// first value, however many branches there are.
#[test]
fn branches_that_lose_their_name_and_branches_that_do_not_are_one_series() {
    for (script, query) in [
        (
            "a{x=\"1\"} stale 1 stale stale 4 stale",
            "(a or on (x) ceil(a offset 1m)) or a offset 2m",
        ),
        (
            "a{x=\"1\"} stale 1 stale stale 4 stale",
            "(ceil(a) or on (x) a offset 1m) or a offset 2m",
        ),
        ("a{x=\"1\"} 1 stale 3 stale 5 stale", "((a or ceil(a offset 1m)) or -(a offset 2m)) or a"),
        ("a{x=\"1\"} stale stale 3 stale 5 6", "ceil(a or -(a offset 1m)) or a offset 2m"),
    ] {
        fuzz::engine::check(&Case {
            script: format!("load 1m\n  {script}\n"),
            query: query.to_owned(),
            when: When::Range { start: 0, end: 480_000, step: 60_000 },
            flags: DELAYED,
        });
    }
}

/// What the fuzzer found, as bytes in hexadecimal.
#[test]
fn what_was_found() {
    for found in FOUND {
        let bytes = (0..found.len()).step_by(2).map(|i| u8::from_str_radix(&found[i..i + 2], 16));
        fuzz::engine(&bytes.collect::<Result<Vec<u8>, _>>().expect("hexadecimal"));
    }
    for seed in FOUND_SEEDS {
        fuzz::engine::check(&case(&mut Dice::Seed(*seed)));
    }
}

/// Two quantiles of one histogram whose buckets are mended once; names that twins keep or lose;
/// the order of several NaN; which duplicates an error names; the place of a warning that a node
/// written twice has; `start_timestamp` of what is `smoothed`; which of equals is picked by chance; twins that cannot be told apart.
const FOUND: &[&str] = &[
    "004940c5004004690000a0244000400505050405050000c57cdf042b00000000007c7c7c7c7c7cff7c0009aaaa7c7cc3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3ffffffffffffff07c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c37c7300004005050505059a9a9a80ce",
    "1dc1bf3f009f009f1dbfbf3f006491f7fffd7e000000b600000010006f6d1d1d7c7ca0e4aaaa",
    "1dc1bf3f009f009f1dc1bf3f009fa739193f009f00222222dd3180000000000000c16a2222222222f022220b00001d93244992244992040228616161616161140000006161613a0000006114000360616161613dc11000000001660814290045454f081404600000000000314f081404600000000000000000000000000000310000455945000166081400bf013f0094",
    "1dc1bf3f009f003f00b726a719ffffffffffffffffff7effff2427c1bf28196e27c1bf282a6e27c1bf286f007c7c7c7c7c7c7c7c7c7c7c7c7c7c7c7c7c7c000a7c29ededaaaaaaae7cca3a",
    "01000000006b0000a8000000ff1fff0e0000005f5f747970655f5f1fffefffff000028592e959595a7ffffffe2e2591c64c33fbfff2f9595ff2f95ffa7fffff1000000000000000000000000ffe2e2ffe6fafa",
    "63329d7a9c6363636363f500000081fffffffefffc000000000100746f74610000fdff63d45d7272727272723b7272727272",
    "1000cd3f08ffffffffffffff0f950095959595239500000c9595951d950000004300959595959595959595950000000c9595951d95959595ffffff9577002a94f5283b",
    "01eded0000b404000900000080ed0000000001000000000000049595eded0000b404000900000080ed000000000100000000000004959595322f2ffafa4495322f2ffafa",
    "1dc1bf3f009f007a9f0a0000000074ffffffbfbf39009f0000000000af2affffc1bff9f9f9ff2f003bdb200000000000ffff010000000040ffeee0dee0e0005e007f00003f3f3f3f3f3fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff5bffffffffffffffffffffffffffff6c006c6c6c6cdedcdede1861ffffffffffffffffffff3f5bc572727272f9f9f9f9f9f9f9f9f9f9010000000000000bf9f96c6162656c5f7227706cf9f93f009f009f2d1dbfbf0000afffffff72729e150000293af9f9727175616e74f92f00",
];

/// Twins that `label_replace` may not unite; labels of a type in `first_over_time` of a subquery;
/// floats and histograms at one time, which may not be repeated and hide later histograms.
const FOUND_SEEDS: &[u64] = &[2_158_869, 2_536_490, 7_057_171, 7_064_685, 7_124_149, 8_247_395];
