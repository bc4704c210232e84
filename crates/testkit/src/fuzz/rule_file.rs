//! Rule files: any bytes are read, and each text knows its place.

use diagnostics::{Diagnostic, Edit, Span};
use rules::{Group, Located, ReadOptions, RuleFile, read_bytes};

use super::dice::Dice;

/// Texts with everything in them that a reader meets, to be mutated.
const SEEDS: [&str; 3] = [
    include_str!("rule_file/plain.yml"),
    include_str!("rule_file/manifests.yml"),
    include_str!("rule_file/odd.yml"),
];

/// Any bytes have an answer: groups, and findings at places inside of the text. Each text of a
/// rule stands inside of the file, and an edit of it gives what was asked for.
pub fn rule_file(data: &[u8]) {
    for every_document in [false, true] {
        let options = ReadOptions { every_document, ..ReadOptions::default() };
        let file = read_bytes("fuzz.yml", data.to_vec(), &options);
        let text = &*file.source.text;
        for error in &file.errors {
            assert_placed(&error.diagnostic, text);
            assert!(error.line > 0 && error.column > 0 && !error.message.is_empty());
            let _ = error.to_string();
        }
        assert_eq!(file.errors.is_empty(), file.to_prometheus().is_empty());
        file.warnings.iter().for_each(|warning| assert_placed(warning, text));
        for comment in &file.comments {
            assert_inside(comment.span, text);
        }
        for document in &file.documents {
            assert_inside(document.span, text);
            assert!(document.groups.end <= file.groups.len());
        }
        file.groups.iter().for_each(|group| assert_located(group, text));
        if !every_document {
            assert_editable(&file, options);
        }
    }
}

/// A rule file with a few things wrong with it.
pub fn broken_rule_file(dice: &mut Dice<'_>) -> Vec<u8> {
    let mut text = SEEDS[dice.below(SEEDS.len())].as_bytes().to_vec();
    for _ in 0..dice.below(6) {
        let (at, other) = (dice.below(text.len()), dice.below(text.len()));
        let length = dice.below(30).min(text.len() - at);
        match dice.below(6) {
            0 => drop(text.drain(at..at + length)),
            1 => {
                let copy = text[at..at + length].to_vec();
                text.splice(other..other, copy);
            }
            2 => {
                let marks = b"\"'|>{}[]:-#&*!%@`?,~\t\r\n\x00\xff\xc3 \\$";
                text[at] = marks[dice.below(marks.len())];
            }
            3 => text.truncate(at),
            4 => drop(text.splice(at..at, *b"\r\n")),
            _ => text.swap(at, other),
        }
        if text.is_empty() {
            break;
        }
    }
    text
}

fn assert_inside(span: Span, text: &str) {
    assert!(span.start <= span.end, "{span:?}");
    for end in [span.start, span.end] {
        assert!(text.is_char_boundary(end as usize), "{span:?} of {} bytes", text.len());
    }
}

fn assert_placed(found: &Diagnostic, text: &str) {
    assert_inside(found.span.expect("every finding has a place"), text);
    assert!(!found.message.is_empty() && rules::CODES.contains(&found.code), "{}", found.code);
    found.related.iter().for_each(|other| assert_inside(other.span, text));
    let edits = found.fix.iter().flat_map(|fix| &fix.edits);
    edits.for_each(|edit| assert_inside(edit.span, text));
}

fn assert_located(group: &Group, text: &str) {
    assert_inside(group.span, text);
    let fields = group.fields.iter().chain(group.rules.iter().flat_map(|rule| &rule.fields));
    for field in fields.chain(group.unread.iter().flat_map(|rule| &rule.fields)) {
        assert_inside(field.span(), text);
        assert_inside(field.key, text);
        assert_inside(field.value, text);
    }
    let pairs = group.rules.iter().flat_map(|rule| rule.own_labels.iter().chain(&rule.annotations));
    for pair in group.labels.iter().chain(pairs) {
        assert_parts(&pair.name, text);
        assert_parts(&pair.value, text);
    }
    for rule in &group.rules {
        let times = [&rule.for_, &rule.keep_firing_for].into_iter().flatten();
        let texts = [&rule.name, &rule.expr_text].into_iter().chain(times.map(|(_, text)| text));
        texts.for_each(|located| assert_parts(located, text));
    }
    let unread = group.unread.iter().flat_map(|rule| rule.name.iter().chain(&rule.expr));
    unread.chain([&group.name]).for_each(|located| assert_parts(located, text));
}

/// Parts stand inside of the whole, also such that are none.
fn assert_parts(located: &Located, text: &str) {
    let whole = located.span();
    assert_inside(whole, text);
    let length = located.len();
    for (start, end) in
        [(0, length), (0, 0), (length, length), (length / 3, length / 2), (1, 2), (5, length + 9)]
    {
        let part = located.locate(Span::new(start, end));
        assert_inside(part, text);
        assert!(whole.start <= part.start && part.end <= whole.end, "{located:?} {part:?}");
    }
}

/// Edits of expressions give what was asked for, when the file is read again.
fn assert_editable(file: &RuleFile, options: ReadOptions) {
    let rules = file.groups.iter().flat_map(|group| &group.rules);
    for (n, rule) in rules.enumerate().take(8) {
        let new = ["up", "a\n  + b", "x{a=\"b\"} # c", "'"][n % 4];
        let whole = Span::new(0, rule.expr_text.len());
        let Some(edit) = rule.expr_text.replace(whole, new) else { continue };
        let edited = apply(&file.source.text, &edit);
        let again = read_bytes("fuzz.yml", edited.clone().into_bytes(), &options);
        let groups = again.groups.iter();
        let texts = groups.flat_map(|group| {
            let unread = group.unread.iter().filter_map(|rule| rule.expr.as_ref());
            group.rules.iter().map(|rule| &rule.expr_text).chain(unread)
        });
        let found = texts.into_iter().any(|text| &**text == new);
        assert!(found, "{new:?} is not in\n{edited}\nwhich was\n{}", file.source.text);
    }
}

fn apply(text: &str, edit: &Edit) -> String {
    let (start, end) = (edit.span.start as usize, edit.span.end as usize);
    [&text[..start], &edit.text, &text[end..]].concat()
}
