//! Histograms as text: the test notation, and what label values and templates show.

use std::fmt::{self, Write};

use super::{Bucket, CounterResetHint, FloatHistogram};
use crate::number::format_g;

/// `{count:4, sum:5, [-2,-1):1, [-0.1,0.1]:1, (0.5,1]:2}`: populated buckets upwards.
impl fmt::Display for FloatHistogram {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{{count:{}, sum:{}", format_g(self.count), format_g(self.sum))?;
        let mut buckets = |all: &mut dyn Iterator<Item = Bucket>| {
            all.filter(|b| b.count != 0.0).try_for_each(|b| write!(f, ", {b}"))
        };
        // Not those that the zero bucket clips: the text has each with its own bounds.
        buckets(&mut self.negative_buckets().rev())?;
        buckets(&mut std::iter::once(self.zero_bucket()))?;
        buckets(&mut self.positive_buckets())?;
        f.write_char('}')
    }
}

impl fmt::Display for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let open = if self.lower_inclusive { '[' } else { '(' };
        let close = if self.upper_inclusive { ']' } else { ')' };
        let [lower, upper, count] = [self.lower, self.upper, self.count].map(format_g);
        write!(f, "{open}{lower},{upper}{close}:{count}")
    }
}

impl FloatHistogram {
    /// The test notation: `{{count:4 sum:5 buckets:[1 2 1]}}`, without what is zero.
    ///
    /// What custom buckets cannot have is left out. Gaps between buckets are written out, as the notation knows one span a side.
    pub fn test_text(&self) -> String {
        let mut fields = Vec::new();
        if self.schema() != 0 {
            fields.push(format!("schema:{}", self.schema()));
        }
        for (key, value) in [
            ("count", self.count),
            ("sum", self.sum),
            ("z_bucket", self.zero_count),
            ("z_bucket_w", self.zero_threshold()),
        ] {
            let foreign = self.is_custom() && key.starts_with('z');
            if value != 0.0 && !foreign {
                fields.push(format!("{key}:{}", format_g(value)));
            }
        }
        if self.is_custom() {
            fields.push(format!("custom_values:[{}]", list(self.custom_bounds())));
        }
        if self.hint != CounterResetHint::Unknown {
            fields.push(format!("counter_reset_hint:{}", self.hint.as_str()));
        }
        let filled = self.clone().compact_to(u32::MAX);
        let (positive, negative) = filled.counts().split_at(filled.layout().n_positive());
        for (prefix, first, counts) in
            [("", filled.positive().next(), positive), ("n_", filled.negative().next(), negative)]
        {
            let Some((offset, _)) = first else { continue };
            if self.is_custom() && !prefix.is_empty() {
                continue;
            }
            if offset != 0 {
                fields.push(format!("{prefix}offset:{offset}"));
            }
            fields.push(format!("{prefix}buckets:[{}]", list(counts)));
        }
        format!("{{{{{}}}}}", fields.join(" "))
    }
}

fn list(numbers: &[f64]) -> String {
    numbers.iter().map(|&v| format_g(v)).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use crate::histogram::notation::tests::histogram;

    #[track_caller]
    fn check(text: &str, shown: &str, canonical: &str) {
        let h = histogram(text);
        assert_eq!(h.to_string(), shown);
        assert_eq!(h.test_text(), canonical);
    }

    #[test]
    fn both_forms() {
        check("{{}}", "{count:0, sum:0}", "{{}}");
        check(
            "{{sum:10 count:20 z_bucket:2 z_bucket_w:0.001 buckets:[0 1 0 3 0] n_buckets:[4 2]}}",
            "{count:20, sum:10, [-2,-1):2, [-1,-0.5):4, [-0.001,0.001]:2, (1,2]:1, (4,8]:3}",
            "{{count:20 sum:10 z_bucket:2 z_bucket_w:0.001 offset:1 buckets:[1 0 3] n_buckets:[4 2]}}",
        );
        check(
            "{{schema:-53 custom_values:[5 1e7] buckets:[1 0 2] counter_reset_hint:gauge sum:NaN}}",
            "{count:0, sum:NaN, [-Inf,5]:1, (1e+07,+Inf]:2}",
            "{{schema:-53 sum:NaN custom_values:[5 1e+07] counter_reset_hint:gauge buckets:[1 0 2]}}",
        );
        let custom = "{{schema:-53 custom_values:[5]}}";
        assert_eq!(
            histogram("{{schema:-53 custom_values:[5] z_bucket:1 n_buckets:[2]}}").test_text(),
            custom
        );
        check(
            "{{schema:1 z_bucket_w:0.1 counter_reset_hint:not_reset}}",
            "{count:0, sum:0}",
            "{{schema:1 z_bucket_w:0.1 counter_reset_hint:not_reset}}",
        );
    }
}
