//! Findings that are the same but for their place, as in generated copies, are one.

use std::collections::HashMap;

use crate::{Finding, Span};

/// A finding and where else the same was found.
#[derive(Clone, Debug)]
pub struct Folded<'a> {
    pub(super) finding: &'a Finding,
    pub(super) others: Vec<&'a Finding>,
}

/// Findings with the same words about the same text of the same subject are shown where the first
/// of them stands.
pub fn fold(findings: &[Finding]) -> Vec<Folded<'_>> {
    let mut folded: Vec<Folded<'_>> = Vec::with_capacity(findings.len());
    let mut seen: HashMap<Key<'_>, usize> = HashMap::with_capacity(findings.len());
    for finding in findings {
        // Without a place there is nothing that tells one from the other but the name of the file.
        let known = finding.diagnostic.span.map(|span| (Key::new(finding, span), folded.len()));
        let at = known.map_or(folded.len(), |(key, next)| *seen.entry(key).or_insert(next));
        match folded.get_mut(at) {
            Some(first) => first.others.push(finding),
            None => folded.push(Folded { finding, others: Vec::new() }),
        }
    }
    folded
}

/// All that is shown of a finding but its place.
#[derive(PartialEq, Eq, Hash)]
struct Key<'a> {
    code: &'a str,
    severity: crate::Severity,
    words: [&'a str; 3],
    subject: Option<&'a str>,
    notes: &'a [String],
    text: &'a str,
    related: Vec<(&'a str, &'a str)>,
    edits: Vec<(&'a str, &'a str)>,
}

impl<'a> Key<'a> {
    fn new(finding: &'a Finding, span: Span) -> Self {
        let Finding { source, diagnostic } = finding;
        let related = diagnostic.related.iter().map(|related| {
            let source = related.source.as_ref().unwrap_or(source);
            (&*related.message, source.glimpse(related.span))
        });
        let edits = diagnostic.fix.iter().flat_map(|fix| &fix.edits);
        let edits = edits.map(|edit| (&*edit.text, source.glimpse(edit.span)));
        Self {
            code: diagnostic.code,
            severity: diagnostic.severity,
            words: [
                &diagnostic.message,
                &diagnostic.label,
                diagnostic.help.as_deref().unwrap_or(""),
            ],
            subject: diagnostic.subject.as_deref(),
            notes: &diagnostic.notes,
            text: source.glimpse(span),
            related: related.collect(),
            edits: edits.collect(),
        }
    }
}
