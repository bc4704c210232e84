//! What a histogram says about counter resets.

/// Whether a histogram is a counter, and whether it was reset since the sample before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum CounterResetHint {
    /// A counter; only comparing the buckets can tell.
    #[default]
    Unknown,
    /// A counter that started again.
    Reset,
    /// A counter that went on.
    NotReset,
    /// Not a counter.
    Gauge,
}

impl CounterResetHint {
    /// The word of the test notation.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Reset => "reset",
            Self::NotReset => "not_reset",
            Self::Gauge => "gauge",
        }
    }

    /// The hint of a sum or difference, and whether the two contradict each other.
    pub fn merge(self, other: Self) -> (Self, bool) {
        match (self, other) {
            (a, b) if a == b => (a, false),
            (Self::Gauge, _) | (_, Self::Gauge) => (Self::Gauge, false),
            (Self::Unknown, _) | (_, Self::Unknown) => (Self::Unknown, false),
            _ => (Self::Unknown, true),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::CounterResetHint::{self, Gauge, NotReset, Reset, Unknown};

    #[track_caller]
    fn check(a: CounterResetHint, b: CounterResetHint, expect: CounterResetHint, collide: bool) {
        assert_eq!(a.merge(b), (expect, collide));
        assert_eq!(b.merge(a), (expect, collide));
    }

    #[test]
    fn merging() {
        for hint in [Unknown, Reset, NotReset, Gauge] {
            check(hint, hint, hint, false);
            check(hint, Gauge, Gauge, false);
        }
        check(Unknown, Reset, Unknown, false);
        check(Unknown, NotReset, Unknown, false);
        check(Reset, NotReset, Unknown, true);
    }
}
