//! Findings of any sort, about any text.

use std::sync::Arc;

use diagnostics::{
    Applicability, Diagnostic, Edit, Entry, Finding, Fix, Proof, Related, Severity, Source, Span,
    Tool,
};
use proptest::{collection::vec, option, prelude::*, sample::select};

const CODES: &[&str] = &["comparison-never-true", "io", "syntax", ""];

/// A text with line ends of all kinds, wide, combining and control characters.
pub(crate) fn text() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        "[a-z0-9_(){}\\[\\]=\"<>&']{1,12}",
        "[ \\t]{1,8}",
        select(vec![
            "\n",
            "\r\n",
            "\r",
            "\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n"
        ])
        .prop_map(str::to_owned),
        select(vec!["ä", "\u{1f525}", "e\u{301}", "漢字", "\u{202e}", "\u{feff}", "\u{2028}"])
            .prop_map(str::to_owned),
        select(vec!["\0", "\u{1b}[1m", "\u{7f}", "\u{fffe}", "\u{85}", "%0A::", "]]>", "\u{1}"])
            .prop_map(str::to_owned),
        "[a-z]{100,160}",
    ];
    vec(part, 0..10).prop_map(|parts| parts.concat())
}

fn span() -> impl Strategy<Value = Span> {
    prop_oneof![
        (0_usize..400, 0_usize..60).prop_map(|(start, len)| Span::new(start, start + len)),
        (0_usize..400, 0_usize..400).prop_map(|(start, end)| Span::new(start, end)),
        Just(Span::new(usize::MAX, usize::MAX)),
    ]
}

fn fix() -> impl Strategy<Value = Fix> {
    let edit = (span(), text()).prop_map(|(span, text)| Edit { span, text });
    let applicability = select(vec![Applicability::Safe, Applicability::Unsafe]);
    (applicability, vec(edit, 1..4)).prop_map(|(applicability, edits)| Fix { applicability, edits })
}

fn diagnostic(sources: Vec<Arc<Source>>) -> impl Strategy<Value = Diagnostic> {
    let related = (option::of(select(sources)), span(), text());
    let related = related.prop_map(|(source, span, message)| Related { source, span, message });
    let words = (text(), text(), option::of(text()), option::of(text()), vec(text(), 0..3));
    let kind = (
        select(vec![Severity::Info, Severity::Warning, Severity::Error]),
        option::of(select(vec![Proof::Proven, Proof::Likely, Proof::Style])),
        select(CODES),
    );
    (kind, words, option::weighted(0.9, span()), vec(related, 0..4), option::of(fix())).prop_map(
        |((severity, proof, code), (message, label, help, subject, notes), span, related, fix)| {
            Diagnostic {
                severity,
                code,
                proof,
                message,
                span,
                label,
                related,
                help,
                notes,
                fix,
                subject,
            }
        },
    )
}

/// Findings about a few texts.
pub(crate) fn findings() -> impl Strategy<Value = Vec<Finding>> {
    vec((text(), text()), 1..4).prop_flat_map(|texts| {
        let sources: Vec<_> =
            texts.into_iter().map(|(name, text)| Source::new(name, text)).collect();
        let finding = (select(sources.clone()), diagnostic(sources))
            .prop_map(|(source, diagnostic)| Finding { source, diagnostic });
        vec(finding, 0..6)
    })
}

pub(crate) fn tool() -> Tool {
    let entry = Entry {
        summary: "A comparison is false for all data.".into(),
        explanation: "It never fires.\n\n```\nup > 1\n```".into(),
        url: Some("https://example.org/lints#comparison-never-true".into()),
        severity: Severity::Warning,
    };
    let tool = Tool::new("watchfire", "0.1.0").with(CODES[0], entry);
    Tool { url: Some("https://example.org/".into()), ..tool }
}

/// The names of the texts, as a report wants them, and one more.
pub(crate) fn files(findings: &[Finding]) -> Vec<String> {
    let mut files: Vec<_> = findings.iter().map(|finding| finding.source.name.clone()).collect();
    files.push("rules/good.yml".into());
    files.sort();
    files.dedup();
    files
}
