//! Queries that show known differences for certain, whatever chance makes of the others.
//!
//! Most have windows and lookbacks that end exactly on a sample.

use engine::Steps;

use super::{Case, GRIDS, Origin, When};
use crate::oracle::data::{INTERVAL, START, Series};

/// Subqueries, at times that are multiples of their steps and a whole range after one.
const SUBQUERIES: [&str; 6] = [
    "count_over_time(temperature[30m:2m])",
    "sum_over_time(queue_depth[20m:])",
    "sum(max_over_time(rate(http_requests_total[5m])[10m:1m]))",
    "quantile_over_time(0.5, memory_used_bytes[6m:1m] offset 1m)",
    "changes(up[1h:5m])",
    "avg_over_time(sum_over_time(temperature[4m:2m])[20m:2m])",
];

/// Windows, at the times of the samples of `work_seconds_total` of one service.
const WINDOWS: [&str; 5] = [
    "count_over_time(work_seconds_total[5m])",
    "min_over_time(work_seconds_total[90s])",
    "deriv(work_seconds_total[3m] offset 2m)",
    "sum(changes(work_seconds_total[15s]))",
    "present_over_time(work_seconds_total[15s])",
];

/// Selectors, as long as a lookback after the last sample of one pod.
const SELECTORS: [&str; 4] =
    ["pod_cpu", "sum by (service) (pod_cpu)", "pod_cpu * 2 > 0", "timestamp(pod_cpu)"];

/// Over the first or the third grid of range queries.
const RANGES: [&str; 5] = [
    "predict_linear(temperature[10m] @ 1700010000.750, 60)",
    "sum(increase(late_total[7m]))",
    "rate(late_total[7m])",
    "cos(avg_over_time(memory_used_bytes[6m]))",
    "count_values(\"value\", tan(temperature))",
];

pub(super) fn all(series: &[Series]) -> Vec<Case> {
    let mut cases = Vec::new();
    let mut add = |texts: &[&str], whens: &[When]| {
        for (text, when) in texts.iter().flat_map(|text| whens.iter().map(move |w| (text, *w))) {
            cases.push(Case { text: (*text).to_owned(), when, origin: Origin::Written });
        }
    };
    let whole = START + 3_600_000;
    let hour = Steps { start: whole, step: 60_000, count: 20 };
    add(&SUBQUERIES, &[When::At(whole), When::At(whole + 1_200_000), When::Over(hour)]);
    let (first, _) = samples(series, "work_seconds_total", "service", "cart");
    let t = first + 200 * INTERVAL;
    let quarter = Steps { start: t, step: INTERVAL, count: 30 };
    add(&WINDOWS, &[When::At(t), When::At(t + 77 * INTERVAL), When::Over(quarter)]);
    let (_, last) = samples(series, "pod_cpu", "pod", "p1");
    let t = last + 300_000;
    add(&RANGES, &[When::Over(GRIDS[0]), When::Over(GRIDS[2])]);
    let around = Steps { start: t - 10, step: 5, count: 5 };
    add(&SELECTORS, &[When::At(t), When::At(t - 1), When::At(t + 1), When::Over(around)]);
    cases
}

/// The times of the first and the last sample of a series.
fn samples(series: &[Series], name: &str, label: &str, value: &str) -> (i64, i64) {
    let found = series.iter().find(|(l, _)| l.metric_name() == name && l.value(label) == value);
    let (_, samples) = found.expect("the series is among the data");
    (samples[0].0, samples[samples.len() - 1].0)
}
