//! Which recording rules a selector may read from.
//!
//! Generated rules share one name and differ in a label, by the thousand; so the rules of a name
//! are found by their labels too. Start at [`Producers::of`].

use model::{METRIC_NAME, MatchOp, Matcher};
use promql::ast::Selector;
use rules::Rule;

use crate::{Map, RuleId, World, selectors};

/// The recording rules by name and labels.
#[derive(Debug, Default)]
pub(crate) struct Producers<'w> {
    by_name: Map<&'w str, Map<&'w str, Values<'w>>>,
}

/// The rules of one name by the value that they give to one label.
#[derive(Debug, Default)]
struct Values<'w> {
    with: Map<&'w str, Vec<RuleId>>,
    n_with: usize,
}

/// So many rules of a name are looked at one by one.
const FEW: usize = 16;

impl<'w> Producers<'w> {
    /// The rules of each name.
    pub(crate) fn new(
        records: &Map<&'w str, Vec<RuleId>>,
        rule: impl Fn(RuleId) -> &'w Rule,
    ) -> Self {
        let mut producers = Self::default();
        for (name, ids) in records.iter().filter(|(_, ids)| ids.len() > FEW) {
            for id in ids {
                for (label, value) in &rule(*id).labels {
                    let values =
                        producers.by_name.entry(*name).or_default().entry(label).or_default();
                    values.with.entry(&value.text).or_default().push(*id);
                    values.n_with += 1;
                }
            }
        }
        producers
    }

    /// The rules from which a selector of a rule in `file` may read: those of the file, or all
    /// where it has none, for files that define the same are copies.
    pub(crate) fn of(&self, world: &World<'w>, selector: &Selector, file: usize) -> Vec<RuleId> {
        let Some(name) = metric_name(selector) else { return Vec::new() };
        let candidates = self.candidates(world, name, selector).iter().copied();
        let mut ids: Vec<RuleId> =
            candidates.filter(|id| may_read(selector, world.rule(*id))).collect();
        if ids.iter().any(|id| id.file == file) {
            ids.retain(|id| id.file == file);
        }
        ids
    }

    /// Few rules among which all are that may be read.
    fn candidates<'i>(
        &'i self,
        world: &'i World<'w>,
        name: &str,
        selector: &Selector,
    ) -> &'i [RuleId] {
        let all = world.records(name);
        if all.len() <= FEW {
            return all;
        }
        for matcher in
            selector.matchers.iter().filter(|m| m.op == MatchOp::Equal && !m.value.is_empty())
        {
            let Some(values) =
                self.by_name.get(name).and_then(|by_label| by_label.get(&*matcher.name))
            else {
                continue;
            };
            // The others may have any value.
            if values.n_with == all.len() {
                return values.with.get(&*matcher.value).map_or(&[], Vec::as_slice);
            }
        }
        all
    }
}

/// The metric name that a selector asks for, if it asks for one.
pub(crate) fn metric_name(selector: &Selector) -> Option<&str> {
    let is_name = |m: &&Matcher| &*m.name == METRIC_NAME && m.op == MatchOp::Equal;
    selector.matchers.iter().find(is_name).map(|m| &*m.value)
}

/// Whether a selector that asks for a rule's name can find what it records.
fn may_read(selector: &Selector, rule: &Rule) -> bool {
    selector.matchers.iter().all(|matcher| {
        let label = rule.labels.iter().find(|(name, _)| **name == *matcher.name);
        label.is_none_or(|(_, value)| matcher.matches(&value.text))
    })
}

/// Whether a rule reads what another one records.
pub(crate) fn reads(world: &World<'_>, reader: RuleId, producer: RuleId) -> bool {
    let name = world.rule(producer).name();
    let mut found = false;
    selectors::each(world.expr(reader), &mut |selector, _| {
        found |= metric_name(selector) == Some(name) && may_read(selector, world.rule(producer));
    });
    found
}
