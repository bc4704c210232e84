//! Which series some rule selects, and for how long their samples matter.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use engine::Plan;
use model::{Labels, METRIC_NAME, MatchOp, Matcher};

use crate::group::RuleSet;

/// The selectors of all rules.
#[derive(Debug)]
pub struct Wanted {
    /// By the metric name that they ask for.
    by_name: HashMap<Box<str>, Vec<Selector>>,
    /// Those that ask for none in particular.
    others: Vec<Selector>,
    /// Labels that the sender adds to all series.
    external: Labels,
    slack_ms: i64,
}

#[derive(Debug)]
struct Selector {
    matchers: Vec<Matcher>,
    back_ms: i64,
}

/// The metric names that rules ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Names {
    /// Some selector asks for series of any name.
    Any,
    /// These.
    Of {
        /// Names as they are.
        names: BTreeSet<String>,
        /// Anchored regular expressions of names.
        patterns: BTreeSet<String>,
    },
}

/// Samples are kept a little longer than they matter: groups may be evaluated late.
const LATE_MS: i64 = 60_000;

impl Wanted {
    /// What rules select. `external` are the labels that the sender adds to all its series, and
    /// rules do not see.
    pub fn new(rules: &RuleSet, external: Labels) -> Self {
        let mut wanted =
            Self { by_name: HashMap::new(), others: Vec::new(), external, slack_ms: slack(rules) };
        for (matchers, back_ms) in selectors(&rules.plan).into_values() {
            let equal = matchers.iter().find(|m| *m.name == *METRIC_NAME && m.op == MatchOp::Equal);
            let place = match equal.map(|m| Box::from(&*m.value)) {
                Some(name) => wanted.by_name.entry(name).or_default(),
                None => &mut wanted.others,
            };
            place.push(Selector { matchers, back_ms });
        }
        wanted
    }

    /// The series as rules see it, and for how many milliseconds its samples are kept; none where
    /// no rule selects it.
    pub fn take(&self, labels: Labels) -> Option<(Labels, i64)> {
        let labels = self.without_external(labels);
        let keep = self.keep(&labels)?;
        Some((labels, keep))
    }

    /// For how many milliseconds samples of a series are kept, if some rule selects it.
    pub(crate) fn keep(&self, labels: &Labels) -> Option<i64> {
        let named = self.by_name.get(labels.metric_name()).into_iter().flatten();
        let selectors = named.chain(&self.others);
        let matching = selectors.filter(|s| s.matchers.iter().all(|m| m.matches_labels(labels)));
        matching.map(|s| s.back_ms).max()
    }

    /// The metric names that rules ask for; series of other names are in no result.
    pub fn names(&self) -> Names {
        let mut names: BTreeSet<String> = self.by_name.keys().map(|name| (**name).into()).collect();
        let mut patterns = BTreeSet::new();
        for selector in &self.others {
            let mut of_name = selector.matchers.iter().filter(|m| *m.name == *METRIC_NAME);
            match of_name.find(|m| m.op == MatchOp::Regex && !m.matches("")) {
                Some(pattern) => patterns.insert((*pattern.value).to_owned()),
                None => return Names::Any,
            };
        }
        names.remove("");
        Names::Of { names, patterns }
    }

    /// How much longer than that.
    pub(crate) fn slack_ms(&self) -> i64 {
        self.slack_ms
    }

    fn without_external(&self, labels: Labels) -> Labels {
        let is_external = |name: &str, value: &str| self.external.get(name) == Some(value);
        if self.external.is_empty() || !labels.iter().any(|(n, v)| is_external(n, v)) {
            return labels;
        }
        Labels::from_sorted(labels.iter().filter(|(n, v)| !is_external(n, v)))
    }
}

/// The matchers of each selector and how far back it reads at most, by its text. What only `@`
/// reads at a fixed time does not count.
fn selectors(plan: &Plan) -> BTreeMap<String, (Vec<Matcher>, i64)> {
    let mut all: BTreeMap<String, (Vec<Matcher>, i64)> = BTreeMap::new();
    for reading in plan.roots().flat_map(|root| plan.readings(root)) {
        let fragment = &plan.fragments()[reading.fragment.0 as usize];
        let back = reading.back.unwrap_or(0);
        let known = all.entry(fragment.selector()).or_insert((fragment.matchers.clone(), back));
        known.1 = known.1.max(back);
    }
    all
}

fn slack(rules: &RuleSet) -> i64 {
    let groups = rules.groups.iter().map(|group| group.interval_ms + group.query_offset_ms.max(0));
    groups.max().unwrap_or(0) + LATE_MS
}
