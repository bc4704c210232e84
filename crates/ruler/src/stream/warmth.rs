//! From when on the windows of each rule are covered by samples.
//!
//! A fragment is covered since the stream began, or from as far back as the source filled it. What
//! rules record is covered from when the recording rule can be evaluated: a rule that reads
//! `job:x:rate5m` waits for the five minutes of that one, and one that averages it over an hour for
//! that hour on top.

use std::collections::BTreeMap;

use alert::{ALERT_NAME, ALERTS, ALERTS_FOR_STATE};
use engine::{Fragment, FragmentId, Reading, RootId};
use model::{METRIC_NAME, MatchOp, Matcher};

use super::order;
use crate::group::{Action, RuleSet};

/// What the rules read, and from when on it is there.
#[derive(Debug)]
pub(crate) struct Warmth {
    /// By root.
    rules: Vec<Reader>,
    fragments: Vec<Read>,
    /// Roots that read each other, after those that they read besides.
    order: Vec<Vec<usize>>,
    /// By root: its place in `order`.
    place: Vec<usize>,
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
    producers: Vec<Producer>,
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
        let fragments: Vec<Read> = fragments.collect();
        let read_by = |root: usize| {
            let readings = readers[root].readings.iter();
            let producers = readings.flat_map(|r| &fragments[r.fragment.0 as usize].producers);
            producers.map(|producer| producer.root.0 as usize).collect()
        };
        let order = order::components(readers.len(), read_by);
        let mut place = vec![0; readers.len()];
        for (i, together) in order.iter().enumerate() {
            for root in together {
                place[*root] = i;
            }
        }
        let ready = vec![None; readers.len()];
        Self { rules: readers, fragments, order, place, since: None, ready }
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

    /// Rules that read each other are ready together; those that others read come first.
    fn refresh(&mut self) {
        self.ready.fill(None);
        for together in &self.order {
            let ready = together.iter().map(|root| self.ready_alone(*root));
            let ready = ready.collect::<Option<Vec<i64>>>();
            let ready = ready.map(|ready| ready.into_iter().max().unwrap_or(i64::MIN));
            for root in together {
                self.ready[*root] = ready;
            }
        }
    }

    /// When an expression is ready as far as those others go that do not read it in turn.
    fn ready_alone(&self, root: usize) -> Option<i64> {
        let reader = &self.rules[root];
        let mut ready = i64::MIN;
        for reading in &reader.readings {
            let at = self.ready_reading(root, reading)?;
            ready = ready.max(at.saturating_add(reader.offset_ms));
        }
        Some(ready)
    }

    fn ready_reading(&self, root: usize, reading: &Reading) -> Option<i64> {
        let reader = &self.rules[root];
        let (fragment, back) = (&self.fragments[reading.fragment.0 as usize], reading.back?);
        let streamed = fragment.filled.or(self.since)? + back;
        if fragment.producers.is_empty() || fragment.filled.is_some() {
            return Some(streamed);
        }
        let mut produced = i64::MIN;
        for producer in &fragment.producers {
            let i = producer.root.0 as usize;
            if self.place[i] == self.place[root] {
                continue;
            }
            let other = &self.rules[i];
            let is_before = other.place.0 == reader.place.0 && other.place.1 < reader.place.1;
            let pause = if is_before { 0 } else { other.interval_ms };
            match self.ready[i] {
                Some(ready) => produced = produced.max(ready.saturating_add(pause)),
                // An alert that can never be evaluated is in no state.
                None if producer.alert.is_some() => {}
                None => return None,
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
pub(crate) struct Produced(BTreeMap<String, Vec<Producer>>);

/// A rule that produces series.
#[derive(Clone, Debug)]
struct Producer {
    root: RootId,
    /// The alert's name, which its series have as a label.
    alert: Option<String>,
}

impl Produced {
    pub(crate) fn of(rules: &RuleSet) -> Self {
        let mut names: BTreeMap<String, Vec<Producer>> = BTreeMap::new();
        for rule in rules.groups.iter().flat_map(|group| &group.rules) {
            let Ok(root) = &rule.root else { continue };
            let (metrics, alert): (&[&str], _) = match &rule.action {
                Action::Record(record) => (&[&record.name], None),
                Action::Alert(alert) => (&[ALERTS, ALERTS_FOR_STATE], Some(&alert.name)),
            };
            for name in metrics {
                let producer = Producer { root: *root, alert: alert.cloned() };
                names.entry((*name).to_owned()).or_default().push(producer);
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

    fn producers(&self, fragment: &Fragment) -> Vec<Producer> {
        let matching = self.0.iter().filter(|(name, _)| of_name(fragment).all(|m| m.matches(name)));
        let producers = matching.flat_map(|(_, producers)| producers);
        producers.filter(|producer| producer.may_match(fragment)).cloned().collect()
    }
}

impl Producer {
    fn may_match(&self, fragment: &Fragment) -> bool {
        let Some(alert) = &self.alert else { return true };
        let mut names = fragment.matchers.iter().filter(|m| *m.name == *ALERT_NAME);
        names.all(|m| m.matches(alert))
    }
}

fn of_name(fragment: &Fragment) -> impl Iterator<Item = &Matcher> {
    fragment.matchers.iter().filter(|m| *m.name == *METRIC_NAME)
}
