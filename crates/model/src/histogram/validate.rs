//! Whether a histogram makes sense.

use std::{error, fmt};

use super::{
    FloatHistogram,
    bounds::{CUSTOM_SCHEMA, EXPONENTIAL_SCHEMAS},
};

/// Why a histogram makes no sense; its text is Prometheus's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invalid(String);

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl error::Error for Invalid {}

impl FloatHistogram {
    /// Checks schema, custom bounds and signs. That the count is at least the sum of all buckets
    /// is not checked: rounding gets in the way.
    pub fn validate(&self) -> Result<(), Invalid> {
        if self.is_custom() {
            self.validate_custom().map_err(Invalid)?;
        } else if EXPONENTIAL_SCHEMAS.contains(&self.schema()) {
            check_counts("negative", self.negative())?;
            if self.zero_count < 0.0 {
                return Err(Invalid(format!(
                    "zero bucket has observation count of {}: {NEGATIVE_BUCKET}",
                    crate::number::format_g(self.zero_count)
                )));
            }
            if !self.custom_bounds().is_empty() {
                return Err(Invalid(
                    "histogram with exponential schema must not have custom bounds".to_owned(),
                ));
            }
        } else {
            return Err(Invalid(format!(
                "histogram has an invalid schema, which must be between {} and {} for exponential \
                 buckets, or {CUSTOM_SCHEMA} for custom buckets, got schema {}",
                EXPONENTIAL_SCHEMAS.start(),
                EXPONENTIAL_SCHEMAS.end(),
                self.schema()
            )));
        }
        if self.count < 0.0 {
            return Err(Invalid(format!(
                "observation count is  {}: histogram's observation count is negative",
                crate::number::format_g(self.count)
            )));
        }
        check_counts("positive", self.positive())
    }

    fn validate_custom(&self) -> Result<(), String> {
        let bounds = self.custom_bounds();
        if bounds.iter().any(|bound| bound.is_nan()) {
            return Err("custom buckets: histogram custom bounds must not be NaN".to_owned());
        }
        if let Some([before, bound]) = bounds.array_windows().find(|[a, b]| b <= a) {
            return Err(format!(
                "custom buckets: previous bound is {before:.6} and current is {bound:.6}: \
                 histogram custom bounds must be in strictly increasing order"
            ));
        }
        if bounds.last() == Some(&f64::INFINITY) {
            return Err("custom buckets: last +Inf bound must not be explicitly defined: \
                        histogram custom bounds must be finite"
                .to_owned());
        }
        let (first, last) = (self.positive().next(), self.positive().next_back());
        if let Some((offset, _)) = first.filter(|&(index, _)| index < 0) {
            return Err(format!(
                "custom buckets: span number 1 with offset {offset}: histogram has a span whose \
                 offset is negative"
            ));
        }
        let reach = last.map_or(0, |(index, _)| i64::from(index) + 1);
        if i64::try_from(bounds.len()).is_ok_and(|n| n + 1 < reach) {
            return Err(format!(
                "custom buckets: only {} custom bounds defined which is insufficient to cover \
                 total span length of {reach}: histogram custom bounds are too few",
                bounds.len()
            ));
        }
        let forbidden = [
            (self.zero_count != 0.0, "have zero count of 0"),
            (self.zero_threshold() != 0.0, "have zero threshold of 0"),
            (self.negative().next().is_some(), "not have negative spans"),
        ];
        match forbidden.into_iter().find(|(is, _)| *is) {
            Some((_, what)) => Err(format!("custom buckets: must {what}")),
            None => Ok(()),
        }
    }
}

const NEGATIVE_BUCKET: &str = "histogram has a bucket whose observation count is negative";

fn check_counts(side: &str, counts: impl Iterator<Item = (i32, f64)>) -> Result<(), Invalid> {
    for (nth, (_, count)) in (1..).zip(counts) {
        if count < 0.0 {
            let count = crate::number::format_g(count);
            return Err(Invalid(format!(
                "{side} side: bucket number {nth} has observation count of {count}: \
                 {NEGATIVE_BUCKET}"
            )));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::histogram::notation::tests::histogram;

    #[track_caller]
    fn check(text: &str, expect: &str) {
        let got = histogram(text).validate().map_or_else(|e| e.to_string(), |()| String::new());
        assert_eq!(got, expect);
    }

    #[test]
    fn schemas_bounds_and_signs() {
        check("{{schema:8 z_bucket:1 buckets:[1 2]}}", "");
        check("{{schema:-53 custom_values:[1 2] offset:1 buckets:[1 2]}}", "");
        check(
            "{{schema:9}}",
            "histogram has an invalid schema, which must be between -4 and 8 for exponential \
             buckets, or -53 for custom buckets, got schema 9",
        );
        check(
            "{{schema:-53 custom_values:[1 1]}}",
            "custom buckets: previous bound is 1.000000 and current is 1.000000: histogram custom \
             bounds must be in strictly increasing order",
        );
        check(
            "{{schema:-53 custom_values:[1] buckets:[1 1 1]}}",
            "custom buckets: only 1 custom bounds defined which is insufficient to cover total \
             span length of 3: histogram custom bounds are too few",
        );
        check("{{schema:-53 z_bucket:1}}", "custom buckets: must have zero count of 0");
        check("{{schema:-53 n_buckets:[1]}}", "custom buckets: must not have negative spans");
        check(
            "{{buckets:[1 -2]}}",
            "positive side: bucket number 2 has observation count of -2: histogram has a bucket \
             whose observation count is negative",
        );
        check(
            "{{custom_values:[1]}}",
            "histogram with exponential schema must not have custom bounds",
        );
    }
}
