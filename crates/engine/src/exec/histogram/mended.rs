//! Classic histograms whose buckets had to be raised, told once per metric over all steps.

use super::At;
use crate::{
    kernels::histogram::Forced,
    notice::{self, Cite, ForcedMonotonic, NoticeKind, RawNotice},
};

/// What was mended, by metric.
#[derive(Default)]
pub(super) struct Mended {
    metrics: Vec<Metric>,
}

struct Metric {
    all: ForcedMonotonic,
    /// How many histograms were mended at each step, up to the last such step.
    at_step: Vec<i64>,
}

impl Mended {
    /// Adds what was mended at a step.
    pub(super) fn add(&mut self, forced: &Forced, at: &At<'_>, n_steps: usize) {
        let one = ForcedMonotonic {
            metric: at.metric.cloned(),
            from: forced.min_bucket,
            to: forced.max_bucket,
            diff: forced.max_diff,
            samples: 0,
            first: at.t,
            last: at.t,
        };
        let known = self.metrics.iter_mut().find(|metric| metric.all.metric == one.metric);
        let metric = if let Some(metric) = known {
            metric.all.absorb(&one);
            metric
        } else {
            self.metrics.push(Metric { all: one, at_step: vec![0; n_steps] });
            self.metrics.last_mut().expect("it was just added")
        };
        metric.at_step[at.step] += 1;
    }

    /// Notes it all.
    pub(super) fn tell(self, cite: Cite, notices: &mut Vec<RawNotice>) {
        for Metric { mut all, at_step } in self.metrics {
            all.samples = told(&at_step);
            let kind = NoticeKind::ForcedMonotonic(Box::new(all));
            notice::add(notices, RawNotice { cite, kind });
        }
    }
}

/// How many samples Prometheus says that it mended: at every step after the first it counts again
/// what it has counted, because it merges a set of annotations into itself (`rangeEval` in
/// prometheus promql/engine.go).
fn told(at_step: &[i64]) -> i64 {
    at_step.iter().fold(0, |told: i64, n| match told {
        0 => *n,
        _ => told.wrapping_add(*n).wrapping_mul(2),
    })
}

#[cfg(test)]
mod tests {
    use super::told;

    #[test]
    fn samples_are_counted_as_prometheus_counts_them() {
        assert_eq!(told(&[1]), 1);
        assert_eq!(told(&[3]), 3);
        assert_eq!(told(&[1; 15]), 49_150);
        assert_eq!(told(&[1; 50]), 1_688_849_860_263_934);
        assert_eq!(told(&[0, 0, 1, 0]), 2);
    }
}
