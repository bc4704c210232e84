//! `runbook-page-missing`: a link to a runbook that is not there.

use diagnostics::{Proof, Severity, Span};

use crate::{Check, Found, Level, Lint, RuleContext, RunbookPages};

pub(super) static LINT: Lint = Lint {
    name: "runbook-page-missing",
    code: "PB002",
    level: Level::Stable,
    severity: Severity::Warning,
    proof: Proof::Proven,
    summary: "An alert links to a page of the runbooks that does not exist.",
    why: "The configuration says how links to runbooks begin and in which folder the pages lie. \
          A link that begins so and leads to no page leaves whoever is woken with a 404. \
          Without that configuration nothing is said, and neither where the link is a template.",
    example: "",
    instead: "",
    fix: "",
    check: Check::Rule(check),
};

/// Endings that links leave out and files have.
const ENDINGS: [&str; 4] = ["", ".md", "/index.md", "/_index.md"];

fn check(cx: &RuleContext<'_>, found: &mut Found) {
    let Some(pages) = &cx.world.options.runbook_pages else { return };
    let name = annotation(cx);
    let Some(pair) = cx.rule.annotations.iter().find(|pair| *pair.name == *name) else { return };
    let link = &*pair.value.text;
    let Some(path) = link.strip_prefix(&*pages.prefix) else { return };
    if !pair.template.is_literal() {
        return;
    }
    let path = path.split(['#', '?']).next().unwrap_or("");
    if exists(pages, path.trim_matches('/')) {
        return;
    }
    let part = Span::new(pages.prefix.len(), pages.prefix.len() + path.len());
    let message = format!("there is no runbook page `{}`", path.trim_matches('/'));
    let finding = cx.at_place(pair.value.locate(part), message);
    let finding = match nearest(pages, path) {
        Some(nearest) => finding.help(format!("did you mean `{nearest}`?")),
        None => finding,
    };
    cx.report(found, finding);
}

/// The annotation that links to runbooks.
pub(super) fn annotation<'w>(cx: &RuleContext<'w>) -> &'w str {
    cx.world.options.runbook_annotation.as_deref().unwrap_or("runbook_url")
}

fn exists(pages: &RunbookPages, path: &str) -> bool {
    ENDINGS.iter().any(|ending| pages.pages.contains(&format!("{path}{ending}")))
}

fn nearest<'p>(pages: &'p RunbookPages, path: &str) -> Option<&'p str> {
    let likeness = |page: &str| strsim::normalized_damerau_levenshtein(page, path);
    let near = pages.pages.iter().map(|page| (likeness(page.trim_end_matches(".md")), page));
    near.filter(|(likeness, _)| *likeness > 0.7)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, page)| page.as_str())
}
