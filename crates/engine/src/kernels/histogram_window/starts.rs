//! Start timestamps: when the counting behind a sample began.
//!
//! 0 means that it is unknown, as does a time at or after the sample's own. As
//! `isStartTimestampReset` and its neighbours in prometheus promql/functions.go.

use store::Newest;

/// The start of a sample; a column without starts knows none.
pub(super) fn of(starts: &[i64], i: usize) -> i64 {
    starts.get(i).copied().unwrap_or(0)
}

/// Whether counting began anew after the sample before.
pub(super) fn reset(prev: &Newest<'_>, cur: &Newest<'_>) -> bool {
    is_reset((prev.start, prev.t), (cur.start, cur.t))
}

/// The same of samples given as start and time.
pub(super) fn is_reset(prev: (i64, i64), cur: (i64, i64)) -> bool {
    let ((prev_start, prev_t), (start, t)) = (prev, cur);
    if start == 0 || start >= t {
        return false;
    }
    // Where counting began at the sample before, it is a delta, unless that one's start is unknown
    // and so may be this one's.
    start > prev_t || start == prev_t && prev_start != 0 && prev_start < prev_t
}

/// Whether counting began before the sample in front, and not when that one's did.
pub(super) fn overlaps(prev: (i64, i64), start: i64) -> bool {
    let (prev_start, prev_t) = prev;
    start != 0 && start < prev_t && start != prev_start
}

/// Where counting began inside a window, before the first sample.
pub(super) fn inside(starts: &[i64], ts: &[i64], lo: i64) -> Option<i64> {
    let start = of(starts, 0);
    (start != 0 && start > lo && start < *ts.first()?).then_some(start)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_begins_after_the_sample_before_is_a_reset() {
        let check = |prev, cur, expect| assert_eq!(is_reset(prev, cur), expect, "{prev:?} {cur:?}");
        check((5, 10), (11, 20), true);
        check((5, 10), (5, 20), false);
        check((5, 10), (0, 20), false);
        check((5, 10), (20, 20), false);
        check((5, 10), (21, 20), false);
        // Deltas, and cumulative samples whose start is unknown.
        check((5, 10), (10, 20), true);
        check((0, 10), (10, 20), false);
        check((10, 10), (10, 20), false);
        check((11, 10), (10, 20), false);
    }

    #[test]
    fn what_begins_in_the_midst_of_the_one_before_overlaps() {
        assert!(overlaps((2, 10), 5));
        assert!(overlaps((0, 10), 5));
        assert!(!overlaps((5, 10), 5));
        assert!(!overlaps((5, 10), 10));
        assert!(!overlaps((5, 10), 0));
    }
}
