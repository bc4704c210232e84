//! Kernels of mixed windows, from text to text.

use std::sync::Arc;

use model::{FloatHistogram, SampleValue, histogram::notation};
use promql::functions::FUNCTIONS;
use store::{Floats, Histograms, Samples};

use super::{Beside, MixedFn, MixedWindow, Note, Note::*};
use crate::{
    kernels::{Kernel, kernel},
    notice::HistogramOperation::{Addition, Aggregation, Subtraction},
};

/// Asserts what a function makes of samples written as `seconds:value` or `seconds@start:value`;
/// the window is `(0, 300]` seconds. Histograms are printed as in test scripts.
#[track_caller]
fn check(name: &str, samples: &str, expect: &str, notes: &[Note]) {
    let columns = Columns::parse(samples);
    let window = MixedWindow { samples: columns.samples(), lo: 0, hi: 300_000, t: 300_000 };
    let row = FUNCTIONS.iter().find(|f| f.name == name).unwrap();
    let Kernel::Window(kernel) = kernel(row.id) else { panic!("{name} takes no window") };
    let Beside::Counted(mixed) = kernel.beside else { panic!("{name} ignores histograms") };
    let mut seen = Vec::new();
    let got = mixed(&window, &[], &mut seen);
    let got = match got {
        None => "none".to_owned(),
        Some(SampleValue::Float(value)) => value.to_string(),
        Some(SampleValue::Histogram(value)) => value.test_text(),
    };
    assert_eq!((got.as_str(), seen.as_slice()), (expect, notes), "{name} of {samples}");
}

#[derive(Default)]
struct Columns {
    ts: [Vec<i64>; 2],
    starts: [Vec<i64>; 2],
    floats: Vec<f64>,
    histograms: Vec<Arc<FloatHistogram>>,
}

impl Columns {
    fn parse(mut text: &str) -> Self {
        let mut all = Self::default();
        while !text.trim_start().is_empty() {
            let (times, value) = text.trim_start().split_once(':').unwrap();
            let (t, start) = times.split_once('@').unwrap_or((times, "0"));
            let kind = usize::from(value.starts_with("{{"));
            all.ts[kind].push(t.parse::<i64>().unwrap() * 1000);
            all.starts[kind].push(start.parse::<i64>().unwrap() * 1000);
            if kind == 1 {
                let written = notation::parse(value).unwrap();
                all.histograms.push(Arc::new(written.histogram));
                text = written.rest;
            } else {
                let end = value.find(' ').unwrap_or(value.len());
                all.floats.push(value[..end].parse().unwrap());
                text = &value[end..];
            }
        }
        all
    }

    fn samples(&self) -> Samples<'_> {
        let ([ts, histogram_ts], [starts, histogram_starts]) = (&self.ts, &self.starts);
        Samples {
            floats: Floats { ts, values: &self.floats, starts },
            histograms: Histograms {
                ts: histogram_ts,
                values: &self.histograms,
                starts: histogram_starts,
            },
        }
    }
}

#[test]
fn histograms_rise_like_counters() {
    let rising = "60:{{count:1 sum:1 buckets:[1]}} 180:{{count:5 sum:9 buckets:[3 2]}} \
                  300:{{count:9 sum:17 buckets:[5 4]}}";
    let gauge = "counter_reset_hint:gauge";
    check("increase", rising, &format!("{{{{count:9 sum:18 {gauge} buckets:[4.5 4.5]}}}}"), &[]);
    check("delta", rising, &format!("{{{{count:10 sum:20 {gauge} buckets:[5 5]}}}}"), &[NotGauge]);
    check(
        "irate",
        rising,
        &format!(
            "{{{{count:0.03333333333333333 sum:0.06666666666666667 {gauge} \
             buckets:[0.016666666666666666 0.016666666666666666]}}}}"
        ),
        &[],
    );
    check("idelta", rising, &format!("{{{{count:4 sum:8 {gauge} buckets:[2 2]}}}}"), &[NotGauge]);
    for name in ["rate", "increase", "delta", "irate", "idelta"] {
        check(name, "60:{{count:1}}", "none", &[]);
    }
}

#[test]
fn resets_add_what_was_lost() {
    let fallen = "60:{{count:4 buckets:[4]}} 180:{{count:9 buckets:[9]}} \
                  300:{{count:3 buckets:[3]}}";
    check("resets", fallen, "1", &[]);
    check("changes", fallen, "2", &[]);
    check("increase", fallen, "{{count:10 counter_reset_hint:gauge buckets:[10]}}", &[]);
    check("irate", fallen, "{{count:0.025 counter_reset_hint:gauge buckets:[0.025]}}", &[]);
    // A first sample before a reset does not matter, whatever it is.
    check(
        "increase",
        "60:{{schema:-53 count:9 custom_values:[5] buckets:[9]}} 180:{{count:2 buckets:[2]}} \
         300:{{count:5 buckets:[5]}}",
        "{{count:6.25 counter_reset_hint:gauge buckets:[6.25]}}",
        &[],
    );
}

#[test]
fn kinds_that_do_not_go_together() {
    let mixed = "60:1 120:{{count:1}}";
    for name in ["rate", "increase", "delta", "irate", "idelta", "sum_over_time", "avg_over_time"] {
        check(name, mixed, "none", &[Mixed]);
    }
    check("irate", "60:{{count:1}} 120:1 180:7", "0.1", &[]);
    check("resets", "60:1 120:{{count:1}} 180:{{count:2}} 240:0", "2", &[]);
    check("changes", "60:{{count:1}} 120:{{count:1}} 180:2 240:2", "1", &[]);

    let schemas = "60:{{count:1}} 120:{{count:2}} 180:{{schema:-53 count:3 custom_values:[5]}}";
    for name in ["rate", "sum_over_time", "avg_over_time", "delta"] {
        check(name, schemas, "none", &[MixedSchemas]);
    }
    check("idelta", schemas, "none", &[NotGauge, MixedSchemas]);
    check(
        "irate",
        schemas,
        "{{schema:-53 count:0.05 custom_values:[5] counter_reset_hint:gauge}}",
        &[],
    );
}

#[test]
fn hints_tell_counters_from_gauges() {
    let gauges = "60:{{count:1 counter_reset_hint:gauge}} 180:{{count:2 counter_reset_hint:gauge}} \
                  300:{{count:3 counter_reset_hint:gauge}}";
    let rise = "{{count:2.5 counter_reset_hint:gauge}}";
    check("increase", gauges, rise, &[NotCounter, NotCounter]);
    check("delta", gauges, rise, &[]);
    check("idelta", gauges, "{{count:1 counter_reset_hint:gauge}}", &[]);
    check(
        "irate",
        gauges,
        "{{count:0.008333333333333333 counter_reset_hint:gauge}}",
        &[NotCounter],
    );
    let hinted =
        "60:{{count:1 counter_reset_hint:reset}} 120:{{count:2 counter_reset_hint:not_reset}}";
    check("sum_over_time", hinted, "{{count:3}}", &[ResetCollision]);
    check("avg_over_time", hinted, "{{count:1.5}}", &[ResetCollision]);
}

#[test]
fn custom_bounds_are_reconciled() {
    let custom = "60:{{schema:-53 count:1 custom_values:[1 2] buckets:[1]}} \
                  300:{{schema:-53 count:3 custom_values:[2 3] buckets:[3]}}";
    let sum = "{{schema:-53 count:4 custom_values:[2] buckets:[4]}}";
    check("sum_over_time", custom, sum, &[Reconciled(Aggregation)]);
    let sum = "{{schema:-53 count:2 custom_values:[2] counter_reset_hint:gauge buckets:[2]}}";
    check("idelta", custom, sum, &[NotGauge, Reconciled(Subtraction)]);
}

#[test]
fn only_movements_lose_empty_buckets() {
    let columns = Columns::parse("60:{{buckets:[1 0 1]}} 120:{{buckets:[1 0 2]}}");
    let window = MixedWindow { samples: columns.samples(), lo: 0, hi: 300_000, t: 300_000 };
    let n_buckets = |f: MixedFn| {
        let value = f(&window, &[], &mut Vec::new());
        value.unwrap().histogram().unwrap().counts().len()
    };
    assert_eq!([super::sum, super::avg].map(n_buckets), [3, 3]);
    assert_eq!([super::rate, super::idelta].map(n_buckets), [1, 1]);
}

#[test]
fn both_kinds_are_samples() {
    let samples = "60:{{count:1}} 120:7 180:{{count:2}} 240:8";
    for (name, expect) in [
        ("count_over_time", "4"),
        ("present_over_time", "1"),
        ("first_over_time", "{{count:1}}"),
        ("last_over_time", "8"),
        ("ts_of_first_over_time", "60"),
        ("ts_of_last_over_time", "240"),
    ] {
        check(name, samples, expect, &[]);
    }
    check("first_over_time", "60:7 120:{{count:1}}", "7", &[]);
    check("last_over_time", "60:7 120:{{count:1}}", "{{count:1}}", &[]);
}

#[test]
fn counting_may_begin_inside_the_window() {
    // One sample is enough: 6 in 60 s, and nothing is known of what follows.
    check("increase", "160@100:6", "6", &[]);
    check("rate", "160@100:6", "0.02", &[]);
    check("increase", "160@100:{{count:6 buckets:[6]}}", "{{count:6 buckets:[6]}}", &[]);
    check("increase", "160@0:6", "none", &[]);
    check("increase", "160@160:6", "none", &[]);
    // From 6 to 9 in 100 s and on to the window's end 40 s later; 6 in the 60 s before.
    check("increase", "160@100:6 260@100:9", "11.25", &[]);
    check(
        "increase",
        "160@100:{{count:6 buckets:[6]}} 260@100:{{count:9 buckets:[9]}}",
        "{{count:11.25 counter_reset_hint:gauge buckets:[11.25]}}",
        &[],
    );
}

#[test]
fn a_new_start_is_a_reset() {
    check("resets", "60@50:6 120@90:9 180@90:10", "1", &[]);
    check("resets", "60@50:{{count:6}} 120@90:{{count:9}}", "1", &[]);
    check("irate", "60@50:6 120@90:9", "0.15", &[]);
    check(
        "irate",
        "60@50:{{count:6}} 120@90:{{count:9}}",
        "{{count:0.15 counter_reset_hint:gauge}}",
        &[],
    );
    // Deltas: each begins where the one before ends.
    check("increase", "100@50:6 200@100:4 300@200:5", "15", &[]);
    check(
        "increase",
        "100@50:{{count:6}} 200@100:{{count:4}} 300@200:{{count:5}}",
        "{{count:15 counter_reset_hint:gauge}}",
        &[],
    );
    check("increase", "0@-5:6 150@-3:7 300@-3:8", "2", &[StartOverlap]);
    let overlap = "0@-5:{{count:6}} 150@-3:{{count:7}} 300@-3:{{count:8}}";
    check("increase", overlap, "{{count:2 counter_reset_hint:gauge}}", &[StartOverlap]);
    let custom = "60@50:{{schema:-53 count:1 custom_values:[1 2] buckets:[1]}} \
                  300@50:{{schema:-53 count:3 custom_values:[2 3] buckets:[3]}}";
    check(
        "increase",
        custom,
        "{{schema:-53 count:3 custom_values:[2] counter_reset_hint:gauge buckets:[3]}}",
        &[Reconciled(Subtraction), Reconciled(Addition)],
    );
}
