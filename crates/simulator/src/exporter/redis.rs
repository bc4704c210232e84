//! Redis.

use model::Labels;

use super::{Counter, Moment};
use crate::{Effect, page::Page, target::Identity};

/// Patterns of keys with their look-ups a second.
const PATTERNS: [(&str, f64); 4] =
    [("session:*", 420.0), ("driver:*", 360.0), ("quote:*", 150.0), ("route:*", 110.0)];
const USUAL_HITS: f64 = 0.94;
const USUAL_MEMORY: f64 = 0.6;
const MAX_BYTES: f64 = 8_589_934_592.0;

/// `redis_exporter`.
#[derive(Clone, Debug)]
pub(crate) struct Redis {
    up: Labels,
    patterns: Vec<(f64, Counter, Counter)>,
    used: Labels,
    max: Labels,
    evicted: Counter,
}

impl Redis {
    pub(super) fn new() -> Self {
        let identity = Identity::new("redis", "redis-0:9121", "redis");
        let counter = |name: &str, pattern: &str| {
            Counter::new(identity.series(name, &[("key_pattern", pattern)]))
        };
        let pattern = |(pattern, rate)| {
            let hits = counter("redis_cache_hits_total", pattern);
            (rate, hits, counter("redis_cache_misses_total", pattern))
        };
        Self {
            up: identity.series("up", &[]),
            patterns: PATTERNS.map(pattern).into(),
            used: identity.series("redis_memory_used_bytes", &[]),
            max: identity.series("redis_memory_max_bytes", &[]),
            evicted: Counter::new(identity.series("redis_evicted_keys_total", &[])),
        }
    }

    pub(super) fn scrape(&mut self, moment: Moment<'_>, page: &mut Page) {
        let hits = moment.course.level(moment.t, USUAL_HITS, |e| match e {
            Effect::CacheHits { ratio } => Some(*ratio),
            _ => None,
        });
        let memory = moment.course.level(moment.t, USUAL_MEMORY, |e| match e {
            Effect::RedisMemory { ratio } => Some(*ratio),
            _ => None,
        });
        page.push(&self.up, 1.0);
        for (key, (rate, hit, missed)) in (0..).zip(&mut self.patterns) {
            let n = *rate * moment.passed_s * moment.noise.around_one(0.1, key);
            let share = (hits * moment.noise.around_one(0.01, key + 100)).clamp(0.0, 1.0);
            hit.add(n * share);
            missed.add(n * (1.0 - share));
            hit.show(page);
            missed.show(page);
        }
        let used = (memory * moment.noise.around_one(0.01, 200)).clamp(0.0, 1.0);
        self.evicted.add(if used > 0.85 { 40.0 * moment.passed_s } else { 0.0 });
        page.push(&self.used, (used * MAX_BYTES).round());
        page.push(&self.max, MAX_BYTES);
        self.evicted.show(page);
    }
}
