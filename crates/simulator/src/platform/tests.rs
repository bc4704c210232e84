//! Tests of the whole platform: what a reader of its samples relies on.

use model::Matcher;
use store::SeriesId;

use super::*;
use crate::{Effect, Pods};

const MINUTE: i64 = 60_000;

fn run(config: Config, steps: &[i64]) -> (Table, i64) {
    let start = config.start_ms;
    let (mut platform, mut table) = (Platform::new(config, 7), Table::new());
    for step in steps {
        platform.advance_to(&mut table, start + step);
    }
    (table, start)
}

fn select(table: &Table, pairs: &[(&str, &str)]) -> Vec<SeriesId> {
    table.select(&pairs.iter().map(|(n, v)| Matcher::equal(n, v)).collect::<Vec<_>>())
}

fn incident(effect: Effect) -> Vec<Incident> {
    let (begins, ends) = (String::new(), String::new());
    let (at_ms, lasts_ms) = (5 * MINUTE, 5 * MINUTE);
    vec![Incident { at_ms, lasts_ms, ramp_ms: 0, effects: vec![effect], begins, ends }]
}

/// All series with all their samples, sorted.
fn dump(table: &Table) -> Vec<String> {
    let all = table.series().map(|(id, labels)| {
        let (ts, values) = table.window(id, i64::MIN, i64::MAX);
        format!("{labels} {ts:?} {values:?}")
    });
    let mut lines: Vec<String> = all.collect();
    lines.sort();
    lines
}

#[test]
fn samples_do_not_depend_on_how_time_is_cut() {
    let (once, _) = run(Config::default(), &[3 * MINUTE]);
    let (often, _) = run(Config::default(), &[0, 1, 15_000, 15_001, MINUTE, 3 * MINUTE]);
    assert!(dump(&once) == dump(&often));
    let mut other = Table::new();
    let start = Config::default().start_ms;
    Platform::new(Config::default(), 8).advance_to(&mut other, start + 3 * MINUTE);
    assert!(dump(&once) != dump(&other), "the seed counts");
}

#[test]
fn a_platform_has_about_as_many_series_as_asked_for() {
    for n in [1_000, 10_000, 100_000] {
        let mut config = Config::with_series(n);
        config.history_ms = 0;
        let (table, _) = run(config, &[15_000]);
        let off = table.n_series().abs_diff(n);
        assert!(off * 25 < n, "{n}: {}", table.n_series());
    }
}

#[test]
fn every_target_is_up_and_every_service_has_one() {
    let (table, start) = run(Config::healthy(51, 1), &[MINUTE]);
    let ups = select(&table, &[("__name__", "up")]);
    assert_eq!(ups.len(), 51 + 2 + 2 + 1 + 1 + 2 + 1);
    for id in ups {
        assert_eq!(table.latest(id, start + MINUTE, MINUTE).map(|(_, v)| v), Some(1.0));
    }
    for service in crate::SERVICES {
        assert_eq!(select(&table, &[("__name__", "up"), ("service", service)]).len(), 3);
    }
}

#[test]
fn series_of_vanished_pods_end_and_new_pods_begin() {
    let gone = incident(Effect::Gone { pods: Pods::all("eta") });
    let config = Config { incidents: gone, ..Config::healthy(51, 1) };
    let (table, start) = run(config, &[20 * MINUTE]);
    let all = select(&table, &[("__name__", "up"), ("service", "eta")]);
    let valid = |minute: i64| {
        let at = |id: &&SeriesId| table.latest(**id, start + minute * MINUTE, 300_000).is_some();
        all.iter().filter(at).count()
    };
    assert_eq!(all.len(), 6, "three pods before and three after");
    assert_eq!([4, 6, 9, 11].map(valid), [3, 0, 0, 3]);
    let names = select(&table, &[("__name__", "kube_pod_status_ready"), ("service", "eta")]);
    assert_eq!(names.len(), 6 * 3, "Kubernetes knows them by other names");
}

#[test]
fn a_crash_resets_counters_and_counts() {
    let crash = incident(Effect::CrashLoop { pods: Pods::one("auth", 0), every_ms: 10 * MINUTE });
    let config = Config { incidents: crash, ..Config::healthy(51, 1) };
    let (table, start) = run(config, &[15 * MINUTE]);
    let falls = |pairs: &[(&str, &str)]| {
        let ids = select(&table, pairs);
        let fell = |id: &&SeriesId| {
            let (_, values) = table.window(**id, 0, i64::MAX);
            values.windows(2).any(|pair| pair[1] < pair[0])
        };
        ids.iter().filter(fell).count()
    };
    assert_eq!(falls(&[("__name__", "http_request_duration_seconds_count")]), 1);
    assert_eq!(falls(&[("__name__", "container_cpu_usage_seconds_total")]), 1);
    let restarts = select(&table, &[("__name__", "kube_pod_container_status_restarts_total")]);
    let latest = |id: &SeriesId| table.latest(*id, start + 15 * MINUTE, MINUTE).map(|(_, v)| v);
    let counts: Vec<f64> = restarts.iter().filter_map(latest).filter(|v| *v > 0.0).collect();
    assert_eq!(counts, vec![1.0]);
}

#[test]
fn buckets_are_cumulative_and_counters_whole() {
    let (table, start) = run(Config::default(), &[10 * MINUTE]);
    let t = start + 10 * MINUTE;
    let value = |id| table.latest(id, t, MINUTE).map_or(f64::NAN, |(_, v)| v);
    for count in select(&table, &[("__name__", "http_request_duration_seconds_count")]) {
        let own = table.labels(count);
        let pairs: Vec<_> = own.iter().filter(|(n, _)| *n != "__name__").collect();
        let with = [&pairs[..], &[("__name__", "http_request_duration_seconds_bucket")]].concat();
        let mut buckets: Vec<(f64, f64)> = select(&table, &with)
            .into_iter()
            .map(|id| (table.labels(id).value("le").parse().unwrap(), value(id)))
            .collect();
        buckets.sort_by(|a, b| a.0.total_cmp(&b.0));
        assert_eq!(buckets.len(), 13);
        assert!(buckets.windows(2).all(|pair| pair[0].1 <= pair[1].1), "{own}: {buckets:?}");
        assert_eq!(buckets[12].1.to_bits(), value(count).to_bits());
        assert!(buckets.iter().all(|(_, n)| n.fract() == 0.0));
    }
}

/// The native histograms of a series.
fn histograms(table: &Table, id: SeriesId) -> &[std::sync::Arc<model::FloatHistogram>] {
    table.samples(id, i64::MIN, i64::MAX).histograms.values
}

#[test]
fn native_histograms_come_on_top_and_count_what_classic_ones_do() {
    let with = |native_histograms| Config { native_histograms, ..Config::healthy(51, 2) };
    let native = [("__name__", "http_request_duration_native_seconds")];
    let plain = dump(&run(with(0.0), &[5 * MINUTE]).0);
    for (share, pods) in [(0.0, 0), (0.5, 25), (1.0, 51)] {
        let (table, _) = run(with(share), &[5 * MINUTE]);
        let ids = select(&table, &native);
        assert_eq!(ids.len(), pods * 2, "two endpoints a pod");
        let others: Vec<String> =
            dump(&table).into_iter().filter(|line| !line.contains(native[0].1)).collect();
        assert!(others == plain, "all other samples stay the same");
        for id in ids {
            let own = table.labels(id);
            let pairs: Vec<_> = own.iter().filter(|(n, _)| *n != "__name__").collect();
            let count = [&pairs[..], &[("__name__", "http_request_duration_seconds_count")]];
            let count = select(&table, &count.concat())[0];
            let (_, counts) = table.window(count, i64::MIN, i64::MAX);
            assert_eq!(counts.len(), histograms(&table, id).len());
            for (value, count) in histograms(&table, id).iter().zip(counts) {
                value.validate().expect("it makes sense");
                let sum: f64 = value.counts().iter().sum();
                assert_eq!(sum.to_bits(), value.count.to_bits(), "buckets add up: {own}");
                // Each bucket is rounded by itself.
                let lacks = count - value.count;
                assert!((-1.0..=121.0).contains(&lacks), "{own}: {lacks} of {count}");
            }
        }
    }
}

#[test]
fn a_crash_resets_native_histograms_and_a_replaced_pod_ends_them() {
    let crash = Effect::CrashLoop { pods: Pods::one("auth", 0), every_ms: 10 * MINUTE };
    let mut incidents = incident(crash);
    incidents.extend(incident(Effect::Gone { pods: Pods::all("eta") }));
    let config = Config { incidents, native_histograms: 1.0, ..Config::healthy(51, 1) };
    let (table, start) = run(config, &[15 * MINUTE]);
    let all = select(&table, &[("__name__", "http_request_duration_native_seconds")]);
    let resets = |id: &SeriesId| {
        histograms(&table, *id).array_windows().filter(|[a, b]| b.detect_reset(a)).count()
    };
    let reset: Vec<_> = all.iter().filter(|id| resets(id) > 0).collect();
    assert_eq!(reset.len(), 1, "one pod with one endpoint crashed");
    assert_eq!((resets(reset[0]), table.labels(*reset[0]).value("service")), (1, "auth"));
    let of_eta = |id: &SeriesId| table.labels(*id).value("service") == "eta";
    let eta: Vec<SeriesId> = all.iter().copied().filter(of_eta).collect();
    let there = |minute: i64| {
        let at = |id: &&SeriesId| {
            table.latest_value(**id, start + minute * MINUTE, 5 * MINUTE).is_some()
        };
        eta.iter().filter(at).count()
    };
    assert_eq!([4, 6, 9, 11].map(there), [3, 0, 0, 3]);
}
