//! What questions cost, learnt from their answers.
//!
//! An estimate moves towards each new answer by a fixed part, so that the same answers in the same
//! order give the same estimates. Dear questions are asked first: the others fill the gaps.

use std::time::Duration;

use engine::{BatchId, FragmentId};

/// How much a new answer counts against all before it.
const WEIGHT: f64 = 0.3;
/// Differences below this are none: they come and go.
const GRAIN_MS: f64 = 100.0;

/// What a question costs, as far as it is known.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cost {
    /// How many series the answer has.
    pub series: f64,
    /// Its length in bytes, decompressed.
    pub bytes: f64,
    /// How long it takes, in milliseconds.
    pub ms: f64,
}

/// Estimates for the questions of a plan.
#[derive(Clone, Debug, Default)]
pub struct Costs {
    fragments: Vec<Option<Cost>>,
    batches: Vec<Option<Cost>>,
}

impl Cost {
    /// What an answer cost.
    pub fn measured(n_series: usize, bytes: u64, took: Duration) -> Self {
        Self { series: n_series as f64, bytes: bytes as f64, ms: took.as_secs_f64() * 1000.0 }
    }

    fn towards(self, other: Self) -> Self {
        let mix = |old: f64, new: f64| old + (new - old) * WEIGHT;
        Self {
            series: mix(self.series, other.series),
            bytes: mix(self.bytes, other.bytes),
            ms: mix(self.ms, other.ms),
        }
    }
}

impl Costs {
    /// Notes what an answer cost that served one fragment, or several of a batch.
    pub fn learn(&mut self, fragment: FragmentId, batch: Option<BatchId>, cost: Cost) {
        let (known, i) = match batch {
            Some(batch) => (&mut self.batches, batch.0 as usize),
            None => (&mut self.fragments, fragment.0 as usize),
        };
        if known.len() <= i {
            known.resize(i + 1, None);
        }
        known[i] = Some(known[i].map_or(cost, |old| old.towards(cost)));
    }

    /// What a question is likely to cost.
    pub fn of(&self, fragment: FragmentId, batch: Option<BatchId>) -> Option<Cost> {
        match batch {
            Some(batch) => self.batches.get(batch.0 as usize).copied().flatten(),
            None => self.fragments.get(fragment.0 as usize).copied().flatten(),
        }
    }

    /// Larger for what is to be asked earlier. What is not known yet may be dear.
    pub(crate) fn urgency(&self, fragment: FragmentId, batch: Option<BatchId>) -> f64 {
        self.of(fragment, batch).map_or(f64::INFINITY, |cost| (cost.ms / GRAIN_MS).floor())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn estimates_follow_answers() {
        let (mut costs, f) = (Costs::default(), FragmentId(2));
        assert_eq!(costs.of(f, None), None);
        assert!(costs.urgency(f, None).is_infinite());
        costs.learn(f, None, Cost::measured(10, 1000, Duration::from_millis(500)));
        costs.learn(f, None, Cost::measured(20, 2000, Duration::from_millis(900)));
        let cost = costs.of(f, None).unwrap();
        assert_eq!((cost.series, cost.bytes, cost.ms.round()), (13.0, 1300.0, 620.0));
        assert!((costs.urgency(f, None) - 6.0).abs() < 1e-9);
        assert_eq!(costs.of(FragmentId(1), None), None);
        assert_eq!(costs.of(f, Some(BatchId(2))), None, "a batch is another question");
    }
}
