//! `query-syntax-in-template`: a query of a template that does not parse.

use diagnostics::{Diagnostic, Proof, Severity};
use promql::ParseOptions;
use rules::template::outline::Query;

use crate::{Check, Found, Level, Lint, RuleContext, Text};

pub(super) static LINT: Lint = Lint {
    name: "query-syntax-in-template",
    code: "PT018",
    level: Level::Stable,
    severity: Severity::Error,
    proof: Proof::Proven,
    summary: "A query inside of a template does not parse.",
    why: "`query` in a template is given PromQL, which nobody parses before the alert fires. A \
          mistake in it puts an error in the place of the text in just that moment. What \
          `printf` fills in is guessed, and nothing is said where any guess would do.",
    example: "
- alert: Down
  expr: up == 0
  annotations:
    summary: '{{ query \"sum(up{job=\\\"web\\\")\" | first | value }} are up'
",
    instead: "
- alert: Down
  expr: up == 0
  annotations:
    summary: '{{ query \"sum(up{job=\\\"web\\\"})\" | first | value }} are up'
",
    fix: "",
    check: Check::Rule(check),
};

/// What might be filled in: a name or a part of a string, or a number.
const FILLERS: [&str; 2] = ["x", "1"];

fn check(cx: &RuleContext<'_>, found: &mut Found) {
    for text in cx.texts() {
        for query in &text.outline.queries {
            if let Some(error) = error(text, query) {
                let at = error.span.unwrap_or_default();
                let message =
                    format!("a query in {} does not parse: {}", text.title(), error.message);
                let mut finding = cx.at_place(at, message);
                finding.help = error.help;
                cx.report(found, finding);
            }
        }
    }
}

/// What is wrong with a query, in bytes of the file.
fn error(text: &Text<'_>, query: &Query) -> Option<Diagnostic> {
    let fillers = if query.is_constant() { &FILLERS[..1] } else { &FILLERS[..] };
    let mut first = None;
    for filler in fillers {
        // A range is a duration.
        let filler = |before: &str| if before.ends_with('[') { "1m" } else { *filler };
        let query = query.text(filler)?;
        let parsed = promql::parse(&query.text, &ParseOptions::all());
        let mut error = parsed.errors.into_iter().next()?;
        error.span = error.span.map(|span| text.place(query.locate(span)));
        first = first.or(Some(error));
    }
    first
}
