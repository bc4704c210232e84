//! Until when nodes need not be bound again, though series come.
//!
//! Nodes are bound shortly before a slot is evaluated, when its samples have come. Series that come
//! after that bring samples of later times, and the slot does not see them. It does if one of these
//! brings a sample that is late: then nodes are bound again, as they would have been. Late samples of
//! series that were there change nothing about that; markers of targets that went away are always
//! late, by an interval and more.

/// How much longer than up to the evaluation of its slot nothing is taken away.
const GRACE_MS: i64 = 1000;

/// The time up to which nodes are bound, if they are.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Settled {
    /// In milliseconds.
    until: Option<i64>,
    /// Whether a series that came since has brought samples of this time or earlier ones.
    is_late: bool,
}

impl Settled {
    /// Nodes are bound to the series that there are for times up to this one.
    pub(super) fn until(t: i64) -> Self {
        Self { until: Some(t), is_late: false }
    }

    /// A sample of this time comes, of a series that was not there.
    pub(super) fn note(&mut self, t: i64) {
        self.is_late |= self.until.is_some_and(|until| t <= until);
    }

    /// Whether an evaluation at a time needs no series that came since.
    pub(super) fn holds(&self, t: i64) -> bool {
        !self.is_late && self.until.is_some_and(|until| t <= until)
    }

    /// Whether no series may be taken away at a time, of which evaluations are due.
    pub(super) fn keeps_all(&self, due: i64) -> bool {
        self.until.is_some_and(|until| due < until + GRACE_MS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_late_samples_matter() {
        let mut settled = Settled::until(100);
        assert!(settled.holds(100) && !settled.holds(101));
        settled.note(101);
        assert!(settled.holds(100), "a sample of the next slot");
        settled.note(100);
        assert!(!settled.holds(100));
        assert!(settled.keeps_all(1099) && !settled.keeps_all(1100));
        assert!(!Settled::default().keeps_all(0) && !Settled::default().holds(0));
    }
}
