//! Parsing ends with an answer whatever the text: no panic, no overflow of the stack.

mod common;

use common::corpus;
use promql::{ParseOptions, parse, parse_metric_selector, visit};
use proptest::prelude::*;

/// Parses on a small stack, walks, prints and drops; the first error's message.
fn check(text: String) -> Option<String> {
    let work = move || {
        let options = ParseOptions::all();
        let parse = parse(&text, &options);
        if let Some(expr) = &parse.expr {
            let mut n_nodes = 0;
            visit::walk(expr, &mut |_| n_nodes += 1);
            assert!(n_nodes > 0 && !expr.clone().to_string().is_empty());
        }
        assert!(parse.expr.is_some() || !parse.errors.is_empty());
        parse.errors.into_iter().next().map(|error| error.message)
    };
    let builder = std::thread::Builder::new().stack_size(1 << 20);
    builder.spawn(work).expect("a thread starts").join().expect("parsing never panics")
}

#[test]
fn deep_nesting_is_an_error() {
    let n = 100_000;
    for (open, middle, close) in [
        ("(", "foo", ")"),
        ("-", "foo", ""),
        ("-", "1", ""),
        ("- -", "foo", ""),
        ("1+(", "foo", ")"),
        ("abs(", "foo", ")"),
        ("sum(", "foo", ")"),
        ("topk(1, ", "foo", ")"),
        ("foo ^ ", "foo", ""),
        ("(", "", ""),
    ] {
        let message = check(open.repeat(n) + middle + &close.repeat(n)).unwrap();
        assert!(message.contains("nested too deeply"), "{open}: {message}");
    }
    for (start, open, close) in [("foo[", "(", ""), ("foo[5m - ", "-", ""), ("foo[", "max_of(", "")]
    {
        let message = check(start.to_owned() + &open.repeat(n) + "5m" + &close.repeat(n)).unwrap();
        assert!(message.contains("nested too deeply"), "{start}{open}: {message}");
    }
}

#[test]
fn long_chains_are_an_error() {
    let n = 100_000;
    for (start, link) in
        [("a", " + b"), ("a", " or b"), ("foo", " * -foo"), ("foo", "[5m:]"), ("foo[5m", " + 5m")]
    {
        let message = check(start.to_owned() + &link.repeat(n)).unwrap();
        assert!(message.contains("too large"), "{link}: {message}");
    }
    // These are long but not deep.
    assert_eq!(check(format!("sum by ({}x) (a)", "x,".repeat(n))), None);
    assert_eq!(check(format!("a{{{}}}", "x=\"y\",".repeat(10_000))), None);
    assert_eq!(check(format!("label_join(a, \"b\"{})", ", \"c\"".repeat(n))), None);
}

#[test]
fn what_people_write_is_within_the_limits() {
    assert_eq!(check("(".repeat(60) + "foo" + &")".repeat(60)), None);
    assert_eq!(check("a".to_owned() + &" or a".repeat(400)), None);
    assert_eq!(check(format!("{}foo{}", "1 + (2 * ".repeat(40), ")".repeat(40))), None);
}

/// Words of the language in any order.
fn words() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "foo",
        "a:b",
        "sum",
        "by",
        "(",
        ")",
        "{",
        "}",
        "[",
        "]",
        ":",
        ",",
        "5m",
        "1",
        "0x",
        "\"s\"",
        "'",
        "`",
        "\\",
        "+",
        "-",
        "*",
        "^",
        "==",
        "=",
        "=~",
        "!",
        "and",
        "bool",
        "on",
        "group_left",
        "fill",
        "offset",
        "@",
        "anchored",
        "start",
        "step",
        "max_of",
        "inf",
        "rate",
        "info",
        "#",
        "\n",
        " ",
        "é",
        "\u{fffd}",
        "\0",
    ]);
    prop::collection::vec(word, 0..24).prop_map(|words| words.concat())
}

/// A corpus line with one stretch replaced.
fn mutated() -> impl Strategy<Value = String> {
    let line = prop::sample::select(corpus().collect::<Vec<_>>());
    (line, any::<prop::sample::Index>(), 0..4_usize, words()).prop_map(|(line, at, cut, words)| {
        let mut chars: Vec<char> = line.chars().collect();
        let at = at.index(chars.len());
        let end = (at + cut).min(chars.len());
        chars.splice(at..end, words.chars());
        chars.into_iter().collect()
    })
}

fn answers(text: &str) -> Result<(), TestCaseError> {
    for options in [ParseOptions::default(), ParseOptions::all()] {
        let parse = parse(text, &options);
        prop_assert!(parse.expr.is_some() || !parse.errors.is_empty());
        for error in &parse.errors {
            let span = error.span.expect("every error has a place");
            prop_assert!(span.start <= span.end && span.end as usize <= text.len());
            prop_assert!(text.is_char_boundary(span.start as usize));
            prop_assert!(text.is_char_boundary(span.end as usize));
        }
        if let (Some(expr), true) = (&parse.expr, parse.errors.is_empty()) {
            prop_assert!(!expr.span.of(text).is_empty());
        }
        let _ = parse_metric_selector(text, &options);
    }
    Ok(())
}

proptest! {
    #[test]
    fn any_text_has_an_answer(text in any::<String>()) {
        answers(&text)?;
    }

    #[test]
    fn any_bytes_have_an_answer(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        answers(&String::from_utf8_lossy(&bytes))?;
    }

    #[test]
    fn any_words_have_an_answer(text in words()) {
        answers(&text)?;
    }

    #[test]
    fn mutated_expressions_have_an_answer(text in mutated()) {
        answers(&text)?;
    }
}
