//! What the tests exercise: rules that ever returned something, sides of `or` and `unless` that
//! ever mattered, alerts that fired and that were asked for.

use std::{collections::BTreeMap, sync::Arc};

use alert::State;
use diagnostics::{Source, Span};
use engine::Branch;
use promql::BinaryOp;
use ruler::offline::Offline;
use testfile::TestFile;

use crate::rules_of::Rules;

/// What tests exercise.
#[derive(Clone, Debug, Default)]
pub struct Coverage {
    /// In the order of their files, then of their places.
    pub rules: Vec<RuleCoverage>,
}

/// What tests exercise of a rule.
#[derive(Clone, Debug)]
pub struct RuleCoverage {
    /// The rule file.
    pub source: Arc<Source>,
    /// Where its expression is written.
    pub span: Span,
    /// The rule's name.
    pub name: String,
    /// Whether the expression ever returned a sample.
    pub produced: bool,
    /// What is known of an alerting rule beyond that.
    pub alert: Option<AlertCoverage>,
    /// The sides of `or` and `unless` in the expression.
    pub sides: Vec<Side>,
}

/// What tests exercise of an alerting rule.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AlertCoverage {
    /// Whether it ever fired.
    pub fired: bool,
    /// Expectations that it fires.
    pub positive: usize,
    /// Expectations that it does not.
    pub negative: usize,
}

/// A side of an `or` or `unless`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Side {
    /// Where the operation is written in the rule file.
    pub span: Span,
    /// Which of the two it is.
    pub op: BinaryOp,
    /// Whether it is the right side.
    pub is_right: bool,
    /// Whether it ever mattered: added a sample, or took one away.
    pub covered: bool,
}

/// Collects what is exercised while tests run.
#[derive(Default)]
pub(crate) struct Tracker {
    rules: BTreeMap<(usize, usize), Seen>,
}

#[derive(Default)]
struct Seen {
    produced: bool,
    fired: bool,
    /// Spans within the expression.
    sides: BTreeMap<(Span, bool), (BinaryOp, bool)>,
}

impl Tracker {
    /// Looks at a rule that was just evaluated.
    pub(crate) fn look_at(&mut self, offline: &Offline, group: usize, rule: usize) {
        let seen = self.rules.entry((group, rule)).or_default();
        let status = &offline.status(group).rules[rule];
        seen.produced |= status.n_results > 0;
        seen.fired |= status.alerts.iter().any(|alert| alert.state == State::Firing);
        let branches = offline.output(group, rule).map(|output| output.branches());
        for branch in branches.into_iter().flatten() {
            seen.side(&branch, false, branch.uses_left());
            seen.side(&branch, true, branch.uses_right());
        }
    }

    /// What was exercised in all.
    pub(crate) fn coverage(&self, rules: &Rules, file: &TestFile) -> Coverage {
        let none = Seen::default();
        let covered = rules.all().map(|(group, rule, written)| {
            let seen = self.rules.get(&(group, rule)).unwrap_or(&none);
            let (source, span) = rules.place(group, rule, None);
            let sides = seen.sides.iter().map(|((part, is_right), (op, covered))| Side {
                span: rules.place(group, rule, Some(*part)).1,
                op: *op,
                is_right: *is_right,
                covered: *covered,
            });
            RuleCoverage {
                source,
                span,
                name: written.name().to_owned(),
                produced: seen.produced,
                alert: written.alerting().map(|_| asked(file, written.name(), seen.fired)),
                sides: sides.collect(),
            }
        });
        let mut coverage = Coverage { rules: covered.collect() };
        coverage.sort();
        coverage
    }
}

impl Seen {
    fn side(&mut self, branch: &Branch, is_right: bool, covered: bool) {
        let side = self.sides.entry((branch.span, is_right)).or_insert((branch.op, false));
        side.1 |= covered;
    }
}

/// What tests ask of an alert.
fn asked(file: &TestFile, name: &str, fired: bool) -> AlertCoverage {
    let mut coverage = AlertCoverage { fired, ..AlertCoverage::default() };
    let all = file.tests.iter().flat_map(|test| &test.alerts);
    for test in all.filter(|test| test.alertname.as_ref().is_some_and(|n| n.text == name)) {
        if test.exp_alerts.is_empty() {
            coverage.negative += 1;
        } else {
            coverage.positive += 1;
        }
    }
    coverage
}

impl Coverage {
    /// Adds what other tests exercise, perhaps of the same rules.
    pub fn merge(&mut self, other: Self) {
        for rule in other.rules {
            let is_it = |known: &&mut RuleCoverage| {
                known.source.name == rule.source.name && known.span == rule.span
            };
            match self.rules.iter_mut().find(is_it) {
                Some(known) => known.merge(rule),
                None => self.rules.push(rule),
            }
        }
        self.sort();
    }

    /// What is covered, and what there is to cover.
    pub fn count(&self) -> (usize, usize) {
        let counts = self.rules.iter().map(RuleCoverage::count);
        counts.fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1))
    }

    /// The covered part in percent; all of nothing is covered.
    pub fn percent(&self) -> f64 {
        let (covered, all) = self.count();
        if all == 0 { 100.0 } else { covered as f64 * 100.0 / all as f64 }
    }

    fn sort(&mut self) {
        self.rules
            .sort_by(|a, b| (&a.source.name, a.span.start).cmp(&(&b.source.name, b.span.start)));
    }
}

impl RuleCoverage {
    /// What is covered, and what there is to cover: the rule itself (an alert has to fire), and
    /// each side of each `or` and `unless`.
    pub fn count(&self) -> (usize, usize) {
        let sides = self.sides.iter().filter(|side| side.covered).count();
        (usize::from(self.is_covered()) + sides, 1 + self.sides.len())
    }

    /// Whether the rule did all that it is for at least once.
    pub fn is_covered(&self) -> bool {
        self.alert.map_or(self.produced, |alert| alert.fired)
    }

    fn merge(&mut self, other: Self) {
        self.produced |= other.produced;
        if let (Some(known), Some(alert)) = (&mut self.alert, other.alert) {
            known.fired |= alert.fired;
            known.positive += alert.positive;
            known.negative += alert.negative;
        }
        for side in other.sides {
            let same =
                |known: &&mut Side| known.span == side.span && known.is_right == side.is_right;
            match self.sides.iter_mut().find(same) {
                Some(known) => known.covered |= side.covered,
                None => self.sides.push(side),
            }
        }
    }
}
