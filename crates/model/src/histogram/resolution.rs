//! Lower resolutions: neighbouring buckets merged.

use std::borrow::Cow;

use super::{
    FloatHistogram, bounds,
    parts::{Count, Parts},
};

impl FloatHistogram {
    /// The same with the buckets of a coarser exponential schema.
    ///
    /// # Panics
    /// Where the schema is finer, or either has custom buckets.
    #[must_use]
    pub fn to_schema(&self, schema: i32) -> Self {
        if schema == self.schema() {
            return self.clone();
        }
        assert!(!self.is_custom() && schema < self.schema(), "only a coarser exponential schema");
        assert!(schema != bounds::CUSTOM_SCHEMA, "only an exponential schema");
        let mut parts = Parts::from(self);
        parts.hint = super::CounterResetHint::Unknown;
        parts.reduce(schema);
        parts.into()
    }
}

impl<V: Count> Parts<V> {
    /// Merges buckets to a coarser schema.
    pub(super) fn reduce(&mut self, schema: i32) {
        for side in [&mut self.positive, &mut self.negative] {
            if let Cow::Owned(reduced) = reduced(side, self.schema, schema) {
                *side = reduced;
            }
        }
        self.schema = schema;
    }
}

/// The buckets of one side in a coarser schema.
pub(super) fn reduced<V: Count>(side: &[(i32, V)], from: i32, to: i32) -> Cow<'_, [(i32, V)]> {
    if from == to {
        return side.into();
    }
    let mut merged: Vec<(i32, V)> = Vec::with_capacity(side.len());
    for &(index, count) in side {
        let index = bounds::coarser(index, from, to);
        match merged.last_mut() {
            Some((last, sum)) if *last == index => *sum = sum.plus(count),
            _ => merged.push((index, count)),
        }
    }
    merged.into()
}

#[cfg(test)]
mod tests {
    use crate::histogram::notation::tests::histogram;

    #[track_caller]
    fn check(text: &str, schema: i32, expect: &str) {
        assert_eq!(histogram(text).to_schema(schema).test_text(), expect);
    }

    #[test]
    fn buckets_merge_towards_the_upper_bound() {
        let text = "{{schema:1 count:15 offset:-2 buckets:[1 2 3 4 5] n_offset:1 n_buckets:[6]}}";
        check(
            text,
            1,
            "{{schema:1 count:15 offset:-2 buckets:[1 2 3 4 5] n_offset:1 n_buckets:[6]}}",
        );
        check(text, 0, "{{count:15 offset:-1 buckets:[1 5 9] n_offset:1 n_buckets:[6]}}");
        check(text, -1, "{{schema:-1 count:15 buckets:[6 9] n_offset:1 n_buckets:[6]}}");
    }
}
