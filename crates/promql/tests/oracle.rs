//! The crate `promql-parser` agrees on what is an expression.
//!
//! It follows an older Prometheus; where it differs, the line is listed with the reason.

mod common;

use common::corpus;
use promql::{ParseOptions, parse_expr};

/// Accepted by Prometheus and by us, refused by the other parser, and why.
const REFUSED_BY_THE_OTHER: &[(&str, &str)] = &[
    ("1_000_000 < a", "it knows no underscores in numbers"),
    (r"a{b=`c\d`}", "it resolves escapes in back quotes"),
];

#[test]
fn both_accept_the_corpus() {
    let mut differing = Vec::new();
    for query in corpus() {
        parse_expr(query, &ParseOptions::default()).unwrap_or_else(|e| panic!("{query}: {e}"));
        let accepted = promql_parser::parser::parse(query);
        let excused = REFUSED_BY_THE_OTHER.iter().any(|(excused, _)| *excused == query);
        if accepted.is_ok() == excused {
            differing.push(format!("{query}: {:?}", accepted.err()));
        }
    }
    assert!(differing.is_empty(), "{}", differing.join("\n"));
}
