//! Histograms from what the HTTP API of Prometheus shows of them: count, sum, populated buckets.
//!
//! The API tells neither schema nor hints, nor where empty buckets are. Exponential buckets give
//! their schema away by their bounds, which are powers of a root of two to the bit; everything else
//! is custom. Samples of one series are read together, since a bound or a zero threshold that one
//! of them shows holds for the others too. Custom buckets whose bounds happen to be neighbouring
//! powers of two can't be told from exponential ones.

use std::sync::Arc;

use super::{Bucket, FloatHistogram, Parts, bounds, bounds::CUSTOM_SCHEMA};
use crate::float::{exp2, log2};

/// What is shown of a histogram.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Observed {
    /// How many observations.
    pub count: f64,
    /// Their sum.
    pub sum: f64,
    /// The populated buckets, upwards.
    pub buckets: Vec<Bucket>,
}

/// The histograms of one series.
pub fn histograms(samples: &[Observed]) -> Vec<FloatHistogram> {
    let threshold = samples.iter().filter_map(Observed::zero_threshold).fold(0.0, f64::max);
    let with_buckets = samples.iter().filter(|s| s.has_buckets());
    let schemas: Option<Vec<i32>> = with_buckets.map(|s| s.schema(threshold)).collect();
    if let Some(schemas) = schemas {
        // A sample without buckets is as fine as the finest, so that nothing is merged for it.
        let finest = schemas.iter().copied().max().unwrap_or(0);
        let of = |s: &Observed| s.schema(threshold).filter(|_| s.has_buckets()).unwrap_or(finest);
        return samples.iter().map(|sample| sample.exponential(of(sample), threshold)).collect();
    }
    let all = samples.iter().flat_map(|s| &s.buckets).flat_map(|b| [b.lower, b.upper]);
    let mut ends: Vec<f64> = all.filter(|end| end.is_finite()).collect();
    ends.sort_by(f64::total_cmp);
    ends.dedup();
    let ends: Arc<[f64]> = ends.into();
    samples.iter().map(|sample| sample.custom(&ends)).collect()
}

impl Observed {
    /// What the API shows of a histogram.
    pub fn of(h: &FloatHistogram) -> Self {
        let buckets = h.all_buckets().filter(|b| b.count != 0.0).collect();
        Self { count: h.count, sum: h.sum, buckets }
    }

    fn zero_threshold(&self) -> Option<f64> {
        self.buckets.iter().find(|b| is_zero_bucket(b)).map(|b| b.upper)
    }

    fn has_buckets(&self) -> bool {
        self.buckets.iter().any(|b| !is_zero_bucket(b))
    }

    /// The schema that all buckets fit; none where they are custom.
    fn schema(&self, threshold: f64) -> Option<i32> {
        let outside: Vec<Bucket> =
            self.buckets.iter().filter(|b| !is_zero_bucket(b)).map(outwards).collect();
        let fits = |schema: &i32| outside.iter().all(|b| index(b, *schema, threshold).is_some());
        // A bucket that the zero bucket clips fits many schemas: the coarsest is the likeliest.
        bounds::EXPONENTIAL_SCHEMAS.into_iter().find(fits)
    }

    fn exponential(&self, schema: i32, threshold: f64) -> FloatHistogram {
        let mut parts = Parts { schema, zero_threshold: threshold, ..self.parts() };
        for bucket in &self.buckets {
            if is_zero_bucket(bucket) {
                parts.zero_count = bucket.count;
                continue;
            }
            let index = index(&outwards(bucket), schema, threshold).expect("the schema fits");
            let side = if bucket.upper > 0.0 { &mut parts.positive } else { &mut parts.negative };
            side.push((index, bucket.count));
        }
        parts.negative.reverse();
        parts.into()
    }

    fn custom(&self, ends: &Arc<[f64]>) -> FloatHistogram {
        let mut parts = Parts { schema: CUSTOM_SCHEMA, bounds: ends.clone(), ..self.parts() };
        for bucket in &self.buckets {
            let index = ends.partition_point(|end| *end < bucket.upper);
            parts.positive.push((i32::try_from(index).unwrap_or(i32::MAX), bucket.count));
        }
        parts.into()
    }

    fn parts(&self) -> Parts {
        Parts { count: self.count, sum: self.sum, ..Parts::default() }
    }
}

fn is_zero_bucket(b: &Bucket) -> bool {
    b.lower_inclusive
        && b.upper_inclusive
        && b.upper.is_finite()
        && b.lower.to_bits() == (-b.upper).to_bits()
}

/// The bucket, mirrored where it lies below zero.
fn outwards(b: &Bucket) -> Bucket {
    if b.upper > 0.0 { *b } else { Bucket { lower: -b.upper, upper: -b.lower, ..*b } }
}

/// The index of a positive bucket in a schema that has it.
fn index(b: &Bucket, schema: i32, threshold: f64) -> Option<i32> {
    let index = if b.upper.is_infinite() {
        ending_at(b.lower, schema)?.checked_add(1)?
    } else {
        ending_at(b.upper, schema)?
    };
    let lower = bounds::exponential(index - 1, schema);
    let clipped = b.lower.to_bits() == threshold.to_bits() && lower < b.lower;
    (clipped || lower.to_bits() == b.lower.to_bits()).then_some(index)
}

/// The index of the bucket that ends at a bound.
fn ending_at(bound: f64, schema: i32) -> Option<i32> {
    if !(bound > 0.0 && bound.is_finite()) {
        return None;
    }
    let near = log2(bound) * exp2(f64::from(schema));
    #[expect(clippy::cast_possible_truncation, reason = "under 1074 times 256")]
    let near = near.round() as i32;
    let ends = |i: &i32| bounds::exponential(*i, schema).to_bits() == bound.to_bits();
    [near, near - 1, near + 1].into_iter().find(ends)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::histogram::notation::tests::histogram;

    /// What is shown of some histograms of a series leads back to them.
    #[track_caller]
    fn check(series: &[&str]) {
        let written: Vec<FloatHistogram> = series.iter().map(|text| histogram(text)).collect();
        let shown: Vec<Observed> = written.iter().map(Observed::of).collect();
        for (original, read) in written.into_iter().zip(histograms(&shown)) {
            let original = original.compact();
            assert!(original.same_values(&read), "{original:?} became {read:?}");
        }
    }

    #[test]
    fn exponential_buckets_show_their_schema() {
        for schema in bounds::EXPONENTIAL_SCHEMAS {
            check(&[&format!(
                "{{{{schema:{schema} count:9 sum:4.5 z_bucket:1 z_bucket_w:0.001 \
                 buckets:[1 0 3] n_buckets:[2 0 0 2] offset:-3 n_offset:1}}}}"
            )]);
        }
    }

    #[test]
    fn what_one_sample_shows_holds_for_the_series() {
        let zero = "{{count:2 sum:1 z_bucket:1 z_bucket_w:0.001 buckets:[1]}}";
        check(&[zero, "{{count:1 sum:1 z_bucket_w:0.001 buckets:[1]}}", "{{z_bucket_w:0.001}}"]);
        let custom =
            |buckets: &str| format!("{{{{schema:-53 custom_values:[5 10 20] {buckets}}}}}");
        check(&[&custom("count:6 sum:9 buckets:[1 2 0 3]"), &custom("count:1 buckets:[0 0 1]")]);
    }

    #[test]
    fn a_zero_bucket_may_clip() {
        check(&["{{count:8 z_bucket:3 z_bucket_w:0.75 buckets:[1 2] n_buckets:[1 1]}}"]);
    }

    #[test]
    fn the_largest_numbers_have_buckets() {
        check(&["{{schema:0 count:3 sum:Inf buckets:[1 1 1] offset:1023}}"]);
    }

    #[test]
    fn nothing_observed() {
        check(&["{{}}"]);
    }
}
