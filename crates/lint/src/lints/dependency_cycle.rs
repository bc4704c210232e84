//! `dependency-cycle`: recording rules that read their own results.

use std::collections::{HashMap, HashSet};

use diagnostics::{Proof, Severity, Span};

use crate::{Check, Found, Level, Lint, RuleContext, RuleId, World, selectors};

pub(super) static LINT: Lint = Lint {
    name: "dependency-cycle",
    code: "PR003",
    level: Level::Stable,
    severity: Severity::Warning,
    proof: Proof::Likely,
    summary: "Recording rules read from each other in a circle, or one reads its own result.",
    why: "Each evaluation starts from what the last one recorded, so a value that once was wrong, \
          or is there no more, is carried on for ever. Rules that look back on purpose say so, \
          and are left alone: with `offset` or `@`, or with a function over a window, such as \
          `last_over_time`.",
    example: "
- record: job:targets:count
  expr: count by (job) (up) + job:targets:count
",
    instead: "
- record: job:targets:count
  expr: count by (job) (up)
",
    fix: "",
    check: Check::World(check),
};

/// Which rules a rule reads, and where.
type Edges = HashMap<RuleId, Vec<(RuleId, Span)>>;

fn check<'w>(world: &'w World<'w>, found: &mut Found) {
    let (edges, order) = edges(world);
    let on_circles = pruned(&edges);
    let mut done = HashSet::new();
    for id in order.into_iter().filter(|id| on_circles.contains(id)) {
        if let Some(circle) = circle(&edges, &on_circles, &mut done, id) {
            report(world, found, &circle);
        }
    }
}

/// What each recording rule reads now, and the rules that read any.
fn edges(world: &World<'_>) -> (Edges, Vec<RuleId>) {
    let (mut edges, mut order) = (Edges::new(), Vec::new());
    for (id, rule) in world.rules().filter(|(_, rule)| rule.alerting().is_none()) {
        let mut reads = Vec::new();
        selectors::each_present(&rule.expr, &mut |selector, span| {
            let producers = world.producers(selector, id.file).into_iter();
            reads.extend(producers.map(|producer| (producer, span)));
        });
        if !reads.is_empty() {
            edges.insert(id, reads);
            order.push(id);
        }
    }
    (edges, order)
}

/// The rules from which a circle can be reached: those that read nothing, and those that read
/// only such, are taken away until none is left.
fn pruned(edges: &Edges) -> HashSet<RuleId> {
    let mut left: HashMap<RuleId, usize> = HashMap::new();
    let mut readers: HashMap<RuleId, Vec<RuleId>> = HashMap::new();
    #[expect(clippy::iter_over_hash_type, reason = "the result is a set")]
    for (id, reads) in edges {
        left.insert(*id, reads.len());
        for (read, _) in reads {
            readers.entry(*read).or_default().push(*id);
        }
    }
    let mut ended: Vec<RuleId> =
        readers.keys().filter(|id| !edges.contains_key(id)).copied().collect();
    while let Some(id) = ended.pop() {
        for reader in readers.get(&id).into_iter().flatten() {
            if let Some(n) = left.get_mut(reader) {
                *n -= 1;
                if *n == 0 {
                    left.remove(reader);
                    ended.push(*reader);
                }
            }
        }
    }
    left.into_keys().collect()
}

/// A circle that is reached from a rule, with where each rule reads the next one; none if the way
/// leads to where one was found before.
fn circle(
    edges: &Edges,
    on_circles: &HashSet<RuleId>,
    done: &mut HashSet<RuleId>,
    start: RuleId,
) -> Option<Vec<(RuleId, Span)>> {
    let (mut path, mut id) = (Vec::<(RuleId, Span)>::new(), start);
    while done.insert(id) {
        // Itself first: that says more than a longer way around.
        let mut next = edges[&id].iter().filter(|(read, _)| on_circles.contains(read));
        let own = edges[&id].iter().find(|(read, _)| *read == id);
        let (read, span) = own.or_else(|| next.next())?;
        path.push((id, *span));
        id = *read;
    }
    let begin = path.iter().position(|(on_it, _)| *on_it == id)?;
    Some(path.split_off(begin))
}

fn report<'w>(world: &'w World<'w>, found: &mut Found, circle: &[(RuleId, Span)]) {
    let (first, span) = circle[0];
    let cx = RuleContext::new(world, first);
    let name = cx.rule.name();
    let [_, others @ ..] = circle else { return };
    let mut finding = match others {
        [] => cx.at(span, format!("`{name}` is computed from itself")),
        _ => cx.at(span, format!("`{name}` is computed from itself through other rules")),
    };
    for (id, span) in others {
        let other = RuleContext::new(world, *id);
        let cause = format!("`{}` reads this", other.rule.name());
        finding = finding.because_of(&other.file.source, other.place(*span), cause);
    }
    let help = "read the source instead, or say that the past is meant: `offset`, or a function \
                over a window";
    cx.report(found, finding.help(help));
}
