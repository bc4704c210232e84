//! What is wrong with the comments themselves.

use diagnostics::{Diagnostic, Edit, Finding, Severity, Span};
use rules::RuleFile;

use super::{Suppression, can_be_judged};
use crate::{
    Found, LINTS, Lint, Options, Selection,
    lints::{INVALID_SUPPRESSION, UNUSED_SUPPRESSION},
};

/// What is wrong with the comments of a file, after it was seen what they keep quiet.
pub(super) fn review(
    file: &RuleFile,
    options: &Options,
    selection: &Selection,
    suppressions: &[Suppression],
) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut report = |lint: &'static Lint, found: Vec<Diagnostic>| {
        if selection.is_on(lint) {
            let mut taken = Found::new(lint, selection.severity(lint));
            for diagnostic in found {
                taken.add(&file.source, diagnostic);
            }
            findings.extend(taken.into_findings());
        }
    };
    for suppression in suppressions.iter().filter(|s| !s.directive.is_foreign) {
        report(&INVALID_SUPPRESSION, mistakes(suppression, options));
        report(&UNUSED_SUPPRESSION, unused(suppression, &file.source.text).into_iter().collect());
    }
    findings
}

fn mistakes(suppression: &Suppression, options: &Options) -> Vec<Diagnostic> {
    let Suppression { span, directive, .. } = suppression;
    let mut found: Vec<Diagnostic> =
        directive.mistakes.iter().map(|(place, message)| at(*place, message.clone())).collect();
    for word in &directive.words {
        if let Err(unknown) = Selection::default().ignore(&word.text) {
            let mut diagnostic = at(word.span, format!("`{}` is no lint and no group", word.text));
            if let Some(nearest) = unknown.nearest {
                diagnostic = diagnostic
                    .help(format!("did you mean `{nearest}`?"))
                    .unsafe_fix([Edit::replace(word.span, nearest)]);
            }
            found.push(diagnostic);
        }
    }
    if !found.is_empty() {
        return found;
    }
    if suppression.scope.is_none() {
        let message = "this comment stands above no rule and keeps nothing quiet";
        let help = "put it above a rule or behind what is meant, or write `ignore-file[…]`";
        found.push(at(*span, message).help(help));
    }
    if options.needs_suppression_reason && !directive.has_reason {
        let message = "this comment does not say why it keeps something quiet";
        found.push(at(*span, message).help("write the reason behind the brackets"));
    }
    if let Some((year, month, day)) = directive.until.filter(|_| directive.is_over(options.today)) {
        let message = format!("this comment held until {year:04}-{month:02}-{day:02}");
        found.push(at(*span, message).help("mend what it keeps quiet, or set a later day"));
    }
    found
}

/// Words that keep nothing quiet, with the edits that take them away.
fn unused(suppression: &Suppression, text: &str) -> Option<Diagnostic> {
    let Suppression { span, directive, used, scope, .. } = suppression;
    // What cannot be understood is told as such.
    if scope.is_none() || !directive.mistakes.is_empty() {
        return None;
    }
    let words: Vec<_> = directive.words.iter().zip(used).collect();
    let idle: Vec<_> = words
        .iter()
        .filter(|(word, used)| {
            let meant: Vec<_> = LINTS.iter().filter(|lint| word.means(lint)).collect();
            !**used
                && !meant.is_empty()
                && meant.iter().all(|lint| can_be_judged(lint))
                && !word.is_wide()
        })
        .map(|(word, _)| *word)
        .collect();
    let first = idle.first()?;
    if idle.len() == words.len() {
        let message = "nothing is found here that this comment would keep quiet";
        let edit = Edit::replace(whole(text, *span, suppression.is_trailing), "");
        return Some(at(*span, message).help("take it away").safe_fix([edit]));
    }
    let names: Vec<String> = idle.iter().map(|word| format!("`{}`", word.text)).collect();
    let message = format!("{} is not found here", names.join(" and "));
    let kept = words.iter().filter(|(word, _)| !idle.contains(word));
    let kept: Vec<&str> = kept.map(|(word, _)| &*word.text).collect();
    let list = words.iter().map(|(word, _)| word.span).reduce(Span::to)?;
    Some(
        at(first.span, message)
            .help(format!("write `[{}]`", kept.join(", ")))
            .safe_fix([Edit::replace(list, kept.join(", "))]),
    )
}

/// The comment with the spaces before it, and with its line where it stands there alone.
fn whole(text: &str, comment: Span, is_trailing: bool) -> Span {
    let (start, end) = (comment.start as usize, comment.end as usize);
    let before = text[..start].trim_end_matches([' ', '\t']).len();
    if is_trailing {
        return Span::new(before, end);
    }
    let end = match text[end..].strip_prefix("\r\n").or_else(|| text[end..].strip_prefix('\n')) {
        Some(rest) => text.len() - rest.len(),
        None => end,
    };
    Span::new(before, end)
}

fn at(span: Span, message: impl Into<String>) -> Diagnostic {
    Diagnostic::new(Severity::Warning, "", span, message)
}
