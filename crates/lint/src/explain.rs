//! What a lint says of itself: for `watchfire explain` and for the page of all lints.

use std::fmt::Write;

use crate::{LINTS, Level, Lint};

impl Level {
    /// `stable`, `preview` or `policy`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Stable => "stable",
            Self::Preview => "preview",
            Self::Policy => "policy",
        }
    }
}

/// The lint in Markdown.
pub fn explain(lint: &Lint) -> String {
    let mut page = format!("# {} ({})\n\n{}\n\n", lint.name, lint.code, lint.summary);
    let (level, proof) = (lint.level.name(), lint.proof.name());
    let _ = writeln!(page, "Set: {level}. Severity: {}. Proof: {proof}.\n", lint.severity.name());
    section(&mut page, "Why this is bad", lint.why);
    code(&mut page, "Example", lint.example);
    code(&mut page, "Use instead", lint.instead);
    section(&mut page, "Fix", lint.fix);
    page.truncate(page.trim_end().len());
    page.push('\n');
    page
}

fn section(page: &mut String, title: &str, text: &str) {
    if !text.is_empty() {
        let _ = writeln!(page, "## {title}\n\n{}\n", text.trim());
    }
}

fn code(page: &mut String, title: &str, text: &str) {
    if !text.is_empty() {
        let _ = writeln!(page, "## {title}\n\n```yaml\n{}\n```\n", text.trim_matches('\n'));
    }
}

/// The page of all lints, in Markdown. `precision` is a sentence of what was seen when the hits
/// of a lint were read one by one.
pub fn document(precision: &dyn Fn(&Lint) -> Option<String>) -> String {
    let mut page = String::from(
        "# Lints\n\n\
         Made from the lints themselves; `watchfire explain NAME` prints the same.\n\n\
         | lint | code | set | severity | proof | finds |\n|---|---|---|---|---|---|\n",
    );
    for lint in LINTS {
        let Lint { name, code, summary, .. } = lint;
        let (level, proof) = (lint.level.name(), lint.proof.name());
        let severity = lint.severity.name();
        let _ = writeln!(
            page,
            "| [{name}](#{name}-{}) | {code} | {level} | {severity} | {proof} | {summary} |",
            code.to_lowercase()
        );
    }
    for lint in LINTS {
        // One level deeper: the page has the first.
        let text = explain(lint).replace("\n## ", "\n### ");
        let _ = write!(page, "\n#{text}");
        if let Some(sentence) = precision(lint) {
            let _ = write!(page, "\n### Precision\n\n{sentence}\n");
        }
    }
    page
}
