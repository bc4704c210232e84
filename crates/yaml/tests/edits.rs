//! Edits of scalars: YAML in, YAML out.
#![expect(clippy::needless_raw_string_hashes, reason = "expect-test writes them")]

mod support;

use std::fmt::Write;

use diagnostics::{Source, Span};
use expect_test::{Expect, expect};
use support::scalars;
use yaml::Origin;

/// Puts `new` for the first `old` in the first scalar that holds it, and shows the file then.
fn check(text: &str, old: &str, new: &str, expected: &Expect) {
    let origin = Origin::file(&Source::new("f.yml", text));
    let scalars = scalars(&origin);
    let scalar = scalars.iter().find(|scalar| scalar.contains(old)).expect("the text is there");
    let at = scalar.find(old).expect("found");
    let edit = scalar.replace(Span::new(at, at + old.len()), new);
    let shown = edit.map_or("none\n".to_owned(), |edit| {
        let mut out = text.to_owned();
        out.replace_range(edit.span.start as usize..edit.span.end as usize, &edit.text);
        let _ = write!(out, "({:?})", edit.span.of(text));
        out
    });
    // A source file cannot hold carriage returns.
    expected.assert_eq(&(shown.replace('\r', "\\r") + "\n"));
}

#[test]
fn plain() {
    check(
        "a: sum(up) # why\n",
        "up",
        "down",
        &expect![[r#"
        a: sum(down) # why
        ("up")
    "#]],
    );
    check(
        "a: sum(up) # why\n",
        "sum(up)",
        "x: y #z",
        &expect![[r#"
        a: 'x: y #z' # why
        ("sum(up)")
    "#]],
    );
    check(
        "a: sum(up) # why\n",
        "sum(up)",
        "it's: {",
        &expect![[r#"
        a: 'it''s: {' # why
        ("sum(up)")
    "#]],
    );
    check(
        "a: sum(up) # why\n",
        "up",
        "\nup\n",
        &expect![[r#"
        a: |- # why
          sum(
          up
          )
        ("sum(up) # why")
    "#]],
    );
    check(
        "- a: sum(up)\n  b: c\n",
        "up",
        "\n  up\n",
        &expect![[r#"
        - a: |-
            sum(
              up
            )
          b: c
        ("sum(up)")
    "#]],
    );
    check(
        "a: sum(\n  up)\n",
        "up",
        "down",
        &expect![[r#"
        a: sum(
          down)
        ("up")
    "#]],
    );
    check(
        "a: sum(\n  up)\n",
        "sum( up)",
        "x",
        &expect![[r#"
        a: x
        ("sum(\n  up)")
    "#]],
    );
    check(
        "a: up\n",
        "up",
        "no",
        &expect![[r#"
        a: "no"
        ("up")
    "#]],
    );
    check(
        "a: up\n",
        "up",
        "Off",
        &expect![[r#"
        a: "Off"
        ("up")
    "#]],
    );
    check(
        "- a: [b,\n  up] # why\n",
        "up",
        "x\ny",
        &expect![[r#"
        - a: [b,
          "x\ny"] # why
        ("up")
    "#]],
    );
    check(
        "- up# why\n",
        "up",
        "x\n",
        &expect![[r#"
        - |-
          x
          # why
        ("up# why")
    "#]],
    );
    check(
        "a: up\n",
        "up",
        "5",
        &expect![[r#"
        a: '5'
        ("up")
    "#]],
    );
    check(
        "a: 5\n",
        "5",
        "6",
        &expect![[r#"
        a: 6
        ("5")
    "#]],
    );
    check(
        "a: up\n",
        "up",
        "",
        &expect![[r#"
        a: ''
        ("up")
    "#]],
    );
    check(
        "a: up\n",
        "up",
        "\u{1b}\u{feff}",
        &expect![[r#"
        a: "\x1b\ufeff"
        ("up")
    "#]],
    );
    check(
        "sum(up)",
        "up",
        "a:\n b",
        &expect![[r#"
        |-
          sum(a:
           b)("sum(up)")
    "#]],
    );
    check(
        "- - up",
        "up",
        "- a",
        &expect![[r#"
        - - '- a'("up")
    "#]],
    );
}

#[test]
fn quoted() {
    check(
        r#"a: "sum(\"up\")""#,
        "up",
        "x\\\"\n",
        &expect![[r#"
        a: "sum(\"x\\\"\n\")"("up")
    "#]],
    );
    check(
        r#"a: "sum(\"up\")""#,
        "\"up\"",
        "'x'",
        &expect![[r#"
        a: "sum('x')"("\\\"up\\\"")
    "#]],
    );
    check(
        "a: 'it''s up'\n",
        "'s",
        " '' is",
        &expect![[r#"
        a: 'it '''' is up'
        ("''s")
    "#]],
    );
    check(
        "a: 'it''s up'\n",
        "up",
        "u\np",
        &expect![[r#"
        a: |-
          it's u
          p
        ("'it''s up'")
    "#]],
    );
    check(
        "a: \"x\\\n   y\n  z\"\n",
        "y",
        "\"",
        &expect![[r#"
        a: "x\
           \"
          z"
        ("y")
    "#]],
    );
    check(
        "a: [\"é\", 'x']\n",
        "é",
        "\u{1b}ß",
        &expect![[r#"
        a: ["\x1bß", 'x']
        ("é")
    "#]],
    );
}

#[test]
fn blocks() {
    check(
        "a: |\n  sum(\n    up\n  )\nb: c\n",
        "up",
        "x\ny",
        &expect![[r#"
        a: |
          sum(
            x
          y
          )
        b: c
        ("up")
    "#]],
    );
    check(
        "a: |\n  sum(\n    up\n  )\nb: c\n",
        "(\n  up\n)",
        "(up)",
        &expect![[r#"
        a: |
          sum(up)
        b: c
        ("(\n    up\n  )")
    "#]],
    );
    check(
        "a: |\n  up\nb: c\n",
        "up",
        "  up",
        &expect![[r#"
        a: |2
            up
        b: c
        ("|\n  up")
    "#]],
    );
    check(
        "a: |\n  up\nb: c\n",
        "up\n",
        "up",
        &expect![[r#"
        a: |-
          up
        b: c
        ("|\n  up")
    "#]],
    );
    check(
        "a: | # why\n  up\n\nb: c\n",
        "up\n",
        "x\n\n",
        &expect![[r#"
        a: "x\n\n" # why

        b: c
        ("| # why\n  up")
    "#]],
    );
    check(
        "- a: >-\n    sum(\n    up)\n\n  b: c\n",
        "up",
        "x",
        &expect![[r#"
        - a: >-
            sum(
            x)

          b: c
        ("up")
    "#]],
    );
    check(
        "- a: >-\n    sum(\n    up)\n\n  b: c\n",
        "up",
        "x\ny",
        &expect![[r#"
        - a: |-
            sum( x
            y)

          b: c
        (">-\n    sum(\n    up)")
    "#]],
    );
    check(
        "- a: >-\n    sum(\n    up)\n\n  b: c\n",
        "( up",
        "(up",
        &expect![[r#"
        - a: >-
            sum(up)

          b: c
        ("(\n    up")
    "#]],
    );
    check(
        "a: |2-\n    x\n  y\n",
        "x",
        "z\n\n w",
        &expect![[r#"
        a: |2-
            z

           w
          y
        ("x")
    "#]],
    );
    check(
        "a: |\r\n  up\r\n  x\r\nb: c\r\n",
        "up",
        "x\ny",
        &expect![[r#"
            a: |\r
              x\r
              y\r
              x\r
            b: c\r
            ("up")
        "#]],
    );
    check(
        "a: |\n  up",
        "up",
        "down",
        &expect![[r#"
        a: |
          down("up")
    "#]],
    );
}

#[test]
fn keys_and_collections() {
    check(
        "{a: up, b: c}",
        "up",
        "x, y",
        &expect![[r#"
        {a: 'x, y', b: c}("up")
    "#]],
    );
    check(
        "{a: up, b: c}",
        "up",
        "x\ny",
        &expect![[r#"
        {a: "x\ny", b: c}("up")
    "#]],
    );
    check(
        "sevrity: x\n",
        "sevrity",
        "severity",
        &expect![[r#"
        severity: x
        ("sevrity")
    "#]],
    );
    check(
        "a b: x\n",
        "a b",
        "a: b",
        &expect![[r#"
        'a: b': x
        ("a b")
    "#]],
    );
    check(
        "a: &x up\nb: *x\n",
        "up",
        "down",
        &expect![[r#"
        none

    "#]],
    );
    check(
        "a: !!str 5\n",
        "5",
        "6",
        &expect![[r#"
        a: !!str '6'
        ("5")
    "#]],
    );
}

#[test]
fn quoting() {
    for (text, expected) in [
        ("a: 5 # x\n", "a: \"5\" # x\n"),
        ("a: no\n", "a: \"no\"\n"),
        ("a: [0123]\n", "a: [\"0123\"]\n"),
    ] {
        let origin = Origin::file(&Source::new("f.yml", text));
        let scalars = scalars(&origin);
        let edit = scalars.last().expect("a scalar").quote().expect("it can be quoted");
        let mut out = text.to_owned();
        out.replace_range(edit.span.start as usize..edit.span.end as usize, &edit.text);
        assert_eq!(out, expected);
    }
}
