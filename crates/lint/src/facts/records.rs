//! What recording rules produce, by the name of their series.
//!
//! The rules of a name are alternatives. What a name stands for is derived when somebody reads it,
//! after the names that its rules read; what goes round in a circle is left unknown.

use std::sync::OnceLock;

use promql::{Expr, ExprKind, visit::walk};
use rules::{Rule, RuleKind};

use super::{Branch, Facts, Label, MetricKind, OneOf, Reason, Unit, Why, selector::metric_name};
use crate::Map;

/// What the recording rules of a tree produce.
#[derive(Debug, Default)]
pub struct Records<'w> {
    /// Indices of `names`.
    by_name: Map<&'w str, usize>,
    names: Vec<Named<'w>>,
    rules: Vec<&'w Rule>,
    /// What is known of the expression of each rule, where it was asked for.
    facts: Vec<OnceLock<Facts<'w>>>,
    /// The addresses of the rules whose names are read, sorted, with their numbers.
    read: Vec<(usize, usize)>,
}

/// The rules of one name.
#[derive(Debug, Default)]
struct Named<'w> {
    /// Their numbers.
    rules: Vec<usize>,
    /// The names that they read, each once.
    sources: Vec<usize>,
    /// Whether it comes after all that it reads, so that it is in no circle and behind none.
    is_ordered: bool,
    recorded: OnceLock<Recorded<'w>>,
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
        let mut records = Self { rules, ..Self::default() };
        for (i, rule) in records.rules.iter().enumerate() {
            let name = *records.by_name.entry(rule.name()).or_insert(records.names.len());
            records.names.resize_with(records.names.len().max(name + 1), Named::default);
            records.names[name].rules.push(i);
        }
        for name in 0..records.names.len() {
            records.names[name].sources = records.sources(name);
        }
        for name in in_order(&records.names) {
            records.names[name].is_ordered = true;
        }
        records.facts.resize_with(records.rules.len(), OnceLock::new);
        records.read = records.read();
        records
    }

    /// What is known of the expression of a rule whose series others read: it is derived once.
    pub(crate) fn facts(&self, rule: &Rule) -> Option<&Facts<'w>> {
        let address = std::ptr::from_ref(rule).addr();
        let at = self.read.binary_search_by_key(&address, |(known, _)| *known).ok()?;
        Some(self.facts_of(self.read[at].1))
    }

    fn facts_of(&self, number: usize) -> &Facts<'w> {
        self.facts[number].get_or_init(|| Facts::of(&self.rules[number].expr, self).kept())
    }

    /// The rules whose names are read, and no name of a circle, by their addresses.
    fn read(&self) -> Vec<(usize, usize)> {
        let mut read: Vec<usize> =
            self.names.iter().flat_map(|named| &named.sources).copied().collect();
        read.sort_unstable();
        read.dedup();
        let named = read.iter().map(|name| &self.names[*name]).filter(|named| named.is_ordered);
        let numbers = named.flat_map(|named| &named.rules);
        let address = |number: &usize| std::ptr::from_ref(self.rules[*number]).addr();
        let mut rules: Vec<_> = numbers.map(|number| (address(number), *number)).collect();
        rules.sort_unstable();
        rules
    }

    /// The rule that [`Reason::Recorded`] means.
    pub fn rule(&self, number: u32) -> Option<&'w Rule> {
        self.rules.get(number as usize).copied()
    }

    pub(super) fn get(&self, name: &str) -> Option<&Recorded<'w>> {
        let named = self.by_name.get(name).map(|name| &self.names[*name]);
        let named = named.filter(|named| named.is_ordered)?;
        if named.recorded.get().is_none() {
            self.derive(named);
        }
        named.recorded.get()
    }

    /// Derives what a name stands for, and before that what it reads: never one inside of the
    /// other, however long the chain is.
    fn derive(&self, named: &Named<'w>) {
        let mut waiting = vec![(named, 0)];
        while let Some((named, next)) = waiting.last_mut() {
            if let Some(source) = named.sources.get(*next) {
                *next += 1;
                let source = &self.names[*source];
                if source.recorded.get().is_none() {
                    waiting.push((source, 0));
                }
            } else {
                named.recorded.get_or_init(|| self.recorded(&named.rules));
                waiting.pop();
            }
        }
    }

    /// What rules of one name produce.
    fn recorded(&self, numbers: &[usize]) -> Recorded<'w> {
        let mut branches = Vec::with_capacity(numbers.len());
        let mut nature: Option<(MetricKind, Unit)> = None;
        let mut copies: Map<_, u32> = Map::default();
        for number in numbers {
            // Copies of a rule say the same again. The first copy stays: what several rules record
            // may come from elsewhere, too.
            let rule = self.rules[*number];
            if numbers.len() > 2 {
                let labels: Vec<_> = rule.labels.iter().map(|(n, v)| (&**n, &*v.text)).collect();
                let n = copies.entry((&*rule.expr_text.text, labels)).or_insert(0);
                *n += 1;
                if *n > 2 {
                    continue;
                }
            }
            let root = self.facts_of(*number).root();
            branches.extend(root.branches.iter().map(|branch| self.stored(branch, *number)));
            nature = Some(match nature {
                Some((kind, unit)) => (kind.join(root.kind), unit.join(root.unit)),
                None => (root.kind, root.unit),
            });
        }
        let (kind, unit) = nature.unwrap_or((MetricKind::Unknown, Unit::UNKNOWN));
        Recorded { branches, kind, unit }
    }

    /// What a rule stores of a branch of its result.
    fn stored(&self, branch: &Branch<'w>, number: usize) -> Branch<'w> {
        let rule = self.rules[number];
        let reason = Reason::Recorded(u32::try_from(number).unwrap_or(u32::MAX));
        let why = |why: Why| Why { span: why.span, reason };
        let mut labels = branch.labels.explained(rule.labels.len(), why);
        let set = Why { span: rule.expr.span, reason };
        for (name, value) in &rule.labels {
            let label = if value.text.is_empty() {
                Label::impossible(set)
            } else {
                Label::guaranteed(Some(OneOf::one(&value.text)), set)
            };
            labels.set(name, label);
        }
        let mut values = branch.values;
        values.lower.why = values.lower.why.map(why);
        values.upper.why = values.upper.why.map(why);
        Branch { labels, values, span: branch.span }
    }

    /// The names that the rules of a name read, each once.
    fn sources(&self, name: usize) -> Vec<usize> {
        let mut sources = Vec::new();
        for number in &self.names[name].rules {
            read_names(&self.rules[*number].expr, &mut |read| {
                sources.extend(self.by_name.get(read));
            });
        }
        sources.sort_unstable();
        sources.dedup();
        sources
    }
}

/// Names after those that they read. Those of a circle are left out, with what reads them.
fn in_order(names: &[Named<'_>]) -> Vec<usize> {
    let mut readers: Vec<Vec<usize>> = vec![Vec::new(); names.len()];
    let mut waits_for: Vec<usize> = names.iter().map(|named| named.sources.len()).collect();
    for (name, named) in names.iter().enumerate() {
        named.sources.iter().for_each(|source| readers[*source].push(name));
    }
    let mut ready: Vec<usize> = (0..names.len()).filter(|name| waits_for[*name] == 0).collect();
    let mut next = 0;
    while let Some(name) = ready.get(next) {
        next += 1;
        for reader in &readers[*name] {
            waits_for[*reader] -= 1;
            if waits_for[*reader] == 0 {
                ready.push(*reader);
            }
        }
    }
    ready
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
