//! Requests to a pod: durations and answers by endpoint.

use super::{Counter, Histogram, Latency, Moment, NativeHistogram};
use crate::{Config, Effect, fleet::Slot, noise, page::Page, target::Identity};

/// In seconds.
const BOUNDS: &[f64] = &[0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 10.0];

/// Answers that are no failure of ours, with their share of all such.
const ANSWERS: [(&str, f64); 4] = [("200", 0.93), ("400", 0.012), ("404", 0.055), ("429", 0.003)];
/// Failures, with their share of all failures.
const FAILURES: [(&str, f64); 2] = [("500", 0.7), ("503", 0.3)];
/// The share of requests that fails on a good day.
const USUAL_FAILURES: f64 = 0.000_15;

const METHODS: [&str; 3] = ["GET", "POST", "GET"];
const PATHS: [&str; 3] = ["", "", "/{id}"];

/// What a pod has to tell of its requests.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape {
    endpoints: usize,
    /// Whether it exports native histograms besides classic ones.
    is_native: bool,
}

impl Shape {
    pub(super) fn of(slot: Slot, config: &Config) -> Self {
        let Config { endpoints, native_histograms: share, .. } = *config;
        Self { endpoints, is_native: slot.is_among(share) }
    }
}

/// What a pod counts about its requests.
#[derive(Clone, Debug)]
pub(super) struct Http {
    slot: Slot,
    endpoints: Vec<Endpoint>,
}

#[derive(Clone, Debug)]
struct Endpoint {
    /// Its part of the pod's requests.
    weight: f64,
    /// How much slower it is than its siblings.
    slowness: f64,
    durations: Histogram,
    native_durations: Option<NativeHistogram>,
    answers: Vec<(f64, Counter)>,
    failures: Vec<(f64, Counter)>,
}

impl Http {
    pub(super) fn new(slot: Slot, identity: &Identity, shape: Shape) -> Self {
        let made = (0..shape.endpoints).map(|i| Endpoint::new(slot, identity, shape, i));
        Self { slot, endpoints: made.collect() }
    }

    pub(super) fn advance(&mut self, moment: Moment<'_>) {
        let (course, service) = (moment.course, self.slot.service());
        let slower = course.level(moment.t, 1.0, |e| match e {
            Effect::Latency { service: s, factor } if s == service => Some(*factor),
            _ => None,
        });
        let slow_share = course.level(moment.t, 0.0, |e| match e {
            Effect::SlowTail { share } => Some(*share),
            _ => None,
        });
        let failing = course.level(moment.t, USUAL_FAILURES, |e| match e {
            Effect::Errors { service: s, share } if s == service => Some(*share),
            _ => None,
        });
        let pod_rate = self.slot.requests_per_second() * moment.passed_s;
        for (key, endpoint) in (0..).zip(&mut self.endpoints) {
            let n = pod_rate * endpoint.weight * moment.noise.around_one(0.1, key);
            let jitter = moment.noise.around_one(0.05, key + 1_000_000);
            let median = self.slot.median_latency() * endpoint.slowness * slower * jitter;
            let latency = Latency { median, shape: 3.2, slow_share };
            endpoint.durations.observe(n, latency);
            if let Some(durations) = &mut endpoint.native_durations {
                durations.observe(n, latency);
            }
            endpoint.count(n, failing);
        }
    }

    pub(super) fn show(&self, page: &mut Page) {
        for endpoint in &self.endpoints {
            endpoint.durations.show(page);
            if let Some(durations) = &endpoint.native_durations {
                durations.show(page);
            }
            for (_, counter) in endpoint.answers.iter().chain(&endpoint.failures) {
                counter.show(page);
            }
        }
    }
}

impl Endpoint {
    fn new(slot: Slot, identity: &Identity, shape: Shape, index: usize) -> Self {
        let total: f64 = (0..shape.endpoints).map(weight).sum();
        let (path, method) = (path(slot.service(), index), METHODS[index % METHODS.len()]);
        let own = [("endpoint", path.as_str()), ("method", method)];
        let requests = |(status, share): (&str, f64)| {
            let labels =
                [own[0], own[1], ("status", if status == "200" { ok(method) } else { status })];
            (share, Counter::new(identity.series("http_requests_total", &labels)))
        };
        let native =
            || NativeHistogram::new(identity.series("http_request_duration_native_seconds", &own));
        Self {
            weight: weight(index) / total,
            slowness: 1.0 + 0.2 * noise::signed(noise::key(&path), &[index as u64]),
            durations: Histogram::new(identity, "http_request_duration_seconds", &own, BOUNDS),
            native_durations: shape.is_native.then(native),
            answers: ANSWERS.map(requests).into(),
            failures: FAILURES.map(requests).into(),
        }
    }

    fn count(&mut self, n: f64, failing: f64) {
        for (share, counter) in &mut self.answers {
            counter.add(n * (1.0 - failing) * *share);
        }
        for (share, counter) in &mut self.failures {
            counter.add(n * failing * *share);
        }
    }
}

/// The status of success.
fn ok(method: &str) -> &'static str {
    if method == "POST" { "201" } else { "200" }
}

/// The first endpoints have the most requests.
fn weight(index: usize) -> f64 {
    1.0 / (index as f64 + 2.0)
}

/// `/v1/rides`, `/v1/rides/{id}`, `/v1/rides/4` …
fn path(service: &str, index: usize) -> String {
    match PATHS.get(index) {
        Some(rest) => format!("/v1/{service}{rest}"),
        None => format!("/v1/{service}/{index}"),
    }
}
