//! `used-before-computed`: a rule that stands before the rules it reads from.

use diagnostics::{Edit, Proof, Severity, Span};

use crate::{Check, Found, Level, Lint, RuleContext, RuleId, producers::reads, selectors};

pub(super) static LINT: Lint = Lint {
    name: "used-before-computed",
    code: "PR001",
    level: Level::Stable,
    severity: Severity::Warning,
    proof: Proof::Proven,
    summary: "A rule reads what a later rule of its group records, and so sees it an interval late.",
    why: "The rules of a group are evaluated in the order in which they stand, and each sees what \
          the ones before it recorded. What a later rule records is from the evaluation before: \
          an interval old, for ever. Nothing is said where the past is meant, by a window, \
          `offset` or `@`, or where the later rule reads from this one in turn.",
    example: "
- alert: ErrorsHigh
  expr: job:errors:rate5m > 10
- record: job:errors:rate5m
  expr: sum by (job) (rate(errors_total[5m]))
",
    instead: "
- record: job:errors:rate5m
  expr: sum by (job) (rate(errors_total[5m]))
- alert: ErrorsHigh
  expr: job:errors:rate5m > 10
",
    fix: "Moves the rule that records to before the one that reads, where nothing between the \
          two feeds it. It is unsafe: values are fresher afterwards.",
    check: Check::Rule(check),
};

fn check(cx: &RuleContext<'_>, found: &mut Found) {
    let mut seen = Vec::new();
    selectors::each_present(cx.expr(), &mut |selector, span| {
        let producers = cx.world.producers(selector, cx.id.file).into_iter();
        let mut later = producers.filter(|id| is_later(*id, cx.id) && !seen.contains(id));
        let Some(producer) = later.next() else { return };
        if reads(cx.world, producer, cx.id) {
            return;
        }
        seen.push(producer);
        let other = RuleContext::new(cx.world, producer);
        let message = format!("`{}` is as it was an interval ago", other.rule.name());
        let finding = cx
            .at(span, message)
            .because(other.rule.name.span(), "recorded later in this group")
            .help("move the rule that records to before this one")
            .unsafe_fix(reordered(cx, &other).into_iter().flatten());
        cx.report(found, finding);
    });
}

/// Whether a rule comes later in the same group.
fn is_later(id: RuleId, than: RuleId) -> bool {
    (id.file, id.group) == (than.file, than.group) && id.rule > than.rule
}

/// The edits that move a rule of the group to before another one.
fn reordered(before: &RuleContext<'_>, moved: &RuleContext<'_>) -> Option<[Edit; 2]> {
    let between = before.id.rule + 1..moved.id.rule;
    let feeds = |rule| reads(before.world, moved.id, RuleId { rule, ..before.id });
    let is_nested = moved.rule.name.origin().outer().is_some();
    if is_nested || between.into_iter().any(feeds) {
        return None;
    }
    let text = &before.file.source.text;
    let (target, item) = (item(text, before.rule.span)?, item(text, moved.rule.span)?);
    let insert = Edit::insert(target.start, item.of(text));
    (target.end <= item.start).then_some([insert, Edit::replace(item, "")])
}

/// The lines of an item of a list, with the comments above it.
fn item(text: &str, rule: Span) -> Option<Span> {
    let first = text[..rule.start as usize].rfind('\n').map_or(0, |newline| newline + 1);
    let marker = text[first..rule.start as usize].trim();
    let body = rule.of(text).trim_end();
    let end = rule.start as usize + body.len();
    let end = end + text[end..].find('\n')? + 1;
    let mut start = first;
    while let Some(above) = text[..start].lines().next_back() {
        if !above.trim_start().starts_with('#') {
            break;
        }
        start -= above.len() + 1;
    }
    (marker == "-").then_some(Span::new(start, end))
}
