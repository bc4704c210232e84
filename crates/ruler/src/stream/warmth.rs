//! From when on the windows of each rule are covered by samples.
//!
//! A fragment is covered since the stream began, or from as far back as the source filled it. What
//! rules record is covered from when the recording rule can be evaluated: a rule that reads
//! `job:x:rate5m` waits for the five minutes of that one, and one that averages it over an hour for
//! that hour on top.

use std::collections::BTreeMap;

use alert::{ALERTS, ALERTS_FOR_STATE};
use engine::{Fragment, FragmentId, Reading, RootId};
use model::{METRIC_NAME, MatchOp, Matcher};

use crate::group::{Action, RuleSet};

/// What the rules read, and from when on it is there.
#[derive(Debug)]
pub(crate) struct Warmth {
    /// By root.
    rules: Vec<Reader>,
    fragments: Vec<Read>,
    since: Option<i64>,
    /// By root, from the rest: the first time for which it can be evaluated.
    ready: Vec<Option<i64>>,
}

/// A rule, as far as it reads.
#[derive(Debug, Default)]
struct Reader {
    readings: Vec<Reading>,
    /// The group's number and the rule's in it.
    place: (usize, usize),
    interval_ms: i64,
    /// It looks further back than its slot by this.
    offset_ms: i64,
}

/// A fragment, as far as it is there.
#[derive(Debug)]
struct Read {
    /// The rules that produce what it selects.
    producers: Vec<RootId>,
    /// Whether nothing else does.
    only_produced: bool,
    /// From when on the source filled it.
    filled: Option<i64>,
}

impl Warmth {
    pub(crate) fn new(rules: &RuleSet) -> Self {
        let plan = &rules.plan;
        let produced = Produced::of(rules);
        let fragments = plan.fragments().iter().map(|fragment| Read {
            producers: produced.producers(fragment),
            only_produced: produced.all(fragment),
            filled: None,
        });
        let mut readers: Vec<Reader> = plan
            .roots()
            .map(|root| Reader { readings: plan.readings(root), ..Reader::default() })
            .collect();
        for (g, group) in rules.groups.iter().enumerate() {
            for (r, rule) in group.rules.iter().enumerate() {
                if let Ok(root) = &rule.root {
                    let reader = &mut readers[root.0 as usize];
                    reader.place = (g, r);
                    reader.interval_ms = group.interval_ms;
                    reader.offset_ms = group.query_offset_ms;
                }
            }
        }
        let ready = vec![None; readers.len()];
        Self { rules: readers, fragments: fragments.collect(), since: None, ready }
    }

    /// Everything is covered from `since` on, and nothing before.
    pub(crate) fn begin(&mut self, since: i64) {
        self.since = Some(since);
        self.fragments.iter_mut().for_each(|fragment| fragment.filled = None);
        self.refresh();
    }

    /// The source filled fragments from a time on. Where it has nothing of what rules record, it
    /// most likely does not record it.
    pub(crate) fn cover(&mut self, covered: &[(FragmentId, i64, bool)]) {
        for (fragment, from, is_empty) in covered {
            let fragment = &mut self.fragments[fragment.0 as usize];
            if fragment.producers.is_empty() || !is_empty {
                fragment.filled = Some(*from);
            }
        }
        self.refresh();
    }

    /// Whether an expression reads samples at all.
    pub(crate) fn reads(&self, root: RootId) -> bool {
        !self.rules[root.0 as usize].readings.is_empty()
    }

    /// The first time for which an expression can be evaluated; none where that is never, or not
    /// known yet.
    pub(crate) fn ready_at(&self, root: RootId) -> Option<i64> {
        self.ready[root.0 as usize]
    }

    /// How many rules can not be evaluated for `t`, and when the last of them can; how many never
    /// can.
    pub(crate) fn waiting(&self, t: i64) -> (usize, i64, usize) {
        let waiting = || self.ready.iter().flatten().filter(move |ready| **ready > t);
        let never = self.ready.iter().filter(|ready| ready.is_none()).count();
        (waiting().count(), waiting().max().copied().unwrap_or(t), never)
    }

    fn refresh(&mut self) {
        let mut path = Vec::new();
        let ready = (0..self.rules.len()).map(|root| self.ready_by(root, &mut path));
        self.ready = ready.collect();
    }

    /// When an expression is ready; `path` are those that wait for it, which it does not wait for.
    fn ready_by(&self, root: usize, path: &mut Vec<usize>) -> Option<i64> {
        path.push(root);
        let reader = &self.rules[root];
        let readings = reader.readings.iter();
        let ready = readings.map(|reading| self.ready_reading(reader, reading, path));
        let ready = ready.collect::<Option<Vec<i64>>>();
        path.pop();
        Some(ready?.into_iter().max().map_or(i64::MIN, |ready| ready + reader.offset_ms))
    }

    fn ready_reading(
        &self,
        reader: &Reader,
        reading: &Reading,
        path: &mut Vec<usize>,
    ) -> Option<i64> {
        let (fragment, back) = (&self.fragments[reading.fragment.0 as usize], reading.back?);
        let streamed = fragment.filled.or(self.since)? + back;
        if fragment.producers.is_empty() || fragment.filled.is_some() {
            return Some(streamed);
        }
        let mut produced = i64::MIN;
        for producer in &fragment.producers {
            let i = producer.0 as usize;
            if !path.contains(&i) {
                let other = &self.rules[i];
                let is_before = other.place.0 == reader.place.0 && other.place.1 < reader.place.1;
                let pause = if is_before { 0 } else { other.interval_ms };
                produced = produced.max(self.ready_by(i, path)?.saturating_add(pause));
            }
        }
        if reading.window {
            produced = produced.saturating_add(back);
        }
        Some(if fragment.only_produced { produced } else { produced.max(streamed) })
    }
}

/// The names that rules produce, and which do.
#[derive(Debug)]
pub(crate) struct Produced(BTreeMap<String, Vec<RootId>>);

impl Produced {
    pub(crate) fn of(rules: &RuleSet) -> Self {
        let mut names: BTreeMap<String, Vec<RootId>> = BTreeMap::new();
        for rule in rules.groups.iter().flat_map(|group| &group.rules) {
            let Ok(root) = &rule.root else { continue };
            let produced: &[&str] = match &rule.action {
                Action::Record(record) => &[&record.name],
                Action::Alert(_) => &[ALERTS, ALERTS_FOR_STATE],
            };
            for name in produced {
                names.entry((*name).to_owned()).or_default().push(*root);
            }
        }
        Self(names)
    }

    /// Whether rules produce a metric.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// Whether nothing but rules produces what a fragment selects.
    pub(crate) fn all(&self, fragment: &Fragment) -> bool {
        let mut names = of_name(fragment);
        names.any(|m| m.op == MatchOp::Equal && self.has(&m.value))
    }

    fn producers(&self, fragment: &Fragment) -> Vec<RootId> {
        let matching = self.0.iter().filter(|(name, _)| of_name(fragment).all(|m| m.matches(name)));
        matching.flat_map(|(_, roots)| roots.iter().copied()).collect()
    }
}

fn of_name(fragment: &Fragment) -> impl Iterator<Item = &Matcher> {
    fragment.matchers.iter().filter(|m| *m.name == *METRIC_NAME)
}
