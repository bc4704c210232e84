//! Warnings and infos.
//!
//! One text is told once, at the place where it was found last. Two kinds add up what they tell
//! instead.

use std::collections::{BTreeMap, BTreeSet};

use diagnostics::LineIndex;
use model::{number::format_g, number::format_g_precision, quote::quote};

use super::{Outcome, Value};

/// What was noted so far, by text without place.
#[derive(Clone, Debug, Default)]
pub(super) struct Notes(BTreeMap<String, Note>);

#[derive(Clone, Debug)]
struct Note {
    /// The byte of the query that is cited.
    at: u32,
    more: More,
}

/// What is told besides the text.
#[derive(Clone, Debug)]
enum More {
    Nothing,
    Forced(Forced),
    /// How often.
    Overlaps(u64),
}

/// Where counts of a classic histogram had to be raised to grow with its buckets.
#[derive(Clone, Debug)]
pub(super) struct Forced {
    pub(super) from_t: i64,
    pub(super) to_t: i64,
    pub(super) lowest: f64,
    pub(super) highest: f64,
    pub(super) most: f64,
    /// How many were added to the first.
    pub(super) more: u64,
}

impl Notes {
    pub(super) fn warn(&mut self, at: u32, text: &str) {
        self.add(at, format!("PromQL warning: {text}"), More::Nothing);
    }

    pub(super) fn info(&mut self, at: u32, text: &str) {
        self.add(at, format!("PromQL info: {text}"), More::Nothing);
    }

    /// Start times overlap with the sample before.
    pub(super) fn overlap(&mut self, at: u32, metric: &str) {
        let what = "sample has start time that overlaps with previous sample timestamp";
        let text = format!("PromQL warning: {what} for metric {}", quote(metric));
        self.add(at, text, More::Overlaps(1));
    }

    /// Counts were raised.
    pub(super) fn forced(&mut self, at: u32, metric: &str, forced: Forced) {
        let link =
            "https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile";
        let what = "input to histogram_quantile needed to be fixed for monotonicity";
        let text = format!("PromQL info: {what} (see {link}){}", for_metric(metric));
        self.add(at, text, More::Forced(forced));
    }

    fn add(&mut self, at: u32, text: String, more: More) {
        match (self.0.get_mut(&text).map(|note| &mut note.more), &more) {
            (Some(More::Forced(known)), More::Forced(new)) => known.join(new),
            (Some(More::Overlaps(known)), More::Overlaps(new)) => *known += new,
            _ => drop(self.0.insert(text, Note { at, more })),
        }
    }

    /// Takes over what was noted later.
    pub(super) fn merge(&mut self, later: Self) {
        for (text, note) in later.0 {
            self.add(note.at, text, note.more);
        }
    }

    /// Adds a step's notes to those of the steps before. What Prometheus counts of raised counts,
    /// it counts once more at every step behind the first.
    pub(super) fn merge_step(&mut self, step: Self) {
        let known: BTreeSet<String> = self.0.keys().cloned().collect();
        self.merge(step);
        for (text, note) in &mut self.0 {
            if let More::Forced(forced) = &mut note.more
                && known.contains(text)
            {
                forced.more = forced.more.wrapping_mul(2).wrapping_add(1);
            }
        }
    }

    /// The notes in words beside a value.
    pub(super) fn outcome(self, query: &str, value: Value) -> Outcome {
        let index = LineIndex::new(query);
        let (mut warnings, mut infos) = (BTreeSet::new(), BTreeSet::new());
        for (text, note) in self.0 {
            let place = index.line_col(note.at);
            let more = note.more.words();
            let set = if text.starts_with("PromQL info") { &mut infos } else { &mut warnings };
            set.insert(format!("{text}{more} ({place})"));
        }
        Outcome { value, warnings, infos }
    }
}

impl Forced {
    fn join(&mut self, new: &Self) {
        self.from_t = self.from_t.min(new.from_t);
        self.to_t = self.to_t.max(new.to_t);
        self.lowest = self.lowest.min(new.lowest);
        self.highest = self.highest.max(new.highest);
        self.most = self.most.max(new.most);
        self.more = self.more.wrapping_add(new.more).wrapping_add(1);
    }
}

impl More {
    fn words(&self) -> String {
        match self {
            Self::Nothing | Self::Overlaps(..=1) => String::new(),
            Self::Overlaps(n) => format!(" ({n} occurrences)"),
            Self::Forced(f) => {
                let [lowest, highest] = [f.lowest, f.highest].map(format_g);
                let most = format_g_precision(f.most, 2);
                let n = f.more.wrapping_add(1);
                let [from, to] = [f.from_t, f.to_t].map(rfc3339);
                format!(
                    ", from buckets {lowest} to {highest}, with a max diff of {most}, over {n} \
                     samples from {from} to {to}"
                )
            }
        }
    }
}

/// Whole seconds, cut towards zero.
fn rfc3339(t: i64) -> String {
    model::Timestamp(t / 1000 * 1000).rfc3339()
}

/// `for metric name "m"`, where there is a name.
pub(super) fn for_metric(name: &str) -> String {
    if name.is_empty() { String::new() } else { format!(" for metric name {}", quote(name)) }
}
