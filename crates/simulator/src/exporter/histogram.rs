//! Response times and the classic histograms that they make.

use std::f64::consts::PI;

use model::{BUCKET_LABEL, Labels};

use super::Counter;
use crate::{page::Page, target::Identity};

/// A distribution of durations: log-logistic, of which a share is slow for another reason.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Latency {
    /// Half of the usual durations are shorter; in seconds.
    pub(crate) median: f64,
    /// The higher, the thinner the tail: the 95th percentile is `19^(1/shape)` medians.
    pub(crate) shape: f64,
    /// The share of durations around [`SLOW_MEDIAN`].
    pub(crate) slow_share: f64,
}

/// What waits for something outside the platform takes that long, in seconds.
const SLOW_MEDIAN: f64 = 3.0;

impl Latency {
    /// The share of durations up to `le`.
    pub(crate) fn share_up_to(self, le: f64) -> f64 {
        let usual = log_logistic(le / self.median, self.shape);
        let slow = log_logistic(le / SLOW_MEDIAN, 6.0);
        usual * (1.0 - self.slow_share) + slow * self.slow_share
    }

    /// In seconds.
    pub(crate) fn mean(self) -> f64 {
        let usual = self.median * (PI / self.shape) / (PI / self.shape).sin();
        usual * (1.0 - self.slow_share) + SLOW_MEDIAN * self.slow_share
    }
}

fn log_logistic(x: f64, shape: f64) -> f64 {
    1.0 / (1.0 + x.powf(-shape))
}

/// A classic histogram: cumulative buckets, sum and count.
#[derive(Clone, Debug)]
pub(crate) struct Histogram {
    bounds: &'static [f64],
    /// One more than bounds: the last is `+Inf`.
    buckets: Vec<Labels>,
    counts: Vec<f64>,
    sum: Counter,
    count: Labels,
}

impl Histogram {
    pub(crate) fn new(
        identity: &Identity,
        name: &str,
        own: &[(&str, &str)],
        bounds: &'static [f64],
    ) -> Self {
        let texts = bounds.iter().map(f64::to_string).chain(["+Inf".to_owned()]);
        let bucket = |le: String| {
            let labels: Vec<_> = own.iter().copied().chain([(BUCKET_LABEL, le.as_str())]).collect();
            identity.series(&format!("{name}_bucket"), &labels)
        };
        Self {
            bounds,
            buckets: texts.map(bucket).collect(),
            counts: vec![0.0; bounds.len() + 1],
            sum: Counter::new(identity.series(&format!("{name}_sum"), own)),
            count: identity.series(&format!("{name}_count"), own),
        }
    }

    /// Counts `n` durations.
    pub(crate) fn observe(&mut self, n: f64, latency: Latency) {
        for (count, le) in self.counts.iter_mut().zip(self.bounds) {
            *count += n * latency.share_up_to(*le);
        }
        *self.counts.last_mut().expect("there is the bucket +Inf") += n;
        self.sum.add(n * latency.mean());
    }

    pub(crate) fn show(&self, page: &mut Page) {
        for (labels, count) in self.buckets.iter().zip(&self.counts) {
            page.push_count(labels, *count);
        }
        self.sum.show_fraction(page);
        page.push_count(&self.count, *self.counts.last().expect("there is the bucket +Inf"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_where_the_shape_puts_them() {
        let latency = Latency { median: 0.05, shape: 3.0, slow_share: 0.0 };
        assert!((latency.share_up_to(0.05) - 0.5).abs() < 1e-12);
        assert!((latency.share_up_to(0.05 * 19_f64.cbrt()) - 0.95).abs() < 1e-12);
        let slow = Latency { slow_share: 0.02, ..latency };
        assert!(slow.share_up_to(1.0) < 0.99 && slow.share_up_to(0.15) > 0.94);
    }
}
