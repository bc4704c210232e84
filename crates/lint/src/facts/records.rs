//! What recording rules produce, by the name of their series.
//!
//! The rules of a name are alternatives. What a name stands for is derived when somebody reads it,
//! after the names that its rules read; what goes round in a circle is left unknown.

use std::{collections::HashMap, sync::OnceLock};

use promql::{Expr, ExprKind, visit::walk};
use rules::{Rule, RuleKind};

use super::{Branch, Facts, Label, MetricKind, OneOf, Reason, Unit, Why, selector::metric_name};

/// What the recording rules of a tree produce.
#[derive(Debug, Default)]
pub struct Records<'w> {
    by_name: HashMap<&'w str, Named<'w>>,
    rules: Vec<&'w Rule>,
}

/// The rules of one name.
#[derive(Debug, Default)]
struct Named<'w> {
    /// Their numbers.
    rules: Vec<usize>,
    /// The recorded names that they read, each once.
    sources: Vec<&'w str>,
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
        let mut records = Self { by_name: HashMap::with_capacity(rules.len()), rules };
        for (i, rule) in records.rules.iter().enumerate() {
            records.by_name.entry(rule.name()).or_default().rules.push(i);
        }
        let names = records.names();
        for name in &names {
            let sources = records.sources(name);
            records.by_name.entry(name).or_default().sources = sources;
        }
        for name in in_order(&names, &records.by_name) {
            records.by_name.entry(name).or_default().is_ordered = true;
        }
        records
    }

    /// The rule that [`Reason::Recorded`] means.
    pub fn rule(&self, number: u32) -> Option<&'w Rule> {
        self.rules.get(number as usize).copied()
    }

    pub(super) fn get(&self, name: &str) -> Option<&Recorded<'w>> {
        let named = self.by_name.get(name).filter(|named| named.is_ordered)?;
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
                let source = &self.by_name[source];
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
        for number in numbers {
            let facts = Facts::of(&self.rules[*number].expr, self);
            let root = facts.root();
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
    }

    /// Each recorded name once, in the order of the rules.
    fn names(&self) -> Vec<&'w str> {
        let rules = self.rules.iter().enumerate();
        let firsts = rules.filter(|(i, rule)| self.by_name[rule.name()].rules[0] == *i);
        firsts.map(|(_, rule)| rule.name()).collect()
    }

    /// The recorded names that the rules of a name read, each once.
    fn sources(&self, name: &str) -> Vec<&'w str> {
        let mut sources = Vec::new();
        for number in &self.by_name[name].rules {
            read_names(&self.rules[*number].expr, &mut |read| {
                if self.by_name.contains_key(read) {
                    sources.push(read);
                }
            });
        }
        sources.sort_unstable();
        sources.dedup();
        sources
    }
}

/// Names after those that they read. Those of a circle are left out, with what reads them.
fn in_order<'w>(names: &[&'w str], by_name: &HashMap<&'w str, Named<'w>>) -> Vec<&'w str> {
    let mut readers: HashMap<&str, Vec<&'w str>> = HashMap::new();
    let mut waiting: HashMap<&str, usize> = HashMap::new();
    let mut seen: Vec<&'w str> = Vec::with_capacity(names.len());
    for name in names {
        let sources = &by_name[name].sources;
        if sources.is_empty() {
            seen.push(name);
            continue;
        }
        waiting.insert(name, sources.len());
        for read in sources {
            readers.entry(read).or_default().push(name);
        }
    }
    let mut next = 0;
    while let Some(name) = seen.get(next) {
        next += 1;
        for reader in readers.remove(name).into_iter().flatten() {
            let count = waiting.get_mut(reader).expect("each name waits for some");
            *count -= 1;
            if *count == 0 {
                seen.push(reader);
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
