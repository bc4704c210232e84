//! The past before a stream, asked of the source once.
//!
//! Each selector is asked for twice: for its raw samples, and for its value at the time when the
//! stream began, because raw samples do not tell that a series had ended.

use std::collections::{BTreeMap, BTreeSet};

use engine::FragmentId;
use model::{Labels, SeriesColumns, stale_nan};
use source::Answer;
use store::Table;

use super::{Note, warmth::Produced};
use crate::{
    fetch::{Ask, Fetched, Request},
    group::RuleSet,
};

/// After the first failure this long is waited, and twice as long each time.
const FIRST_PAUSE_MS: i64 = 5_000;
const ATTEMPTS: u32 = 5;

/// What is asked of the source.
#[derive(Debug)]
pub(crate) struct Fill {
    /// With the fragments that they stand for.
    selectors: Vec<Selector>,
    produced: Produced,
    enabled: bool,
    /// What is not there yet, by the number of the selector.
    pending: BTreeMap<usize, Pending>,
    /// The selectors that are being asked for.
    under_way: BTreeSet<usize>,
    /// Why the last question failed that did.
    failed: Option<String>,
    attempt: u32,
    retry_at: Option<i64>,
}

#[derive(Debug)]
struct Selector {
    text: String,
    fragments: Vec<FragmentId>,
    back_ms: i64,
}

/// A selector whose past is not there yet.
#[derive(Clone, Copy, Debug)]
struct Pending {
    lo: i64,
    hi: i64,
}

/// What came of questions.
#[derive(Debug, Default)]
pub(crate) struct Filled {
    /// Fragments with the time from which on they are covered, and whether nothing was found.
    pub(crate) covered: Vec<(FragmentId, i64, bool)>,
    /// Series from outside that have samples now.
    pub(crate) series: Vec<Labels>,
    pub(crate) notes: Vec<Note>,
}

impl Fill {
    pub(crate) fn new(rules: &RuleSet, enabled: bool) -> Self {
        let plan = &rules.plan;
        let mut selectors: BTreeMap<String, Selector> = BTreeMap::new();
        for reading in plan.roots().flat_map(|root| plan.readings(root)) {
            let text = plan.fragments()[reading.fragment.0 as usize].selector();
            let Some(back_ms) = reading.back else { continue };
            let selector = selectors.entry(text.clone()).or_insert_with(|| Selector {
                text,
                fragments: Vec::new(),
                back_ms,
            });
            selector.back_ms = selector.back_ms.max(back_ms);
            if !selector.fragments.contains(&reading.fragment) {
                selector.fragments.push(reading.fragment);
            }
        }
        let selectors = selectors.into_values().collect();
        Self {
            selectors,
            produced: Produced::of(rules),
            enabled,
            pending: BTreeMap::new(),
            under_way: BTreeSet::new(),
            failed: None,
            attempt: 0,
            retry_at: None,
        }
    }

    /// A stream begins: what to ask. `slack_ms` is how much further back evaluations may be.
    pub(crate) fn begin(&mut self, since: i64, slack_ms: i64) -> Vec<Request> {
        if !self.enabled {
            return Vec::new();
        }
        let all = self.selectors.iter().enumerate();
        self.pending = all
            .map(|(i, selector)| {
                (i, Pending { lo: since - selector.back_ms - slack_ms, hi: since })
            })
            .collect();
        (self.attempt, self.retry_at) = (0, None);
        self.requests()
    }

    /// What to ask again by now.
    pub(crate) fn retry(&mut self, now: i64) -> Vec<Request> {
        if self.retry_at.is_none_or(|at| now < at) {
            return Vec::new();
        }
        self.retry_at = None;
        self.requests()
    }

    pub(crate) fn retry_at(&self) -> Option<i64> {
        self.retry_at
    }

    /// The questions of one selector follow each other.
    fn requests(&mut self) -> Vec<Request> {
        self.under_way = self.pending.keys().copied().collect();
        let pending = self.pending.iter().flat_map(|(i, Pending { lo, hi })| {
            let selector = &self.selectors[*i];
            let text = selector.text.as_str().into();
            let request = |ask| Request::alone(selector.fragments[0], &text, ask);
            [request(Ask::Window { lo: *lo, hi: *hi }), request(Ask::Instant(*hi))]
        });
        pending.collect()
    }

    /// Puts answers into the tables, in front of what is there: what rules produce into the second
    /// one. The answers of one selector come together; those of several may.
    pub(crate) fn absorb(
        &mut self,
        fetched: Vec<Fetched>,
        now: i64,
        (streamed, produced): (&mut Table, &mut Table),
    ) -> Filled {
        let mut filled = Filled::default();
        let mut answers: BTreeMap<usize, (Option<Answer>, Option<Answer>)> = BTreeMap::new();
        let mut is_news = false;
        for one in fetched {
            let first = one.request.serves[0];
            let selector = self.selectors.iter().position(|s| s.fragments[0] == first);
            // What was asked before the stream began again is of no use.
            let Some(i) = selector.filter(|i| self.is_wanted(*i, one.request.ask)) else {
                continue;
            };
            is_news = true;
            self.under_way.remove(&i);
            match (one.result, one.request.ask) {
                (Ok(answer), Ask::Instant(_)) => answers.entry(i).or_default().1 = Some(answer),
                (Ok(answer), _) => answers.entry(i).or_default().0 = Some(answer),
                (Err(e), _) => self.failed = Some(e.to_string()),
            }
        }
        for (i, answers) in answers {
            let (Some(window), Some(valid)) = answers else { continue };
            let Some(pending) = self.pending.remove(&i) else { continue };
            let is_empty = window.data.is_empty();
            let (ours, others) =
                split(window.data, |labels| self.produced.has(labels.metric_name()));
            put(produced, &ours, &valid.data);
            put(streamed, &others, &valid.data);
            filled.series.extend(others.labels);
            let covered = self.selectors[i].fragments.iter();
            filled.covered.extend(covered.map(|f| (*f, pending.lo, is_empty)));
        }
        if is_news && self.under_way.is_empty() {
            let failed = self.failed.take();
            filled.notes.push(self.conclude(failed, now));
        }
        filled
    }

    fn is_wanted(&self, selector: usize, asked: Ask) -> bool {
        self.pending.get(&selector).is_some_and(|Pending { lo, hi }| {
            [Ask::Window { lo: *lo, hi: *hi }, Ask::Instant(*hi)].contains(&asked)
        })
    }

    /// Plans to ask again what failed, a few times.
    fn conclude(&mut self, failed: Option<String>, now: i64) -> Note {
        if self.pending.is_empty() {
            let text = "the past before the stream is there".to_owned();
            return Note { is_warning: false, text };
        }
        let error = failed.unwrap_or_else(|| "some questions have no answer".to_owned());
        self.attempt += 1;
        if self.attempt < ATTEMPTS {
            let pause = FIRST_PAUSE_MS << (self.attempt - 1);
            self.retry_at = Some(now + pause);
            return Note {
                is_warning: true,
                text: format!(
                    "the past before the stream, asked again in {} s: {error}",
                    pause / 1000
                ),
            };
        }
        let n = self.pending.len();
        self.pending.clear();
        let text = format!(
            "the past before the stream is given up (selectors: {n}), rules wait until the stream \
             covers it: {error}"
        );
        Note { is_warning: true, text }
    }
}

/// Puts raw samples in front of those that the table has, and ends series that were not valid any
/// more when the stream began.
fn put(table: &mut Table, window: &SeriesColumns, valid: &SeriesColumns) {
    table.fill(window);
    let valid: BTreeSet<&Labels> = valid.labels.iter().collect();
    for (i, (labels, ts, _)) in window.iter().enumerate() {
        let histograms = window.histograms_of(i).last().map(|(t, _)| *t);
        let Some(last) = ts.last().copied().max(histograms) else { continue };
        if !valid.contains(labels) {
            let id = table.series_id(labels);
            // A series of which more came by itself lives.
            table.append(id, last + 1, stale_nan());
        }
    }
}

/// The series of which something holds, and the others.
fn split(
    columns: SeriesColumns,
    holds: impl Fn(&Labels) -> bool,
) -> (SeriesColumns, SeriesColumns) {
    if !columns.labels.iter().any(&holds) {
        return (SeriesColumns::default(), columns);
    }
    let mut parts = (SeriesColumns::default(), SeriesColumns::default());
    for (i, (labels, ts, values)) in columns.iter().enumerate() {
        let part = if holds(labels) { &mut parts.0 } else { &mut parts.1 };
        part.timestamps.extend_from_slice(ts);
        part.values.extend_from_slice(values);
        part.push_histograms(columns.histograms_of(i).to_vec());
        part.end_series(labels.clone());
    }
    parts
}
