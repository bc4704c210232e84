//! Native histograms of response times, as client libraries make them.

use model::{
    FloatHistogram, Labels,
    histogram::{Parts, bounds},
};

use super::Latency;
use crate::page::Page;

/// Eight buckets for each doubling: neighbouring bounds are a twelfth apart.
const SCHEMA: i32 = 3;
/// The bucket up to 2^-10 s, which also has what took less.
const FIRST: i32 = -80;
/// The bucket up to 2^5 s, which also has what took longer.
const LAST: i32 = 40;
/// The width of the zero bucket, in which no request ends: 2^-128, as in client libraries.
const ZERO_THRESHOLD: f64 = f64::from_bits((1023 - 128) << 52);

/// A native histogram. It begins with no bucket, and shows those in which something was counted.
#[derive(Clone, Debug)]
pub(crate) struct NativeHistogram {
    labels: Labels,
    /// From [`FIRST`] to [`LAST`], each with what is not yet a whole thing.
    buckets: Vec<f64>,
    sum: f64,
}

impl NativeHistogram {
    pub(crate) fn new(labels: Labels) -> Self {
        Self { labels, buckets: (FIRST..=LAST).map(|_| 0.0).collect(), sum: 0.0 }
    }

    /// Counts `n` durations.
    pub(crate) fn observe(&mut self, n: f64, latency: Latency) {
        let mut below = 0.0;
        for (index, bucket) in (FIRST..).zip(&mut self.buckets) {
            let up_to = match index {
                LAST => 1.0,
                _ => latency.share_up_to(bounds::exponential(index, SCHEMA)),
            };
            *bucket += n * (up_to - below);
            below = up_to;
        }
        self.sum += n * latency.mean();
    }

    pub(crate) fn show(&self, page: &mut Page) {
        page.push_histogram(&self.labels, self.value());
    }

    /// Each bucket is rounded down by itself, so that none ever falls; the count is their sum.
    fn value(&self) -> FloatHistogram {
        let counts = self.buckets.iter().map(|count| count.floor());
        let positive: Vec<_> = (FIRST..).zip(counts).filter(|(_, count)| *count > 0.0).collect();
        let count = positive.iter().map(|(_, count)| count).sum();
        let (schema, zero_threshold, sum) = (SCHEMA, ZERO_THRESHOLD, self.sum);
        Parts { schema, zero_threshold, count, sum, positive, ..Parts::default() }.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_in_the_buckets_where_the_shape_puts_them() {
        let mut histogram = NativeHistogram::new(Labels::empty());
        assert_eq!(histogram.value().counts().len(), 0);
        let latency = Latency { median: 0.25, shape: 3.0, slow_share: 0.01 };
        let mut before = histogram.value();
        for _ in 0..100 {
            histogram.observe(1_000.0, latency);
            let now = histogram.value();
            assert!(!now.detect_reset(&before), "nothing falls");
            before = now;
        }
        let value = histogram.value();
        value.validate().expect("it makes sense");
        assert_eq!(value.counts().iter().sum::<f64>().to_bits(), value.count.to_bits());
        assert!((value.count - 100_000.0).abs() < 121.0, "{}", value.count);
        let up_to_median: f64 = value
            .positive()
            .filter(|(index, _)| bounds::exponential(*index, SCHEMA) <= 0.25)
            .map(|(_, count)| count)
            .sum();
        let expected = 100_000.0 * latency.share_up_to(0.25);
        assert!((up_to_median - expected).abs() < 121.0, "{up_to_median} instead of {expected}");
        assert_eq!(ZERO_THRESHOLD.to_bits(), (-128_f64).exp2().to_bits());
    }

    #[test]
    fn what_is_very_short_or_very_long_is_counted_at_the_ends() {
        let mut histogram = NativeHistogram::new(Labels::empty());
        histogram.observe(10.0, Latency { median: 1e-6, shape: 8.0, slow_share: 0.0 });
        histogram.observe(10.0, Latency { median: 1e6, shape: 8.0, slow_share: 0.0 });
        let buckets: Vec<_> = histogram.value().positive().collect();
        assert_eq!(buckets.iter().map(|(index, _)| *index).collect::<Vec<_>>(), [FIRST, LAST]);
    }
}
