//! Classic histograms turned into native ones with custom buckets, as test scripts'
//! `load_with_nhcb` and scraping do. As prometheus util/convertnhcb.

use std::{error, fmt};

use super::{CUSTOM_SCHEMA, FloatHistogram, Parts};
use crate::number::format_g;

/// The classic series of one histogram at one time.
///
/// What comes after the first mistake is ignored; [`Self::convert`] tells the mistake.
#[derive(Clone, Debug, Default)]
pub struct Classic {
    /// Upper bound and cumulative count, ascending.
    buckets: Vec<(f64, f64)>,
    count: Option<f64>,
    sum: f64,
    error: Option<NotAHistogram>,
}

/// Why classic series are no histogram.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotAHistogram(String);

impl fmt::Display for NotAHistogram {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl error::Error for NotAHistogram {}

/// What a classic series tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Suffix {
    /// `_bucket`.
    Bucket,
    /// `_count`.
    Count,
    /// `_sum`.
    Sum,
}

impl Suffix {
    /// The suffix of a metric's name, and the name without it.
    pub fn of(name: &str) -> Option<(Self, &str)> {
        let suffixes = [(Self::Bucket, "_bucket"), (Self::Sum, "_sum"), (Self::Count, "_count")];
        suffixes.into_iter().find_map(|(suffix, text)| Some((suffix, name.strip_suffix(text)?)))
    }
}

impl Classic {
    /// Sets the sum.
    pub fn set_sum(&mut self, sum: f64) {
        if self.error.is_none() {
            self.sum = sum;
        }
    }

    /// Sets the count.
    pub fn set_count(&mut self, count: f64) {
        if self.error.is_some() {
            return;
        }
        if count < 0.0 {
            return self.fail(format!("count must be non-negative: count={}", format_g(count)));
        }
        self.count = Some(count);
    }

    /// Adds a bucket by its upper bound, in any order. The first of several for a bound counts.
    pub fn set_bucket(&mut self, le: f64, count: f64) {
        if self.error.is_some() {
            return;
        }
        if le.is_nan() {
            return self.fail("bucket boundary must not be NaN".to_owned());
        }
        if count < 0.0 {
            let (le, count) = (format_g(le), format_g(count));
            let what = "bucket count must be non-negative";
            return self.fail(format!("{what}: le={le}, count={count}"));
        }
        let at = self.buckets.partition_point(|&(other, _)| other < le);
        let above = self.buckets.get(at).copied();
        if above.is_some_and(|(other, _)| other <= le) {
            return;
        }
        let below = at.checked_sub(1).map(|i| self.buckets[i].1);
        let wrong = match (below, above) {
            (Some(below), _) if count < below => Some(('<', below)),
            (_, Some((_, above))) if count > above => Some(('>', above)),
            _ => None,
        };
        if let Some((sign, other)) = wrong {
            let (count, other) = (format_g(count), format_g(other));
            return self.fail(format!("count is not cumulative: {count} {sign} {other}"));
        }
        self.buckets.insert(at, (le, count));
    }

    fn fail(&mut self, message: String) {
        self.error = Some(NotAHistogram(message));
    }

    /// The histogram. Without a count, that of the highest bucket counts.
    pub fn convert(mut self) -> Result<FloatHistogram, NotAHistogram> {
        if let Some(error) = self.error {
            return Err(error);
        }
        let highest = self.buckets.last().copied();
        let count = self.count.or(highest.map(|(_, count)| count)).unwrap_or(0.0);
        let mut total = count;
        match highest {
            Some((le, of_highest)) if le == f64::INFINITY => total = of_highest,
            _ => self.buckets.push((f64::INFINITY, count)),
        }
        let whole = self.buckets.iter().all(|&(_, v)| is_whole(v)) && is_whole(count);
        #[expect(clippy::float_cmp, reason = "the same number twice, or a mistake")]
        if count != total {
            let [count, total] = [count, total].map(format_g);
            let shown = if whole { format!("{}", self.count.unwrap_or(0.0)) } else { count };
            return Err(NotAHistogram(format!(
                "count mismatch: count={shown} != le=+Inf count={total}"
            )));
        }
        let mut below = 0.0;
        let positive = (0..)
            .zip(&self.buckets)
            .map(|(index, &(_, count))| (index, count - std::mem::replace(&mut below, count)));
        let parts = Parts {
            schema: CUSTOM_SCHEMA,
            count,
            sum: self.sum,
            positive: positive.collect(),
            bounds: self.buckets[..self.buckets.len() - 1].iter().map(|&(le, _)| le).collect(),
            ..Parts::default()
        };
        // Small gaps are kept where all counts are whole.
        Ok(FloatHistogram::from(parts).compact_to(if whole { 2 } else { 0 }))
    }
}

fn is_whole(v: f64) -> bool {
    v.fract() == 0.0 && v.abs() < 9_223_372_036_854_775_808.0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bounds and counts as `le:count`, `count` and `sum` among them.
    #[track_caller]
    fn check(text: &str, expect: &str) {
        let mut classic = Classic::default();
        for item in text.split_whitespace() {
            let (key, value) = item.split_once(':').unwrap();
            let value = crate::number::parse_float(value).unwrap();
            match key {
                "count" => classic.set_count(value),
                "sum" => classic.set_sum(value),
                le => classic.set_bucket(crate::number::parse_float(le).unwrap(), value),
            }
        }
        let got = classic.convert().map_or_else(|e| e.to_string(), |h| h.test_text());
        assert_eq!(got, expect);
    }

    #[test]
    fn buckets_are_differences() {
        let expect = "{{schema:-53 count:7 sum:10 custom_values:[1 2] buckets:[1 4 2]}}";
        check("1:1 2:5 +Inf:7 count:7 sum:10", expect);
        check("+Inf:7 2:5 2:6 1:1 sum:10", expect);
        check("1:1 2:5 count:7 sum:10", expect);
        check("1:1 2:5", "{{schema:-53 count:5 custom_values:[1 2] buckets:[1 4]}}");
        check("count:3", "{{schema:-53 count:3 custom_values:[] buckets:[3]}}");
        check(
            "1:0.5 2:0.5 +Inf:1",
            "{{schema:-53 count:1 custom_values:[1 2] buckets:[0.5 0 0.5]}}",
        );
        check("", "{{schema:-53 custom_values:[]}}");
    }

    #[test]
    fn mistakes() {
        check("1:2 2:1", "count is not cumulative: 1 < 2");
        check("2:1 1:2", "count is not cumulative: 2 > 1");
        check("+Inf:7 count:8", "count mismatch: count=8 != le=+Inf count=7");
        check("nan:1", "bucket boundary must not be NaN");
        check("1:-1", "bucket count must be non-negative: le=1, count=-1");
        check("count:-1", "count must be non-negative: count=-1");
        check("+Inf:NaN", "count mismatch: count=NaN != le=+Inf count=NaN");
    }

    #[test]
    fn names() {
        assert_eq!(Suffix::of("x_bucket"), Some((Suffix::Bucket, "x")));
        assert_eq!(Suffix::of("x_sum_count"), Some((Suffix::Count, "x_sum")));
        assert_eq!(Suffix::of("x_created"), None);
    }
}
