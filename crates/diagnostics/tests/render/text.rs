//! Findings as people read them.
#![expect(clippy::needless_raw_string_hashes, reason = "expect-test writes them")]

use std::sync::Arc;

use diagnostics::{
    Diagnostic, Edit, Finding, Report, Severity, Source, Span, TextStyle, Tool, render,
};
use expect_test::{Expect, expect};

const RULES: &str = "groups:
  - name: ä
    rules:
      - alert: TooManyErrors
        expr: sum by (job) (rate(errors_total[5m])) / sum by (job) (rate(requests_total[5m])) > 2
        for: 5m
        labels:
          severity: page
        annotations:
          summary: '{{ $labels.instance }} has errors'
";

fn source() -> Arc<Source> {
    Source::new("rules/a.yml", RULES)
}

fn at(needle: &str) -> Span {
    let start = RULES.find(needle).expect("it is in the text");
    Span::new(start, start + needle.len())
}

fn never_true() -> Diagnostic {
    Diagnostic::new(Severity::Warning, "comparison-never-true", at("> 2"), "this is never true")
        .label("always false")
        .because(at("sum by (job) (rate(errors"), "at most 1")
}

fn check(diagnostics: impl IntoIterator<Item = Diagnostic>, width: usize, expect: &Expect) {
    let source = source();
    let finding = |diagnostic| Finding { source: Arc::clone(&source), diagnostic };
    let findings: Vec<_> = diagnostics.into_iter().map(finding).collect();
    let report = Report { tool: &Tool::new("watchfire", "0"), files: &[], findings: &findings };
    expect.assert_eq(&render::text::render(&report, TextStyle { width, color: false }));
}

#[test]
fn a_place_its_line_and_a_caret() {
    let found = Diagnostic::error("unknown-field", at("labels"), "unknown field `lables`")
        .help("did you mean `labels`?");
    check(
        [found],
        100,
        &expect![[r#"
        error[unknown-field]: unknown field `lables`
         --> rules/a.yml:7:9
          |
        7 |         labels:
          |         ^^^^^^
          |
          = help: did you mean `labels`?

    "#]],
    );
}

#[test]
fn the_cause_is_shown_in_the_same_snippet() {
    check(
        [never_true()],
        120,
        &expect![[r#"
        warning[comparison-never-true]: this is never true
         --> rules/a.yml:5:95
          |
        5 |         expr: sum by (job) (rate(errors_total[5m])) / sum by (job) (rate(requests_total[5m])) > 2
          |               ------------------------- at most 1                                             ^^^ always false

    "#]],
    );
}

#[test]
fn long_lines_are_shortened_around_what_is_marked() {
    check(
        [never_true()],
        60,
        &expect![[r#"
            warning[comparison-never-true]: this is never true
             --> rules/a.yml:5:95
              |
            5 |         expr: sum by (job) (rate(errors_total[…) > 2
              |               -------------------------          ^^^ always false
              |               |
              |               at most 1

        "#]],
    );
}

#[test]
fn a_cause_elsewhere_is_a_block_of_its_own() {
    let other = Source::new("rules/record.yml", "\n".repeat(99) + "  - record: job:errors:ratio\n");
    let far = Span::new(101, 107);
    let found = Diagnostic { subject: Some("alert `TooManyErrors`".into()), ..never_true() }
        .because_of(&other, far, "recorded here")
        .note("a share is at most 1\nand at least 0");
    check(
        [found],
        120,
        &expect![[r#"
        warning[comparison-never-true]: this is never true
           --> rules/a.yml:5:95 in alert `TooManyErrors`
            |
          5 |         expr: sum by (job) (rate(errors_total[5m])) / sum by (job) (rate(requests_total[5m])) > 2
            |               ------------------------- at most 1                                             ^^^ always false
            |
           ::: rules/record.yml:100:3
            |
        100 |   - record: job:errors:ratio
            |   ------ recorded here
            |
            = note: a share is at most 1
                    and at least 0

    "#]],
    );
}

#[test]
fn fixes_are_shown_as_the_lines_that_they_change() {
    let found = never_true().help("compare with a share").unsafe_fix([Edit::replace(
        Span::new(at("> 2").start as usize + 2, at("> 2").end as usize),
        "0.02",
    )]);
    check(
        [found],
        120,
        &expect![[r#"
            warning[comparison-never-true]: this is never true
             --> rules/a.yml:5:95
              |
            5 |         expr: sum by (job) (rate(errors_total[5m])) / sum by (job) (rate(requests_total[5m])) > 2
              |               ------------------------- at most 1                                             ^^^ always false
              |
            help: compare with a share (unsafe fix)
              |
            5 -         expr: sum by (job) (rate(errors_total[5m])) / sum by (job) (rate(requests_total[5m])) > 2
            5 +         expr: sum by (job) (rate(errors_total[5m])) / sum by (job) (rate(requests_total[5m])) > 0.02

        "#]],
    );
    let line = at("        for: 5m\n").end;
    let found = Diagnostic::new(Severity::Info, "keep-firing", at("for"), "it may flap")
        .safe_fix([Edit::insert(line, "        keep_firing_for: 5m\n")]);
    check(
        [found],
        120,
        &expect![[r#"
            info[keep-firing]: it may flap
             --> rules/a.yml:6:9
              |
            6 |         for: 5m
              |         ^^^
              |
            help: write this instead (safe fix)
              |
            7 +         keep_firing_for: 5m

        "#]],
    );
}

#[test]
fn several_lines_show_head_and_tail() {
    let span = at("alert").to(at("annotations"));
    check(
        [Diagnostic::error("x", span, "too much").label("all of it")],
        80,
        &expect![[r#"
            error[x]: too much
             --> rules/a.yml:4:9
              |
            4 |         - alert: TooManyErrors
              |  _________^
            5 | |         expr: sum by (job) (rate(errors_total[5m])) / sum by (job) …
            6 | |         for: 5m
            7 | |         labels:
            8 | |           severity: page
            9 | |         annotations:
              | |___________________^ all of it

        "#]],
    );
}

#[test]
fn what_is_the_same_elsewhere_is_shown_once() {
    let mut copies = Vec::new();
    for needle in ["job) (rate(e", "job) (rate(r"] {
        let span = Span::new(at(needle).start as usize, at(needle).start as usize + 3);
        copies.push(Diagnostic::error("x", span, "no such label"));
    }
    copies.push(Diagnostic::error("x", at("for"), "no such label"));
    check(
        copies,
        70,
        &expect![[r#"
            error[x]: no such label
             --> rules/a.yml:5:23
              |
            5 |         expr: sum by (job) (rate(errors_total[5m])) / …
              |                       ^^^
              |
              = note: and 1 more place: rules/a.yml:5:63

            error[x]: no such label
             --> rules/a.yml:6:9
              |
            6 |         for: 5m
              |         ^^^

        "#]],
    );
}

fn check_text(text: &str, needle: &str, width: usize, expect: &Expect) {
    let start = text.find(needle).expect("it is in the text");
    let diagnostic = Diagnostic::error("x", Span::new(start, start + needle.len()), "found")
        .label("here")
        .safe_fix([Edit::replace(Span::new(start, start + needle.len()), "new")]);
    let finding = Finding { source: Source::new("a.yml", text), diagnostic };
    expect.assert_eq(&render::text::one(&finding, TextStyle { color: false, width }));
}

#[test]
fn tabs_wide_and_control_characters_and_other_line_ends() {
    check_text(
        "\tа: 漢字 \u{1b}[1m x\r\n",
        "x",
        80,
        &expect![[r#"
        error[x]: found
         --> a.yml:1:13
          |
        1 |     а: 漢字 ␛[1m x
          |                  ^ here
          |
        help: write this instead (safe fix)
          |
        1 -     а: 漢字 �[1m x
        1 +     а: 漢字 �[1m new
    "#]],
    );
    check_text(
        &format!("{}漢字漢字 x {}", "漢".repeat(40), "é".repeat(80)),
        "x",
        50,
        &expect![[r#"
            error[x]: found
             --> a.yml:1:46
              |
            1 | … x …
              |   ^ here
              |
            help: write this instead (safe fix)
              |
            1 - … x …
            1 + … new …
        "#]],
    );
}

#[test]
fn long_texts_cost_no_more_than_what_is_shown() {
    for text in ["ab: c\n".repeat(100_000), "ab ".repeat(200_000), "a".repeat(600_000)] {
        let diagnostic = Diagnostic::error("x", Span::new(2, text.len() - 2), "too much")
            .because(Span::new(text.len() - 3, text.len()), "the end")
            .safe_fix([Edit::replace(Span::new(1, text.len()), text.clone())]);
        let finding = Finding { source: Source::new("a.yml", text), diagnostic };
        let shown = render::text::one(&finding, TextStyle::default());
        assert!(shown.len() < 6000, "{shown}");
    }
}

#[test]
fn fixes_in_many_places_show_the_first() {
    let text = "a: b\n\n\n\n".repeat(9);
    let edit = |i: usize| Edit::replace(Span::new(i * 8 + 3, i * 8 + 4), "c");
    let diagnostic = Diagnostic::error("x", Span::new(0, 1), "renamed").safe_fix((0..9).map(edit));
    let finding = Finding { source: Source::new("a.yml", text), diagnostic };
    let shown = render::text::one(&finding, TextStyle::default());
    assert_eq!(shown.matches("+ a: c").count(), 6);
    assert!(shown.ends_with("… and changes at 3 more places\n"), "{shown}");
}

#[test]
fn without_a_place_only_the_file() {
    let found = Diagnostic::of_file("io", "no such\u{1b}[1m file\nat all").help("try another");
    check(
        [found],
        100,
        &expect![[r#"
        error[io]: no such�[1m file
                   at all
         --> rules/a.yml
          = help: try another

    "#]],
    );
}

#[test]
fn colours_only_when_asked_for() {
    let finding = Finding { source: source(), diagnostic: never_true() };
    let shown = |color| render::text::one(&finding, TextStyle { color, width: 80 });
    assert!(shown(true).contains('\u{1b}') && !shown(false).contains('\u{1b}'));
    assert_eq!(anstream::adapter::strip_str(&shown(true)).to_string(), shown(false));
}
