//! Which stretches of time a table already holds, as a set of intervals `(lo, hi]`.

/// Disjoint intervals, left-open and right-closed, ascending, in milliseconds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    spans: Vec<(i64, i64)>,
}

impl Coverage {
    /// Adds `(lo, hi]`.
    pub fn add(&mut self, lo: i64, hi: i64) {
        if lo >= hi {
            return;
        }
        let (mut lo, mut hi) = (lo, hi);
        self.spans.retain(|(from, to)| {
            let apart = *to < lo || hi < *from;
            if !apart {
                lo = lo.min(*from);
                hi = hi.max(*to);
            }
            apart
        });
        let at = self.spans.partition_point(|(from, _)| *from < lo);
        self.spans.insert(at, (lo, hi));
    }

    /// Removes `(lo, hi]`.
    pub fn remove(&mut self, lo: i64, hi: i64) {
        let old = std::mem::take(&mut self.spans);
        for (from, to) in old {
            self.add(from, to.min(lo));
            self.add(from.max(hi), to);
        }
    }

    /// The smallest interval that holds all of `(lo, hi]` that is not covered.
    pub fn missing(&self, lo: i64, hi: i64) -> Option<(i64, i64)> {
        let (mut lo, mut hi) = (lo, hi);
        for (from, to) in &self.spans {
            if *from <= lo && lo < *to {
                lo = *to;
            }
        }
        for (from, to) in self.spans.iter().rev() {
            if *from < hi && hi <= *to {
                hi = *from;
            }
        }
        (lo < hi).then_some((lo, hi))
    }

    /// The gaps between the intervals that are longer than `longer_than`.
    pub fn gaps(&self, longer_than: i64) -> impl Iterator<Item = (i64, i64)> {
        let pairs = self.spans.windows(2).map(|pair| (pair[0].1, pair[1].0));
        pairs.filter(move |(lo, hi)| hi - lo > longer_than)
    }

    /// The intervals.
    pub fn spans(&self) -> impl Iterator<Item = (i64, i64)> {
        self.spans.iter().copied()
    }

    /// Where the first interval begins.
    pub fn start(&self) -> Option<i64> {
        self.spans.first().map(|(lo, _)| *lo)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(spans: &[(i64, i64)]) -> Coverage {
        let mut coverage = Coverage::default();
        for (lo, hi) in spans {
            coverage.add(*lo, *hi);
        }
        coverage
    }

    #[test]
    fn adjacent_and_overlapping_intervals_join() {
        assert_eq!(of(&[(0, 10), (10, 20), (15, 25)]).spans, [(0, 25)]);
        assert_eq!(of(&[(40, 50), (0, 10), (20, 30)]).spans, [(0, 10), (20, 30), (40, 50)]);
        assert_eq!(of(&[(0, 10), (20, 30), (5, 25)]).spans, [(0, 30)]);
        assert_eq!(of(&[(5, 5)]).spans, []);
    }

    #[test]
    fn only_what_is_missing_is_asked_for() {
        let covered = of(&[(0, 100)]);
        assert_eq!(covered.missing(30, 130), Some((100, 130)));
        assert_eq!(covered.missing(10, 90), None);
        assert_eq!(covered.missing(-50, 50), Some((-50, 0)));
        assert_eq!(covered.missing(-50, 150), Some((-50, 150)), "in one piece");
        assert_eq!(of(&[(0, 10), (20, 30)]).missing(0, 30), Some((10, 20)));
    }

    #[test]
    fn removing_cuts() {
        let mut covered = of(&[(0, 100)]);
        covered.remove(40, 60);
        assert_eq!(covered.spans, [(0, 40), (60, 100)]);
        covered.remove(i64::MIN, 20);
        assert_eq!(covered.spans, [(20, 40), (60, 100)]);
        assert_eq!(covered.gaps(10).collect::<Vec<_>>(), [(40, 60)]);
        assert_eq!(covered.start(), Some(20));
    }
}
