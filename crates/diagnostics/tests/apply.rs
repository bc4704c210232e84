//! Fixes written into texts.

use diagnostics::{Applicability, Edit, Fix, Span, apply};

/// A fix for each group of edits; an edit is `old>new`, with `|` where something is inserted.
fn check(text: &str, fixes: &[&[&str]], expected: &str, skipped: &[usize]) {
    let fixes: Vec<Fix> = fixes.iter().map(|edits| fix(text, edits)).collect();
    let applied = apply(text, &fixes.iter().collect::<Vec<_>>());
    assert_eq!(applied.text, expected);
    assert_eq!(applied.skipped, skipped);
    assert_eq!(applied.n_applied, fixes.len() - skipped.len());
}

fn fix(text: &str, edits: &[&str]) -> Fix {
    let edit = |edit: &&str| {
        let (old, new) = edit.split_once('>').expect("old>new");
        let (before, at) = old.split_once('|').map_or((old, None), |(b, a)| (b, Some(a)));
        let needle = before.to_owned() + at.unwrap_or("");
        let start = text.find(&needle).expect("it is in the text");
        match at {
            Some(_) => Edit::replace(Span::new(start + before.len(), start + before.len()), new),
            None => Edit::replace(Span::new(start, start + needle.len()), new),
        }
    };
    Fix { applicability: Applicability::Safe, edits: edits.iter().map(edit).collect() }
}

#[test]
fn fixes_are_written_in_the_order_of_the_text() {
    check("a: 1\nb: 2\n", &[&["2>3"], &["1>2"]], "a: 2\nb: 3\n", &[]);
    check("a: ä\n", &[&["ä>\u{1f525}"]], "a: \u{1f525}\n", &[]);
}

#[test]
fn what_overlaps_is_skipped_whole() {
    check("one two three", &[&["two>2", "three>3"], &["one two>12", "three>3"]], "12 3", &[0]);
    check("one two three", &[&["one>1", "two>2"], &["two three>23"]], "1 2 three", &[1]);
    // Edits of one fix that overlap are no fix.
    check("one two", &[&["one two>12", "two>2"]], "one two", &[0]);
}

#[test]
fn nothing_is_inserted_into_what_goes() {
    check("one two", &[&["one two>12"], &["one| >!"]], "12", &[1]);
    check("one two", &[&["one|>!"], &["one two>12"]], "12", &[0]);
    check("one two", &[&["one|>!"], &["|two>?"]], "one! ?two", &[]);
}

#[test]
fn the_same_edit_is_written_once() {
    check("sum(x)", &[&["sum|>by"], &["sum|>by"]], "sumby(x)", &[]);
    check("sum(x)", &[&["x>y", "sum|>by"], &["x>y", "sum|>by"]], "sumby(y)", &[]);
    check("sum(x)", &[&["x>y"], &["sum>avg", "x>y"]], "avg(y)", &[]);
    check("sum(x)", &[&["x>y"], &["x>y"]], "sum(y)", &[]);
}

#[test]
fn insertions_at_one_place_keep_their_order() {
    check("ab", &[&["a|b>1"], &["a|b>2"]], "a12b", &[]);
    check("ab", &[&["a|b>2", "a|b>1"]], "a21b", &[]);
    check("ab", &[&["b>c"], &["a|b>1"], &["a>0"]], "01c", &[]);
}

#[test]
fn what_wraps_the_same_is_left_for_the_next_time() {
    check("1 + x", &[&["|x>(", "x|>)"], &["|1>[", "x|>]"]], "[1 + x]", &[0]);
    check("1 + x", &[&["|1>[", "x|>]"], &["x|>!"]], "[1 + x]", &[1]);
    check("1 + x", &[&["|1>["], &["|1>(", "x|>)"]], "[1 + x", &[1]);
}

#[test]
fn what_does_not_belong_to_the_text_is_skipped() {
    for (start, end) in [(2, 3), (3, 2), (0, 1), (9, 9)] {
        let fix = Fix {
            applicability: Applicability::Safe,
            edits: vec![Edit::replace(Span { start, end }, "x")],
        };
        assert_eq!(apply("ä", &[&fix]).skipped, [0]);
    }
    assert_eq!(apply("", &[]).text, "");
}
