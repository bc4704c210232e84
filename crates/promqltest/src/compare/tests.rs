//! What counts as the same.

use model::histogram::notation;

use super::{almost_equal, same_histogram};

#[test]
fn floats_agree_within_a_millionth() {
    let inf = f64::INFINITY;
    for (a, b, equal) in [
        (1.0, 1.000_001, true),
        (1.0, 1.000_01, false),
        (0.0, 1e-300, false),
        (f64::NAN, f64::NAN, true),
        (f64::NAN, model::stale_nan(), false),
        (inf, inf, true),
        (inf, -inf, false),
        (inf, f64::MAX, false),
    ] {
        assert_eq!(almost_equal(a, b), equal, "{a} {b}");
    }
}

#[track_caller]
fn check(expect: &str, got: &str, same: bool) {
    let [a, b] = [expect, got].map(|text| notation::parse(text).unwrap());
    assert_eq!(same_histogram(&a.histogram, &b.histogram, a.has_hint), same, "{expect} {got}");
}

#[test]
fn histograms_agree_without_empty_buckets_and_unwritten_hints() {
    check("{{sum:1 count:2}}", "{{sum:1.000001 count:2}}", true);
    check("{{sum:1}}", "{{sum:1.1}}", false);
    check("{{buckets:[1 0 2]}}", "{{offset:-1 buckets:[0 1 0 2 0]}}", true);
    check("{{buckets:[1 2]}}", "{{offset:1 buckets:[1 2]}}", false);
    check("{{n_buckets:[1]}}", "{{buckets:[1]}}", false);
    check("{{schema:1}}", "{{}}", false);
    check("{{z_bucket_w:0.001}}", "{{z_bucket_w:0.0010000001}}", false);
    check("{{schema:-53 custom_values:[1]}}", "{{schema:-53 custom_values:[2]}}", false);
    check("{{}}", "{{counter_reset_hint:gauge}}", true);
    check("{{counter_reset_hint:unknown}}", "{{counter_reset_hint:gauge}}", false);
    check("{{counter_reset_hint:gauge}}", "{{counter_reset_hint:gauge}}", true);
}
