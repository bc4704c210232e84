//! The crate `promql-parser` and ours agree on what is an expression and what it means, over the
//! real expressions of the folder that `CONFORMANCE_DIR` names and over generated ones.
//!
//! Where they differ, `classes` says why and who is right; what it does not explain fails.
#![expect(clippy::print_stdout, reason = "tells what was compared, or why it was not")]

#[path = "promql_parser/classes.rs"]
mod classes;
#[path = "promql_parser/corpus.rs"]
mod corpus;
#[path = "promql_parser/tree.rs"]
mod tree;

use std::{
    cell::Cell,
    collections::BTreeMap,
    panic::{self, UnwindSafe},
    sync::Once,
    thread,
};

use promql::{ParseOptions, parse_expr};
use testkit::fuzz::{
    Dice,
    expressions::{Style, expression, mutated},
};

use classes::{CLASSES, Difference};

const N_GENERATED: u64 = 100_000;

/// How two parsers differ on a text; none where they agree.
fn difference(query: &str) -> Option<Difference> {
    let ours = parse_expr(query, &ParseOptions::all());
    let Ok(theirs) = quietly(|| promql_parser::parser::parse(query)) else {
        return Some(Difference::TheyPanic);
    };
    match (ours, theirs) {
        (Err(_), Err(_)) => None,
        (Ok(ours), Err(theirs)) => Some(Difference::TheyRefuse(ours, theirs)),
        (Err(ours), Ok(_)) => Some(Difference::WeRefuse(ours.message)),
        (Ok(ours), Ok(theirs)) => {
            let shown = theirs.to_string();
            let again = parse_expr(&shown, &ParseOptions::all());
            let same = again.is_ok_and(|again| tree::shown(&again) == tree::shown(&ours));
            (!same).then_some(Difference::Trees(ours, shown))
        }
    }
}

/// Catches a panic without a word about it.
fn quietly<T>(f: impl FnOnce() -> T + UnwindSafe) -> thread::Result<T> {
    thread_local!(static QUIET: Cell<bool> = const { Cell::new(false) });
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let loud = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !QUIET.get() {
                loud(info);
            }
        }));
    });
    QUIET.set(true);
    let result = panic::catch_unwind(f);
    QUIET.set(false);
    result
}

/// Compares all texts, and tells how often each class of differences occurred.
fn check(queries: impl Iterator<Item = String>) {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let (mut unexplained, mut n) = (Vec::new(), 0);
    for query in queries {
        n += 1;
        let Some(difference) = difference(&query) else { continue };
        match CLASSES.iter().find(|class| (class.explains)(&query, &difference)) {
            Some(class) => *counts.entry(class.name).or_default() += 1,
            None => unexplained.push(format!("{query:?}\n    {difference}")),
        }
    }
    println!("{n} expressions; differences: {counts:#?}");
    let show = unexplained.len().min(40);
    assert!(unexplained.is_empty(), "{}:\n{}", unexplained.len(), unexplained[..show].join("\n"));
}

#[test]
fn generated_expressions() {
    let generated = (0..N_GENERATED).map(|seed| {
        let mut dice = Dice::Seed(seed);
        let text = expression(&mut dice, Style { gated: seed % 2 == 0 });
        if seed % 4 == 0 { mutated(&mut dice, &text) } else { text }
    });
    check(generated);
}

#[test]
fn every_class_is_needed() {
    for class in CLASSES {
        let found = difference(class.example).expect("the parsers differ on the example");
        let first = CLASSES.iter().find(|first| (first.explains)(class.example, &found));
        let first = first.map(|class| class.name);
        assert_eq!(first, Some(class.name), "{}\n{found}", class.example);
    }
}

#[test]
fn expressions_as_people_write_them() {
    let lines = include_str!("../../promql/tests/data/corpus.promql").lines();
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    check(lines.map(str::to_owned));
}

#[test]
fn real_expressions() {
    let Some(folder) = std::env::var_os("CONFORMANCE_DIR") else {
        println!("skipped: set CONFORMANCE_DIR to a folder with rules/ and promqltest/ in it");
        return;
    };
    let expressions = corpus::expressions(folder.as_ref());
    assert!(expressions.len() > 1000, "only {} expressions found", expressions.len());
    check(expressions.into_iter());
}
