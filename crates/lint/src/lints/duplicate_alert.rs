//! `duplicate-alert`: two rules that make alerts of equal labels.

use std::collections::{BTreeSet, HashMap};

use diagnostics::{Proof, Severity};
use model::METRIC_NAME;

use crate::{
    Check, Found, Level, Lint, RuleContext, RuleId, World, exclusion,
    facts::{Branch, Label, LabelSet},
    producers::metric_name,
};

pub(super) static LINT: Lint = Lint {
    name: "duplicate-alert",
    code: "PA009",
    level: Level::Stable,
    severity: Severity::Warning,
    proof: Proof::Likely,
    summary: "Two alerting rules of a file can make alerts with equal names and labels.",
    why: "An alert is its labels. Two rules that make the same one overwrite each other's \
          series `ALERTS` and `ALERTS_FOR_STATE`, so that a restart restores the wrong time, and \
          to Alertmanager they are one alert that one rule resolves while the other still fires. \
          Rules of one name are left alone where the labels that they add, the labels that their \
          results have, or the matchers of labels that the results keep, tell their alerts \
          apart, and where they ask for values that a series cannot have at once.",
    example: "
- alert: DiskFull
  expr: disk_free_ratio < 0.1
  labels: {severity: warning}
- alert: DiskFull
  expr: disk_free_ratio < 0.05
  labels: {severity: warning}
",
    instead: "
- alert: DiskFull
  expr: disk_free_ratio < 0.1
  labels: {severity: warning}
- alert: DiskFull
  expr: disk_free_ratio < 0.05
  labels: {severity: critical}
",
    fix: "",
    check: Check::World(check),
};

/// So many rules of equal names and labels are compared with each further one.
const MANY: usize = 16;

fn check<'w>(world: &'w World<'w>, found: &mut Found) {
    let alerts = world.rules().filter(|(_, rule)| rule.alerting().is_some());
    let mut alerts: Vec<_> =
        alerts.map(|(id, rule)| (document(world, id), rule.name(), id)).collect();
    alerts.sort_unstable();
    let of_one_name = alerts.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1));
    for namesakes in of_one_name.filter(|namesakes| namesakes.len() > 1) {
        compare(world, namesakes.iter().map(|(_, _, id)| *id), found);
    }
}

/// Compares alerts of one name in one document.
fn compare<'w>(world: &'w World<'w>, namesakes: impl Iterator<Item = RuleId>, found: &mut Found) {
    let mut alike: HashMap<_, Vec<RuleContext<'_>>> = HashMap::new();
    for id in namesakes {
        let labels = world.rule(id).labels.iter();
        let labels = labels.map(|(name, value)| (&**name, &*value.text));
        let cx = RuleContext::new(world, id);
        let known = alike.entry(labels.collect::<Vec<_>>()).or_default();
        if let Some(first) = known.iter().find(|first| overlap(first, &cx)) {
            report(found, first, &cx);
        }
        if known.len() < MANY {
            known.push(cx);
        }
    }
}

/// The file, and which of its documents.
fn document(world: &World<'_>, id: RuleId) -> (usize, usize) {
    let mut documents = world.file(id).documents.iter();
    (id.file, documents.position(|document| document.groups.contains(&id.group)).unwrap_or(0))
}

fn report(found: &mut Found, first: &RuleContext<'_>, again: &RuleContext<'_>) {
    let message =
        format!("`{}` can have the labels of another alert of that name", again.rule.name());
    let finding = again
        .at_place(again.rule.name.span(), message)
        .because(first.rule.name.span(), "makes alerts with the same labels")
        .help("tell them apart by name or by a label");
    again.report(found, finding);
}

/// Whether two rules of equal names and labels can make the same alert.
fn overlap(a: &RuleContext<'_>, b: &RuleContext<'_>) -> bool {
    if a.rule.query() == b.rule.query() {
        return true;
    }
    let added: BTreeSet<&str> = a.rule.labels.iter().map(|(name, _)| &**name).collect();
    let (a_root, b_root) = (a.facts().root(), b.facts().root());
    let pairs = a_root.branches.iter().flat_map(|x| b_root.branches.iter().map(move |y| (x, y)));
    let mut meeting = pairs.filter(|(x, y)| may_meet(&x.labels, &y.labels, &added)).peekable();
    if meeting.peek().is_none() {
        return false;
    }
    // Results that keep all labels of their series meet where they are of the same metric.
    let is_open = |(x, _): (&Branch<'_>, _)| !x.labels.is_closed();
    let metrics = (metrics(a), metrics(b));
    let same_metric = !metrics.0.is_disjoint(&metrics.1);
    (same_metric || !meeting.all(is_open))
        && !exclusion::by_matchers(a, b, &added)
        && !exclusion::by_values(a.expr(), b.expr())
}

/// Whether series of two branches can have equal labels.
fn may_meet(a: &LabelSet<'_>, b: &LabelSet<'_>, added: &BTreeSet<&str>) -> bool {
    if a.is_closed() != b.is_closed() {
        return false;
    }
    let names = a.named().chain(b.named()).map(|(name, _)| name);
    let mut names = names.filter(|name| *name != METRIC_NAME && !added.contains(name));
    names.all(|name| {
        let (a, b) = (a.get(name), b.get(name));
        a.is_impossible() == b.is_impossible() && have_common_value(a, b)
    })
}

fn have_common_value(a: &Label<'_>, b: &Label<'_>) -> bool {
    match (&a.values, &b.values) {
        (Some(a), Some(b)) => a.as_slice().iter().any(|value| b.contains(value)),
        _ => true,
    }
}

fn metrics<'w>(cx: &RuleContext<'w>) -> BTreeSet<&'w str> {
    let mut names = BTreeSet::new();
    cx.each_selector(|selector, _| names.extend(metric_name(selector)));
    names
}
