//! What questions cost, learnt from their answers.
//!
//! An estimate moves towards each new answer by a fixed part, so that the same answers in the same
//! order give the same estimates. Dear questions are asked first: the others fill the gaps.

use std::{collections::HashMap, sync::Arc, time::Duration};

use crate::fetch::Request;

/// How much a new answer counts against all before it.
const WEIGHT: f64 = 0.3;
/// How many questions that take the place of others are remembered.
const MAX_MERGED: usize = 10_000;
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
    /// Of questions that take the place of others, by their texts.
    merged: HashMap<Arc<str>, Cost>,
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
    /// Notes what the answer to a question cost. Questions for one fragment are alike, and so are
    /// those for any fragments of a batch.
    pub fn learn(&mut self, request: &Request, cost: Cost) {
        let towards = |known: Option<Cost>| known.map_or(cost, |old| old.towards(cost));
        if request.parts.is_some() {
            if self.merged.len() >= MAX_MERGED {
                self.merged.clear();
            }
            let known = towards(self.merged.get(&request.query).copied());
            self.merged.insert(Arc::clone(&request.query), known);
            return;
        }
        let (known, i) = match request.batch {
            Some(batch) => (&mut self.batches, batch.0 as usize),
            None => (&mut self.fragments, request.serves[0].0 as usize),
        };
        if known.len() <= i {
            known.resize(i + 1, None);
        }
        known[i] = Some(towards(known[i]));
    }

    /// What a question is likely to cost.
    pub fn of(&self, request: &Request) -> Option<Cost> {
        match request.batch {
            _ if request.parts.is_some() => self.merged.get(&request.query).copied(),
            Some(batch) => self.batches.get(batch.0 as usize).copied().flatten(),
            None => self.fragments.get(request.serves[0].0 as usize).copied().flatten(),
        }
    }

    /// Larger for what is to be asked earlier. What is not known yet may be dear.
    pub(crate) fn urgency(&self, request: &Request) -> f64 {
        self.of(request).map_or(f64::INFINITY, |cost| (cost.ms / GRAIN_MS).floor())
    }
}

#[cfg(test)]
mod tests {
    use engine::{BatchId, FragmentId};

    use super::*;
    use crate::fetch::Ask;

    fn request(fragment: u32) -> Request {
        Request::alone(FragmentId(fragment), &"x".into(), Ask::Instant(0))
    }

    #[test]
    fn estimates_follow_answers() {
        let (mut costs, f) = (Costs::default(), request(2));
        assert_eq!(costs.of(&f), None);
        assert!(costs.urgency(&f).is_infinite());
        costs.learn(&f, Cost::measured(10, 1000, Duration::from_millis(500)));
        costs.learn(&f, Cost::measured(20, 2000, Duration::from_millis(900)));
        let cost = costs.of(&f).unwrap();
        assert_eq!((cost.series, cost.bytes, cost.ms.round()), (13.0, 1300.0, 620.0));
        assert!((costs.urgency(&f) - 6.0).abs() < 1e-9);
        assert_eq!(costs.of(&request(1)), None);
        let batch = Request { batch: Some(BatchId(2)), ..request(2) };
        assert_eq!(costs.of(&batch), None, "a batch is another question");
        let merged = Request { parts: Some([].into()), ..request(2) };
        assert_eq!(costs.of(&merged), None, "and so is what takes the place of others");
        costs.learn(&merged, Cost::measured(1, 1, Duration::ZERO));
        assert!(costs.of(&merged).is_some() && costs.of(&batch).is_none());
    }
}
