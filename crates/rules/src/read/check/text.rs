//! Mistakes of rules and of their expressions.

use diagnostics::{Diagnostic, LineIndex};
use model::quote::quote;
use yaml::Located;

use super::{Checker, Which, position};
use crate::{error::ErrorKind, read::dialect};

impl Checker {
    /// A mistake of a rule.
    pub(super) fn add(
        &mut self,
        which: &Which<'_>,
        message: &str,
        positions: Vec<(u32, u32)>,
        diagnostic: Diagnostic,
    ) {
        let kind = ErrorKind::Rule(positions);
        self.mistakes.add(kind, full(which, message), about(which, diagnostic));
    }

    /// The mistakes of an expression. Prometheus shows the first.
    pub(super) fn add_expr_errors(
        &mut self,
        which: &Which<'_>,
        text: &Located,
        errors: &[Diagnostic],
    ) {
        // What is no PromQL may be what its ruler understands.
        let errors = if self.is_foreign { &[] } else { errors };
        for (i, error) in errors.iter().enumerate() {
            let part = error.span.unwrap_or_default();
            let at = LineIndex::new(text).line_col(part.start);
            let message =
                format!("could not parse expression: {at}: parse error: {}", error.message);
            let mut ours = dialect::explain(error.clone(), text);
            ours.span = ours.span.map(|part| text.locate(part));
            ours.related.iter_mut().for_each(|other| other.span = text.locate(other.span));
            ours = about(which, ours);
            let kind = match i {
                0 => ErrorKind::Rule(vec![position(text)]),
                _ => ErrorKind::Further,
            };
            self.mistakes.add(kind, full(which, &message), ours);
        }
    }
}

fn full(which: &Which<'_>, message: &str) -> String {
    let (group, name) = (quote(which.group), quote(which.name));
    format!("group {group}, rule {}, {name}: {message}", which.number)
}

fn about(which: &Which<'_>, mut diagnostic: Diagnostic) -> Diagnostic {
    if !which.name.is_empty() {
        let what = if which.is_alert { "alert" } else { "record" };
        diagnostic.subject = Some(format!("{what} `{}`", which.name));
    }
    diagnostic
}
