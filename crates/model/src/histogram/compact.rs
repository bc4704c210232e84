//! Dropping empty buckets.

use super::{
    FloatHistogram,
    parts::{Count, Parts},
};

impl FloatHistogram {
    /// Without empty buckets, as operators and aggregations leave it.
    #[must_use]
    pub fn compact(self) -> Self {
        if self.buckets.iter().all(|&count| count != 0.0) {
            return self;
        }
        let mut parts = Parts::from(&self);
        parts.compact();
        parts.into()
    }

    /// Without empty buckets but for gaps of up to `gap` of them, which are filled.
    #[must_use]
    pub fn compact_to(self, gap: u32) -> Self {
        let mut parts = Parts::from(&self);
        for side in [&mut parts.positive, &mut parts.negative] {
            *side = filled(side, gap);
        }
        parts.into()
    }
}

impl<V: Count> Parts<V> {
    /// Drops empty buckets.
    pub(super) fn compact(&mut self) {
        for side in [&mut self.positive, &mut self.negative] {
            side.retain(|(_, count)| !count.is_zero());
        }
    }
}

/// Empty buckets inside a span keep their sign, which the test notation shows.
fn filled(side: &[(i32, f64)], gap: u32) -> Vec<(i32, f64)> {
    let mut all: Vec<(i32, f64)> = Vec::with_capacity(side.len());
    let mut empty = Vec::new();
    for &(index, count) in side {
        if count == 0.0 {
            empty.push((index, count));
            continue;
        }
        if let Some(&(last, _)) = all.last()
            && index.abs_diff(last) - 1 <= gap
        {
            if empty.len() == index.abs_diff(last) as usize - 1 {
                all.append(&mut empty);
            } else {
                all.extend((last + 1..index).map(|i| (i, 0.0)));
            }
        }
        empty.clear();
        all.push((index, count));
    }
    all
}

#[cfg(test)]
mod tests {
    use crate::histogram::{Span, notation::tests::histogram};

    #[track_caller]
    fn check(text: &str, gap: u32, spans: &[(i32, u32)], counts: &[f64]) {
        let h = histogram(text).compact_to(gap);
        let expect: Vec<_> =
            spans.iter().map(|&(offset, length)| Span { offset, length }).collect();
        assert_eq!(h.layout().positive_spans(), expect);
        assert_eq!(h.counts(), counts);
    }

    #[test]
    fn empty_buckets_go_and_small_gaps_stay() {
        let text = "{{offset:-3 buckets:[0 0 1 0 2 0 0 3 0]}}";
        check(text, 0, &[(-1, 1), (1, 1), (2, 1)], &[1.0, 2.0, 3.0]);
        check(text, 1, &[(-1, 3), (2, 1)], &[1.0, 0.0, 2.0, 3.0]);
        check(text, u32::MAX, &[(-1, 6)], &[1.0, 0.0, 2.0, 0.0, 0.0, 3.0]);
        check("{{buckets:[0 0]}}", 5, &[], &[]);
        assert_eq!(histogram(text).compact(), histogram(text).compact_to(0));
    }
}
