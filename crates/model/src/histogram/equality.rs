//! Equality to the bit.

use super::FloatHistogram;

impl FloatHistogram {
    /// Whether both have the same buckets, empty ones too, with the same bits in them; what they
    /// say about counter resets does not matter. This is `==` of PromQL.
    pub fn same_values(&self, other: &Self) -> bool {
        let bits = |h: &Self| [h.count, h.sum, h.zero_count].map(f64::to_bits);
        let same = |(a, b): (&f64, &f64)| a.to_bits() == b.to_bits();
        bits(self) == bits(other)
            && self.layout.same(&other.layout)
            && self.buckets.iter().zip(&other.buckets).all(same)
    }
}

/// To the bit, and with the same hint.
impl PartialEq for FloatHistogram {
    fn eq(&self, other: &Self) -> bool {
        self.hint == other.hint && self.same_values(other)
    }
}

#[cfg(test)]
mod tests {
    use crate::histogram::notation::tests::histogram;

    #[track_caller]
    fn check(a: &str, b: &str, expect: bool) {
        assert_eq!(histogram(a).same_values(&histogram(b)), expect, "{a} and {b}");
    }

    #[test]
    fn bits_and_buckets_count_hints_do_not() {
        check("{{sum:NaN buckets:[1]}}", "{{sum:NaN buckets:[1]}}", true);
        check("{{count:1 counter_reset_hint:gauge}}", "{{count:1}}", true);
        check("{{buckets:[1]}}", "{{buckets:[1 0]}}", false);
        check("{{sum:-0}}", "{{sum:0}}", false);
        check("{{z_bucket_w:0.1}}", "{{}}", false);
        check("{{schema:-53 custom_values:[1]}}", "{{schema:-53 custom_values:[2]}}", false);
    }
}
