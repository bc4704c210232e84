//! Until when nodes need not be bound again, though series come.
//!
//! Nodes are bound shortly before a slot is evaluated, when its samples have come. Series that come
//! after that bring samples of later times, and the slot does not see them. It does if one of these
//! is late. Which series bring samples that are late is not noted: few do, and then nodes are bound
//! again, as they would have been.

use store::Version;

/// How much longer than up to the evaluation of its slot nothing is taken away.
const GRACE_MS: i64 = 1000;

/// The time up to which nodes are bound, if they are.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Settled {
    /// In milliseconds, with the series that there were.
    until: Option<(i64, Version)>,
    /// Whether samples of this time or earlier ones have come since.
    is_late: bool,
}

impl Settled {
    /// Nodes are bound to these series for times up to this one.
    pub(super) fn until(t: i64, series: Version) -> Self {
        Self { until: Some((t, series)), is_late: false }
    }

    /// A sample of this time comes.
    #[inline]
    pub(super) fn note(&mut self, t: i64) {
        self.is_late |= self.until.is_some_and(|(until, _)| t <= until);
    }

    /// Whether an evaluation at a time needs no series that came since.
    pub(super) fn holds(&self, t: i64, series: Version) -> bool {
        self.until.is_some_and(|(until, then)| t <= until && (!self.is_late || then == series))
    }

    /// Whether no series may be taken away at a time, of which evaluations are due.
    pub(super) fn keeps_all(&self, due: i64) -> bool {
        self.until.is_some_and(|(until, _)| due < until + GRACE_MS)
    }
}

#[cfg(test)]
mod tests {
    use store::Table;

    use super::*;

    #[test]
    fn only_new_series_with_late_samples_matter() {
        let mut table = Table::new();
        let mut series = |name: &str| {
            table.series_id(&model::Labels::from_pairs([("__name__", name)]));
            table.version()
        };
        let (one, two) = (series("one"), series("two"));
        let mut settled = Settled::until(100, one);
        assert!(settled.holds(100, two) && !settled.holds(101, one));
        settled.note(101);
        assert!(settled.holds(100, two), "a sample of the next slot");
        settled.note(100);
        assert!(settled.holds(100, one), "a late sample of a series that was there");
        assert!(!settled.holds(100, two), "there is a new series, and it may be its sample");
        assert!(settled.keeps_all(1099) && !settled.keeps_all(1100));
        assert!(!Settled::default().keeps_all(0) && !Settled::default().holds(0, one));
    }
}
