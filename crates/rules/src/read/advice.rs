//! What to write instead of an unknown field, and of what is no YAML.

use diagnostics::{Diagnostic, Edit, Span};
use yaml::{Content, Located, Node};

use super::decode::Level;

/// Longer words are no misspelt ones.
pub(super) const MAX_WORD: usize = 40;

/// Where a field belongs that does not belong where it is.
const ANNOTATIONS: &[&str] = &[
    "action",
    "dashboard",
    "dashboard_url",
    "description",
    "impact",
    "message",
    "runbook",
    "runbook_url",
    "summary",
    "title",
    "playbook",
    "playbook_url",
];
const LABELS: &[&str] = &[
    "category",
    "channel",
    "cluster",
    "component",
    "environment",
    "env",
    "namespace",
    "owner",
    "page",
    "priority",
    "service",
    "severity",
    "squad",
    "team",
    "tier",
];
/// Fields that other rulers know.
const FOREIGN: &[(&str, &str)] = &[
    ("align_evaluation_time_on_interval", "Mimir"),
    ("concurrency", "vmalert"),
    ("debug", "vmalert"),
    ("eval_alignment", "vmalert"),
    ("eval_delay", "vmalert"),
    ("eval_offset", "vmalert"),
    ("evaluation_delay", "Mimir"),
    ("extra_filter_labels", "vmalert"),
    ("headers", "vmalert"),
    ("namespace", "Mimir"),
    ("notifier_headers", "vmalert"),
    ("params", "vmalert"),
    ("partial_response_strategy", "Thanos"),
    ("source_tenants", "Mimir"),
    ("tenant", "vmalert"),
    ("type", "vmalert"),
    ("update_entries_limit", "vmalert"),
];
/// Words that people write for a field of a rule.
const SYNONYMS: &[(&str, &str)] = &[
    ("alertname", "alert"),
    ("name", "alert"),
    ("condition", "expr"),
    ("expression", "expr"),
    ("promql", "expr"),
    ("query", "expr"),
    ("duration", "for"),
    ("pending_for", "for"),
    ("annotation", "annotations"),
    ("label", "labels"),
];

/// Adds to the finding about an unknown field what was probably meant.
pub(super) fn unknown_field(
    finding: Diagnostic,
    level: Level,
    key: &Located,
    value: &Node,
    mapping: &Node,
) -> Diagnostic {
    if let Some(known) = nearest(key, level) {
        if mapping.get(known).is_some() {
            return finding.help(format!("`{known}` is already there: join the two"));
        }
        let edit = key.replace(Span::new(0, key.len()), known);
        return finding.help(format!("write `{known}`")).unsafe_fix(edit);
    }
    let name = &**key;
    if level == Level::Rule {
        for (names, parent) in [(LABELS, "labels"), (ANNOTATIONS, "annotations")] {
            if names.contains(&name) {
                let edits = move_below(key, value, mapping, (names, parent));
                let finding = finding.help(format!("write it below `{parent}:`"));
                return finding.unsafe_fix(edits.unwrap_or_default());
            }
        }
        if Level::Group.fields().contains(&name) {
            return finding.help(format!("`{name}` belongs to the group, not to one of its rules"));
        }
    } else if Level::Rule.fields().contains(&name) {
        return finding.help(format!("`{name}` belongs to a rule, below `rules:`"));
    } else if level == Level::File && Level::Group.fields().contains(&name) {
        return finding.help(format!("`{name}` belongs to a group, below `groups:`"));
    }
    if let Some((_, owner)) = FOREIGN.iter().find(|(foreign, _)| *foreign == name) {
        return finding.help(format!("only {owner} knows `{name}`: leave it out for Prometheus"));
    }
    finding.note(format!("fields here are {}", level.fields().join(", ")))
}

/// What helps against an error of YAML.
pub(super) fn of_yaml(message: &str, text: &str, at: Span) -> Option<String> {
    let start = text.floor_char_boundary(at.start as usize);
    let line_start = text[..start].rfind('\n').map_or(0, |newline| newline + 1);
    let line = text[line_start..].lines().next().unwrap_or("");
    let value = line.split_once(": ").map_or("", |(_, value)| value.trim_start());
    let help = if line.trim_start().starts_with(['-', '{']) && line.contains("{{-")
        || ["{{- ", "{{ if", "{{ range", "{{ end", "{{ .Values", "{%"]
            .iter()
            .any(|t| line.contains(t))
    {
        "this looks like a template: check what it renders to"
    } else if value.starts_with("{{") {
        "write the text in quotes: to YAML, a mapping begins with `{`"
    } else if message.starts_with("mapping values are not allowed") {
        "write the text in quotes: there is a colon in it"
    } else if line.trim_start_matches(' ').starts_with('\t') {
        "indent with spaces: YAML takes no tabs"
    } else {
        return None;
    };
    Some(help.to_owned())
}

/// The field that was probably meant.
pub(super) fn nearest(key: &str, level: Level) -> Option<&'static str> {
    if key.len() > MAX_WORD {
        return None;
    }
    let word = key.to_ascii_lowercase().replace('-', "_");
    let fields = level.fields();
    let synonym = SYNONYMS.iter().find(|(synonym, _)| *synonym == word).map(|(_, field)| *field);
    let synonym = synonym.filter(|field| fields.contains(field));
    let distance = |field: &str| strsim::damerau_levenshtein(&word, field);
    let near = fields.iter().copied().min_by_key(|field| distance(field));
    let near = near.filter(|field| distance(field) <= field.len() / 3 || word == *field);
    near.or(synonym)
}

/// The edits that put a field of a rule below another one; none where lines cannot be moved whole.
fn move_below(
    key: &Located,
    value: &Node,
    mapping: &Node,
    (names, parent): (&[&str], &str),
) -> Option<Vec<Edit>> {
    let (origin, key_span) = (key.origin(), key.node().span);
    let text = origin.text();
    let field = key_span.to(value.span).of(text);
    let is_line = value.as_scalar().is_some() && !value.is_shared() && !field.contains('\n');
    if origin.outer().is_some() || !is_line || !is_block(mapping, text) {
        return None;
    }
    let column = line_column(text, key_span.start);
    let Content::Mapping(fields) = &mapping.content else { return None };
    let Some(target) = mapping.get(parent) else {
        // Only one of several can bring the new mapping along.
        let is_alike = |key: &Node| key.as_scalar().is_some_and(|name| names.contains(&name));
        let first = fields.iter().find(|(key, _)| is_alike(key))?;
        let insert = format!("{parent}:\n{}", " ".repeat(column + 2));
        return (first.0.span == key_span).then(|| vec![Edit::insert(key_span.start, insert)]);
    };
    let Content::Mapping(pairs) = &target.content else { return None };
    let ((first, _), (_, last)) = (pairs.first()?, pairs.last()?);
    let is_simple = last.as_scalar().is_some() && !last.span.of(text).contains('\n');
    let is_first = fields.first()?.0.span == key_span;
    if is_first || !is_simple || target.is_shared() || !is_block(target, text) {
        return None;
    }
    let line_end = |at: u32| text[at as usize..].find('\n').map(|n| at as usize + n);
    let after = Span::new(0, line_end(last.span.end).unwrap_or(text.len())).end;
    let insert = format!("\n{}{field}", " ".repeat(line_column(text, first.span.start)));
    let line_start = key_span.start as usize - column;
    let gone = Span::new(line_start, line_end(value.span.end).map_or(text.len(), |end| end + 1));
    Some(vec![Edit::insert(after, insert), Edit::replace(gone, "")])
}

/// Whether a mapping has each key on a line of its own, but for hyphens before the first.
fn is_block(mapping: &Node, text: &str) -> bool {
    let Content::Mapping(pairs) = &mapping.content else { return false };
    pairs.iter().enumerate().all(|(i, (key, _))| {
        let start = key.span.start as usize;
        let before = &text[start - line_column(text, key.span.start)..start];
        before.bytes().all(|b| b == b' ' || i == 0 && b == b'-')
    })
}

fn line_column(text: &str, at: u32) -> usize {
    let before = &text[..at as usize];
    before.len() - before.rfind('\n').map_or(0, |newline| newline + 1)
}
