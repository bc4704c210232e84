//! Runs `tests/fmt/expressions/*.txt` of the repository: expressions and how they are laid out.
//!
//! A file holds cases between lines of `====`: what it shows, an empty line, the expression, a line
//! with `---->`, the lines that it becomes.

use std::{fmt::Write, fs, path::Path};

use expect_test::expect_file;
use promql::{ParseOptions, comments, parse_expr, pretty};

#[test]
fn expressions_are_laid_out() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fmt/expressions");
    let files = fs::read_dir(&folder).expect("tests/fmt/expressions is there");
    let mut n_cases = 0;
    for path in files.map(|file| file.expect("a readable folder").path()) {
        let text = fs::read_to_string(&path).expect("a readable file");
        let cases: Vec<&str> = text.split("====\n").collect();
        n_cases += cases.len();
        let shown: Vec<String> = cases.iter().map(|case| laid_out(case)).collect();
        expect_file![path].assert_eq(&shown.join("====\n"));
    }
    assert!(n_cases > 20, "the cases are gone");
}

/// The case with what comes of its expression today.
fn laid_out(case: &str) -> String {
    let (head, _) = case.split_once("---->\n").expect("an arrow");
    let (_, expr) = head.split_once("\n\n").expect("what it shows, then the expression");
    let options = ParseOptions::all();
    let tree = parse_expr(expr, &options).unwrap_or_else(|error| panic!("{expr}: {error}"));
    let lines = pretty(&tree, expr);
    let again = parse_expr(&lines, &options).unwrap_or_else(|error| panic!("{lines}: {error}"));
    assert_eq!(pretty(&again, &lines), lines, "it must stay as it is");
    let mut shown = head.to_owned();
    let _ = writeln!(shown, "---->\n{lines}\n");
    shown
}

#[test]
fn comments_have_places() {
    let text = "# a\nfoo{b=\"#\", # c \r\n}[5m] # d";
    let found: Vec<&str> = comments(text).into_iter().map(|span| span.of(text)).collect();
    assert_eq!(found, ["# a", "# c ", "# d"]);
    // Up to what cannot be read.
    assert_eq!(comments("# a\n? # b").len(), 1);
}

#[test]
fn wide_and_deep_expressions_take_no_time() {
    let selector = format!("a{{b=~\"{}\"}}", "x|".repeat(1000));
    let chain = vec![selector.as_str(); 500].join(" + # c\n");
    let nested = format!("{}a # c\n{}", "abs(".repeat(120), ")".repeat(120));
    let many = format!("label_join(a, \"b\"{})", ", # c\n\"x\"".repeat(100_000));
    for text in [chain, nested, many] {
        let tree = parse_expr(&text, &ParseOptions::all()).expect("it parses");
        let lines = pretty(&tree, &text);
        assert_eq!(comments(&lines).len(), comments(&text).len());
    }
}
