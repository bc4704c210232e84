//! `severity-threshold-inversion`: a warning that asks for more than its critical sibling.

use diagnostics::{Proof, Severity, Span};
use promql::{
    BinaryOp, Expr, ExprKind,
    ast::{Binary, NumberLiteral},
    visit::{for_each_child_mut, walk},
};
use rules::Rule;

use crate::{
    Check, Found, Level, Lint, RuleContext, RuleId, World, producers::metric_name, selectors,
};

pub(super) static LINT: Lint = Lint {
    name: "severity-threshold-inversion",
    code: "PU001",
    level: Level::Stable,
    severity: Severity::Warning,
    proof: Proof::Proven,
    summary: "A critical alert fires earlier than the warning over the same condition.",
    why: "Two alerts of one file have the same expression but for one threshold, and the one of \
          lower severity has the stricter threshold: whenever it fires the graver one does too, \
          so the warning warns of nothing. The whole conditions must be equal but for that \
          number, and the graver alert must not wait longer, or nothing is said. Severities are \
          read from the label `severity`.",
    example: "
- alert: HeapHigh
  expr: heap_used_percent > 85
  labels: {severity: warning}
- alert: HeapHigh
  expr: heap_used_percent > 75
  labels: {severity: critical}
",
    instead: "
- alert: HeapHigh
  expr: heap_used_percent > 75
  labels: {severity: warning}
- alert: HeapHigh
  expr: heap_used_percent > 85
  labels: {severity: critical}
",
    fix: "",
    check: Check::World(check),
};

/// Severities that are plainly one above the other.
const RANKS: &[(&str, u8)] =
    &[("info", 0), ("warning", 1), ("warn", 1), ("critical", 2), ("crit", 2), ("page", 2)];

/// A number that something is compared with.
#[derive(Clone, Copy)]
struct Threshold {
    value: f64,
    span: Span,
    /// Whether a larger number is harder to reach.
    is_lower_bound: bool,
}

struct Candidate<'w> {
    id: RuleId,
    rank: u8,
    thresholds: Vec<Threshold>,
    /// The metrics that it reads, in the order of the text.
    metrics: Vec<&'w str>,
}

fn check<'w>(world: &'w World<'w>, found: &mut Found) {
    let candidates = world.rules().filter_map(|(id, rule)| Candidate::new(id, rule));
    let mut candidates: Vec<_> = candidates.collect();
    candidates.sort_by(|a, b| a.place().cmp(&b.place()).then(a.id.cmp(&b.id)));
    // Expressions are compared where they are of the same metrics, which few are.
    let alike = candidates.chunk_by(|a, b| a.place() == b.place());
    let differing = |alike: &&[Candidate<'_>]| alike.iter().any(|c| c.rank != alike[0].rank);
    for alike in alike.filter(differing) {
        let masked = |candidate: &Candidate<'_>| masked(world.expr(candidate.id));
        let mut texts: Vec<(String, &Candidate<'_>)> =
            alike.iter().map(|c| (masked(c), c)).collect();
        texts.sort_by(|(a, _), (b, _)| a.cmp(b));
        for same in texts.chunk_by(|(a, _), (b, _)| a == b) {
            for (_, low) in same {
                for (_, high) in same.iter().filter(|(_, high)| high.rank > low.rank) {
                    compare(world, found, low, high);
                }
            }
        }
    }
}

impl<'w> Candidate<'w> {
    /// An alert that compares with a number and has a severity.
    fn new(id: RuleId, rule: &'w Rule) -> Option<Self> {
        let (rank, thresholds) = (rank(rule)?, thresholds(&rule.expr));
        if thresholds.is_empty() {
            return None;
        }
        let mut metrics = Vec::new();
        selectors::each(&rule.expr, &mut |selector, _| metrics.extend(metric_name(selector)));
        Some(Self { id, rank, thresholds, metrics })
    }

    /// What candidates for a finding have in common.
    fn place(&self) -> (usize, usize, &[&'w str]) {
        (self.id.file, self.thresholds.len(), &self.metrics)
    }
}

fn rank(rule: &Rule) -> Option<u8> {
    rule.alerting()?;
    let (_, severity) = rule.labels.iter().find(|(name, _)| &**name == "severity")?;
    RANKS.iter().find(|(name, _)| *name == &*severity.text).map(|(_, rank)| *rank)
}

fn compare<'w>(world: &'w World<'w>, found: &mut Found, low: &Candidate<'_>, high: &Candidate<'_>) {
    let pairs = low.thresholds.iter().zip(&high.thresholds);
    let differing: Vec<_> = pairs.filter(|(l, h)| l.value.to_bits() != h.value.to_bits()).collect();
    let [(l, h)] = differing[..] else { return };
    let is_inverted = if l.is_lower_bound { l.value > h.value } else { l.value < h.value };
    let waits = |id: RuleId| world.rule(id).alerting().map_or(0, |alerting| alerting.for_ms);
    if !is_inverted || waits(high.id) > waits(low.id) {
        return;
    }
    let (low, high) = (RuleContext::new(world, low.id), RuleContext::new(world, high.id));
    let finding = low
        .at(l.span, "this alert never fires before the graver one over the same condition")
        .label("the stricter threshold has the lower severity")
        .because(high.place(h.span), "the graver alert asks for less")
        .help("swap the two thresholds");
    low.report(found, finding);
}

/// The numbers with which something is compared, in the order of the text.
fn thresholds(expr: &Expr) -> Vec<Threshold> {
    let mut all = Vec::new();
    walk(expr, &mut |expr| {
        let ExprKind::Binary(binary) = &expr.kind else { return };
        all.extend(threshold(binary));
    });
    all
}

fn threshold(binary: &Binary) -> Option<Threshold> {
    use BinaryOp::{Gte, Gtr, Lss, Lte};
    if !matches!(binary.op, Gtr | Gte | Lss | Lte) {
        return None;
    }
    let is_greater = matches!(binary.op, Gtr | Gte);
    let (number, on_the_right) = match (number(&binary.lhs), number(&binary.rhs)) {
        (None, Some(number)) => (number, true),
        (Some(number), None) => (number, false),
        _ => return None,
    };
    Some(Threshold { value: number.0, span: number.1, is_lower_bound: is_greater == on_the_right })
}

fn number(expr: &Expr) -> Option<(f64, Span)> {
    match &expr.unparen().kind {
        ExprKind::Number(NumberLiteral { value, .. }) => Some((*value, expr.span)),
        _ => None,
    }
}

/// The canonical text with every threshold left out.
fn masked(expr: &Expr) -> String {
    let mut expr = expr.clone();
    mask(&mut expr);
    expr.to_string()
}

fn mask(expr: &mut Expr) {
    // The order of labels means nothing.
    if let ExprKind::Aggregate(aggregate) = &mut expr.kind
        && let Some(grouping) = &mut aggregate.grouping
    {
        grouping.labels.sort();
    }
    if let ExprKind::Binary(binary) = &mut expr.kind
        && threshold(binary).is_some()
    {
        let side = if number(&binary.rhs).is_some() { &mut binary.rhs } else { &mut binary.lhs };
        side.kind = ExprKind::Number(NumberLiteral { value: f64::INFINITY, is_duration: false });
    }
    for_each_child_mut(expr, mask);
}
