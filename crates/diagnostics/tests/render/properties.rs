//! Any findings about any text are shown in every format, well formed.

use diagnostics::{Fix, Format, LineIndex, Report, TextStyle, apply, render};
use proptest::{collection::vec, prelude::*};
use serde_json::Value;

use crate::random;

fn shown(format: Format, findings: &[diagnostics::Finding], style: TextStyle) -> String {
    let (tool, files) = (random::tool(), random::files(findings));
    format.render(&Report { tool: &tool, files: &files, findings }, style)
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 128,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn text_at_any_width(findings in random::findings(), width in 0_usize..200, color: bool) {
        let shown = shown(Format::Text, &findings, TextStyle { width, color });
        let plain = anstream::adapter::strip_str(&shown).to_string();
        let is_coloured = shown.contains('\x1b');
        prop_assert!(color || !is_coloured);
        prop_assert!(!plain.contains(|c: char| c.is_control() && c != '\n'), "{plain:?}");
        for finding in &findings {
            let first = finding.diagnostic.message.lines().next().unwrap_or("");
            let is_plain = first.chars().all(|c| c.is_ascii_graphic());
            prop_assert!(!is_plain || plain.contains(first));
        }
    }

    #[test]
    fn lines_of_the_line_formats(findings in random::findings()) {
        let style = TextStyle::default();
        for format in [Format::Concise, Format::Github, Format::JsonLines] {
            let shown = shown(format, &findings, style);
            prop_assert_eq!(shown.matches('\n').count(), findings.len());
        }
        for line in shown(Format::JsonLines, &findings, style).lines() {
            prop_assert!(serde_json::from_str::<Value>(line).is_ok());
        }
        for line in shown(Format::Github, &findings, style).lines() {
            prop_assert!(["::error ", "::warning ", "::notice "].iter().any(|c| line.starts_with(c)));
            prop_assert!(!line.contains('\r'));
        }
    }

    #[test]
    fn documents_are_read_back(findings in random::findings()) {
        let style = TextStyle::default();
        for format in [Format::Sarif, Format::Gitlab] {
            prop_assert!(serde_json::from_str::<Value>(&shown(format, &findings, style)).is_ok());
        }
        let junit = shown(Format::Junit, &findings, style);
        let junit = roxmltree::Document::parse(&junit).expect("JUnit is XML");
        let failures = junit.descendants().filter(|node| node.has_tag_name("failure"));
        prop_assert_eq!(failures.count(), findings.len());
        let checkstyle = shown(Format::Checkstyle, &findings, style);
        let checkstyle = roxmltree::Document::parse(&checkstyle).expect("Checkstyle is XML");
        let errors: Vec<_> =
            checkstyle.descendants().filter(|node| node.has_tag_name("error")).collect();
        prop_assert_eq!(errors.len(), findings.len());
    }

    /// A column of any format leads back to the byte.
    #[test]
    fn places_of_json_are_those_of_the_text(findings in random::findings()) {
        for finding in &findings {
            let value = render::json_lines::value(finding, &random::tool());
            let text = &finding.source.text;
            let Some(line) = value["line"].as_u64() else { continue };
            let line = usize::try_from(line).expect("few lines");
            let column = usize::try_from(value["column"].as_u64().expect("with a line")).expect("few");
            let start: usize = text.split_inclusive('\n').take(line - 1).map(str::len).sum();
            let before: usize = text[start..].chars().take(column - 1).map(char::len_utf8).sum();
            prop_assert_eq!(value["start_byte"].as_u64(), Some((start + before) as u64));
        }
    }

    #[test]
    fn fingerprints_are_unique_and_stay_when_lines_move(
        findings in random::findings(),
        n_lines in 1_usize..5,
    ) {
        let moved: Vec<_> = findings.iter().map(|finding| down(finding, n_lines)).collect();
        let prints = fingerprints(&findings);
        let set: std::collections::BTreeSet<_> = prints.iter().collect();
        prop_assert_eq!(set.len(), findings.len());
        prop_assert_eq!(prints, fingerprints(&moved));
    }

    #[test]
    fn fixes_are_written_whole_or_not_at_all(
        text in random::text(),
        edits in vec(vec((0_usize..60, 0_usize..8, "[A-Z]{0,3}"), 1..4), 0..6),
    ) {
        let edit = |(start, len, by): &(usize, usize, String)| {
            let (start, end) = (*start, start + len);
            diagnostics::Edit::replace(diagnostics::Span::new(start, end), by.clone())
        };
        let fix = |edits: &Vec<_>| Fix {
            applicability: diagnostics::Applicability::Safe,
            edits: edits.iter().map(edit).collect(),
        };
        let fixes: Vec<Fix> = edits.iter().map(fix).collect();
        let fixes: Vec<&Fix> = fixes.iter().collect();
        let applied = apply(&text, &fixes);
        prop_assert_eq!(applied.n_applied + applied.skipped.len(), fixes.len());
        // Those that were taken go together, and give the same text without the others.
        let taken: Vec<&Fix> = (0..fixes.len())
            .filter(|i| !applied.skipped.contains(i))
            .map(|i| fixes[i])
            .collect();
        let again = apply(&text, &taken);
        prop_assert_eq!(&again.text, &applied.text);
        prop_assert!(again.skipped.is_empty());
        // Each alone that was skipped is impossible, or in the way of one that was taken.
        for &i in &applied.skipped {
            let alone = apply(&text, &[fixes[i]]);
            let mut all = taken.clone();
            all.push(fixes[i]);
            prop_assert!(!alone.skipped.is_empty() || !apply(&text, &all).skipped.is_empty());
        }
        // Twice the same is once.
        let doubled: Vec<&Fix> = taken.iter().flat_map(|fix| [*fix, *fix]).collect();
        prop_assert_eq!(apply(&text, &doubled).text, applied.text);
    }
}

fn fingerprints(findings: &[diagnostics::Finding]) -> Vec<String> {
    let shown = shown(Format::Gitlab, findings, TextStyle::default());
    let issues: Vec<Value> = serde_json::from_str(&shown).expect("an array");
    let print = |issue: &Value| issue["fingerprint"].as_str().expect("a string").to_owned();
    issues.iter().map(print).collect()
}

/// The finding after lines were inserted above it.
fn down(finding: &diagnostics::Finding, n_lines: usize) -> diagnostics::Finding {
    let text = "# moved\n".repeat(n_lines) + &finding.source.text;
    let by = u32::try_from(text.len() - finding.source.text.len()).expect("few lines");
    let mut moved = finding.clone();
    if let Some(span) = &mut moved.diagnostic.span {
        *span = finding.source.within(*span);
        (span.start, span.end) = (span.start + by, span.end + by);
    }
    let lines = LineIndex::new(&text);
    moved.source =
        std::sync::Arc::new(diagnostics::Source { name: finding.source.name.clone(), text, lines });
    moved
}
