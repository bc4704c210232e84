//! What is read of what was appended.

use std::fmt::Write;

use crate::{
    head::{Head, Sample, series::SeriesHead},
    series::{self, Point},
};

/// Appends lines of a series, one batch each, with a minute between samples, and shows what is
/// read: hints by their first letters, `|` where a chunk begins.
#[track_caller]
fn check(batches: &[&str], expect: &str) {
    let mut head = Head::default();
    let mut t = 0;
    for text in batches {
        let series = series::parse(text).unwrap();
        let mut samples = Vec::new();
        for point in series.points {
            let value = match point {
                Point::Missing => None,
                Point::Float(v) => Some(v.into()),
                Point::Histogram { value, .. } => Some(value.into()),
            };
            samples.extend(value.map(|value| Sample { t, start: 0, value }));
            t += 60_000;
        }
        if let Err(error) = head.append(&[(series.labels, samples)]) {
            assert_eq!(error, expect);
            return;
        }
    }
    assert_eq!(read(&head), expect);
}

fn read(head: &Head) -> String {
    let mut out = String::new();
    for sample in head.series.values().flat_map(SeriesHead::samples) {
        let _ = match sample.value.histogram() {
            None => write!(out, " {}", sample.value.float().unwrap()),
            Some(h) if h.is_stale() => write!(out, " stale"),
            Some(h) => write!(out, " {}", h.hint.as_str()),
        };
    }
    out.trim().to_owned()
}

#[test]
fn the_first_of_a_chunk_is_unknown() {
    check(&["x {{count:1}}x3"], "unknown not_reset not_reset not_reset");
    check(&["x {{count:1}}", "x {{count:2}}"], "unknown not_reset");
    check(&["x 1 {{count:1}}x1 2 {{count:1}}x1"], "1 unknown not_reset 2 unknown not_reset");
}

#[test]
fn written_hints_count_where_they_end_chunks() {
    check(
        &["x {{count:1 counter_reset_hint:not_reset}} {{count:1 counter_reset_hint:unknown}}x1"],
        "unknown not_reset not_reset",
    );
    check(
        &["x {{count:1}} {{count:1 counter_reset_hint:reset}}x1 {{count:1}}"],
        "unknown unknown unknown not_reset",
    );
    check(
        &[
            "x {{count:1}} {{count:1 counter_reset_hint:gauge}} {{counter_reset_hint:gauge}} {{count:1}}x1",
        ],
        "unknown gauge gauge unknown not_reset",
    );
}

#[test]
fn counter_resets_end_chunks() {
    check(&["x {{count:2}} {{count:1}} {{count:1}}"], "unknown unknown not_reset");
    check(&["x {{z_bucket:2}} {{z_bucket:1}}"], "unknown unknown");
    check(&["x {{buckets:[1 2]}} {{buckets:[2 1]}}"], "unknown unknown");
    check(&["x {{n_buckets:[1 2]}} {{n_buckets:[1]}}"], "unknown unknown");
    check(
        &["x {{buckets:[1 0]}} {{buckets:[1]}} {{buckets:[1 1]}}"],
        "unknown not_reset not_reset",
    );
    check(&["x {{sum:2}} {{sum:1}}"], "unknown not_reset");
}

#[test]
fn other_scales_end_chunks() {
    check(&["x {{schema:1}} {{schema:0}} {{schema:1}}x1"], "unknown unknown unknown not_reset");
    check(&["x {{z_bucket_w:0.5}} {{z_bucket_w:0.25}}"], "unknown unknown");
    check(
        &["x {{schema:-53 custom_values:[1]}}x1 {{schema:-53 custom_values:[2]}} {{}}"],
        "unknown not_reset unknown unknown",
    );
}

#[test]
fn stale_markers_end_chunks_once_they_end() {
    check(&["x {{count:1}} stale stale {{count:1}}x1"], "unknown stale stale unknown not_reset");
    check(
        &["x {{counter_reset_hint:gauge}} stale {{counter_reset_hint:gauge}}x1"],
        "gauge stale gauge gauge",
    );
    check(&["x {{count:1}}", "x stale", "x {{count:1}}"], "unknown stale unknown");
    // A marker that is committed after the histograms of its batch is too old.
    check(&["x {{count:1}}", "x stale {{count:2}}x1"], "unknown not_reset not_reset");
    check(&["x 1 stale {{count:1}}"], "1 NaN unknown");
}

#[test]
fn days_and_sizes_end_chunks() {
    // A sample where nothing changes takes six bits, so that a chunk is foretold to take half of
    // the day; the next day begins with sample 1440.
    let day = "x {{count:1}}x1440";
    let mut head = Head::default();
    let series = series::parse(day).unwrap();
    let samples = (0..).zip(series.points).map(|(i, point)| {
        let Point::Histogram { value, .. } = point else { unreachable!() };
        Sample { t: i * 60_000, start: 0, value: value.into() }
    });
    head.append(&[(series.labels, samples.collect())]).unwrap();
    let text = read(&head);
    let starts: Vec<_> =
        text.split(' ').enumerate().filter(|(_, w)| *w == "unknown").map(|(i, _)| i).collect();
    assert_eq!(starts, [0, 685, 1367, 1440]);
}

#[test]
fn buckets_of_a_chunk_are_in_all_its_samples() {
    let mut head = Head::default();
    let series = series::parse("x {{offset:1 buckets:[1]}} {{buckets:[1 2 3]}} {{}}").unwrap();
    let samples = (0..).zip(series.points).map(|(t, point)| {
        let Point::Histogram { value, .. } = point else { unreachable!() };
        Sample { t, start: 0, value: value.into() }
    });
    head.append(&[(series.labels, samples.collect())]).unwrap();
    let read: Vec<_> = head.series.values().flat_map(SeriesHead::samples).collect();
    let counts: Vec<_> =
        read.iter().map(|s| s.value.histogram().unwrap().counts().to_vec()).collect();
    assert_eq!(counts, [vec![0.0, 1.0, 0.0], vec![1.0, 2.0, 3.0], vec![]]);
}
