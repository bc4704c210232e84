//! What recording rules produce, by the name of their series.
//!
//! The rules of a name are alternatives. A rule that reads recorded series comes after the rules
//! that it reads; what goes round in a circle is left unknown.

use std::collections::HashMap;

use promql::{Expr, ExprKind, visit::walk};
use rules::{Rule, RuleKind};

use super::{Branch, Facts, Label, MetricKind, OneOf, Reason, Unit, Why, selector::metric_name};

/// What the recording rules of a tree produce.
#[derive(Debug, Default)]
pub struct Records<'w> {
    by_name: HashMap<&'w str, Recorded<'w>>,
    rules: Vec<&'w Rule>,
}

/// The series of one name.
#[derive(Debug)]
pub(super) struct Recorded<'w> {
    pub(super) branches: Vec<Branch<'w>>,
    pub(super) kind: MetricKind,
    pub(super) unit: Unit,
}

impl<'w> Records<'w> {
    /// What these rules produce. Alerting rules among them are passed over.
    pub fn new(rules: impl IntoIterator<Item = &'w Rule>) -> Self {
        let is_record = |rule: &&Rule| matches!(rule.kind, RuleKind::Recording { .. });
        let rules: Vec<&'w Rule> = rules.into_iter().filter(is_record).collect();
        let mut names: HashMap<&'w str, Vec<usize>> = HashMap::new();
        for (i, rule) in rules.iter().enumerate() {
            names.entry(rule.name()).or_default().push(i);
        }
        let mut records = Self { by_name: HashMap::with_capacity(names.len()), rules };
        for name in in_order(&records.rules, &names) {
            let mut recorded = None;
            for i in &names[name] {
                records.add(&mut recorded, *i);
            }
            records.by_name.extend(recorded.map(|recorded| (name, recorded)));
        }
        records
    }

    /// The rule that [`Reason::Recorded`] means.
    pub fn rule(&self, number: u32) -> Option<&'w Rule> {
        self.rules.get(number as usize).copied()
    }

    pub(super) fn get(&self, name: &str) -> Option<&Recorded<'w>> {
        self.by_name.get(name)
    }

    /// Adds what a rule produces.
    fn add(&self, so_far: &mut Option<Recorded<'w>>, number: usize) {
        let rule = self.rules[number];
        let reason = Reason::Recorded(u32::try_from(number).unwrap_or(u32::MAX));
        let facts = Facts::of(&rule.expr, self);
        let root = facts.root();
        let why = |why: Why| Why { span: why.span, reason };
        let branches = root.branches.iter().map(|branch| {
            let mut branch = branch.clone();
            branch.labels.explain(why);
            let set = Why { span: rule.expr.span, reason };
            for (name, value) in &rule.labels {
                let label = if value.text.is_empty() {
                    Label::impossible(set)
                } else {
                    Label::guaranteed(Some(OneOf::one(&value.text)), set)
                };
                branch.labels.set(name, label);
            }
            branch.values.lower.why = branch.values.lower.why.map(why);
            branch.values.upper.why = branch.values.upper.why.map(why);
            branch
        });
        match so_far {
            None => {
                *so_far = Some(Recorded {
                    branches: branches.collect(),
                    kind: root.kind,
                    unit: root.unit,
                });
            }
            Some(recorded) => {
                recorded.branches.extend(branches);
                recorded.kind = recorded.kind.join(root.kind);
                recorded.unit = recorded.unit.join(root.unit);
            }
        }
    }
}

/// Names after those that their rules read. Those of a circle are left out.
fn in_order<'w>(rules: &[&'w Rule], names: &HashMap<&'w str, Vec<usize>>) -> Vec<&'w str> {
    let mut readers: HashMap<&str, Vec<&'w str>> = HashMap::new();
    let mut waiting: HashMap<&str, usize> = HashMap::new();
    let mut ready: Vec<&'w str> = Vec::new();
    let mut seen: Vec<&'w str> = Vec::new();
    for rule in rules {
        let name = rule.name();
        if names[name].first().is_some_and(|first| !std::ptr::eq(rules[*first], *rule)) {
            continue;
        }
        let mut sources = Vec::new();
        for other in &names[name] {
            read_names(&rules[*other].expr, &mut |read| {
                if names.contains_key(read) {
                    sources.push(read);
                }
            });
        }
        sources.sort_unstable();
        sources.dedup();
        waiting.insert(name, sources.len());
        if sources.is_empty() {
            ready.push(name);
        }
        for read in sources {
            readers.entry(read).or_default().push(name);
        }
    }
    while let Some(name) = ready.pop() {
        seen.push(name);
        for reader in readers.get(name).into_iter().flatten() {
            let count = waiting.get_mut(reader).expect("each name waits for some");
            *count -= 1;
            if *count == 0 {
                ready.push(reader);
            }
        }
    }
    seen
}

/// The metric names that an expression reads.
fn read_names<'e>(expr: &'e Expr, f: &mut dyn FnMut(&'e str)) {
    walk(expr, &mut |expr| {
        let selector = match &expr.kind {
            ExprKind::Selector(selector) => selector,
            ExprKind::Matrix(matrix) => &matrix.selector,
            _ => return,
        };
        if let Some(name) = metric_name(selector) {
            f(name);
        }
    });
}
