//! When a group is evaluated: Prometheus's slots, or common ones.
//!
//! Prometheus's slots lie a whole interval apart, shifted by a hash of the group's identity so that
//! groups spread over the interval, and the same group has the same slots in every engine.
//! Common slots are multiples of the interval: groups of one interval, and of multiples of it, are
//! evaluated for the same times, so that one answer of the source serves all of them.
//! Times are nanoseconds since the Unix epoch.

use model::Labels;

/// The slots of one group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slots {
    /// The distance of two slots.
    pub interval_ns: i64,
    /// The shift from multiples of the interval, from 0 to below the interval.
    pub offset_ns: i64,
}

/// A slot that is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    /// The time to evaluate for.
    pub slot_ns: i64,
    /// How many slots passed unevaluated before it.
    pub missed: u64,
}

impl Slots {
    /// The slots of the group with this file and name.
    pub fn of_group(file: &str, name: &str, interval_ns: i64) -> Self {
        let interval_ns = interval_ns.max(1);
        let hash = Labels::from_pairs([("name", name), ("file", file)]).hash64();
        let offset = hash % interval_ns.unsigned_abs();
        let offset_ns = i64::try_from(offset).expect("a remainder is below its divisor");
        Self { interval_ns, offset_ns }
    }

    /// The slots that all groups of an interval have in common.
    pub fn of_interval(interval_ns: i64) -> Self {
        Self { interval_ns: interval_ns.max(1), offset_ns: 0 }
    }

    /// The newest slot that is not after `now_ns`.
    // As Group.EvalTimestamp in prometheus rules/group.go.
    pub fn at_or_before(self, now_ns: i64) -> i64 {
        let shifted = now_ns - self.offset_ns;
        shifted - shifted.rem_euclid(self.interval_ns) + self.offset_ns
    }

    /// The slot of the first evaluation of an engine that starts at `now_ns`.
    pub fn first(self, now_ns: i64) -> i64 {
        self.at_or_before(now_ns) + self.interval_ns
    }

    /// What is due at `now_ns` after the evaluation of `last_ns`. A group that was late skips
    /// slots, it never makes up for them.
    pub fn due(self, last_ns: i64, now_ns: i64) -> Option<Due> {
        let passed = (now_ns - last_ns).div_euclid(self.interval_ns);
        let missed = u64::try_from(passed - 1).ok()?;
        Some(Due { slot_ns: last_ns + passed * self.interval_ns, missed })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: i64 = 1_000_000_000;

    #[test]
    fn slots_are_an_interval_apart_and_not_in_the_future() {
        let slots = Slots::of_group("rules.yml", "g", 15 * S);
        for now in [0, 1, 7 * S, 1_700_000_000 * S + 123] {
            let slot = slots.at_or_before(now);
            assert!(slot <= now && now < slot + 15 * S);
            assert_eq!((slot - slots.offset_ns).rem_euclid(15 * S), 0);
            assert_eq!(slots.first(now), slot + 15 * S);
        }
        assert_ne!(slots.offset_ns, Slots::of_group("rules.yml", "h", 15 * S).offset_ns);
    }

    #[test]
    fn common_slots_of_an_interval_are_among_those_of_its_divisors() {
        let (short, long) = (Slots::of_interval(15 * S), Slots::of_interval(60 * S));
        for now in [0, 7 * S, 1_700_000_000 * S + 123] {
            let slot = long.at_or_before(now);
            assert!(slot <= now && now < slot + 60 * S);
            assert_eq!(short.at_or_before(slot), slot);
        }
    }

    #[test]
    fn a_late_group_skips_slots_and_counts_them() {
        let slots = Slots { interval_ns: 10, offset_ns: 3 };
        assert_eq!(slots.due(13, 22), None);
        assert_eq!(slots.due(13, 23), Some(Due { slot_ns: 23, missed: 0 }));
        assert_eq!(slots.due(13, 32), Some(Due { slot_ns: 23, missed: 0 }));
        assert_eq!(slots.due(13, 47), Some(Due { slot_ns: 43, missed: 2 }));
        assert_eq!(slots.due(13, 5), None, "a clock that went back waits");
    }
}
