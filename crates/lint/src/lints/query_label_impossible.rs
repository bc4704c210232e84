//! `query-label-impossible`: a template reads a label that its own query cannot have.

use std::cell::Cell;

use diagnostics::{Proof, Severity};
use promql::ParseOptions;
use rules::template::outline::{Of, Query, What};

use crate::{Check, Found, Level, Lint, RuleContext, facts::Facts};

pub(super) static LINT: Lint = Lint {
    name: "query-label-impossible",
    code: "PT004",
    level: Level::Stable,
    severity: Severity::Warning,
    proof: Proof::Proven,
    summary: "A template reads a label that the result of its own query cannot have.",
    why: "What `query` returns in a template has the labels that its expression leaves, as \
          everywhere. A label that an aggregation dropped is expanded to nothing. What `printf` \
          fills into strings of the query is taken for any text; where it fills in more than \
          that, nothing is said.",
    example: "
- alert: Down
  expr: up == 0
  annotations:
    others: '{{ range query \"count by (job) (up == 0)\" }}{{ .Labels.instance }} {{ end }}'
",
    instead: "
- alert: Down
  expr: up == 0
  annotations:
    others: '{{ range query \"count by (job, instance) (up == 0)\" }}{{ .Labels.instance }} {{ end }}'
",
    fix: "",
    check: Check::Rule(check),
};

fn check(cx: &RuleContext<'_>, found: &mut Found) {
    for text in cx.texts().iter().filter(|text| !text.outline.queries.is_empty()) {
        for read in text.outline.reads.iter().filter(|read| !read.is_optional) {
            let What::Label { of: Of::Query(query), name } = &read.what else { continue };
            let query = &text.outline.queries[*query];
            if !lacks(query, name) {
                continue;
            }
            let message = format!("the query has no label `{name}`, so this is empty");
            let finding = cx
                .at_place(text.place(read.span), message)
                .because(text.place(query.span), "returns the labels that are left here");
            cx.report(found, finding);
        }
    }
}

/// Whether no result of a query can have a label.
fn lacks(query: &Query, name: &str) -> bool {
    let outside = Cell::new(false);
    let filler = |before: &str| {
        outside.set(outside.get() || !is_in_string(before));
        "x"
    };
    let Some(text) = query.text(filler).filter(|_| !outside.get()) else { return false };
    let Ok(expr) = promql::parse_expr(&text.text, &ParseOptions::all()) else { return false };
    let facts = Facts::strict(&expr);
    let root = facts.root();
    !root.branches.is_empty() && root.label(name).label.is_impossible()
}

/// Whether what follows a beginning of an expression stands inside of a string.
fn is_in_string(before: &str) -> bool {
    let (mut open, mut escaped) = (None, false);
    for c in before.chars() {
        match open {
            Some(_) if escaped => escaped = false,
            Some('"' | '\'') if c == '\\' => escaped = true,
            Some(quote) if c == quote => open = None,
            None if matches!(c, '"' | '\'' | '`') => open = Some(c),
            _ => {}
        }
    }
    open.is_some()
}
