//! Two lists of alerts as the tree that `--diff` shows: what both have, what one lacks, what
//! differs, with colours.
//!
//! As `nsf/jsondiff` prints JSON for consoles.

use std::collections::BTreeSet;

use model::quote::quote;

use crate::expect::pairs::Pair;

const ADDED: &str = "\u{1b}[0;32m";
const REMOVED: &str = "\u{1b}[0;31m";
const CHANGED: &str = "\u{1b}[0;33m";
const END: &str = "\u{1b}[0m";

/// Labels and annotations of an alert.
type Alert<'a> = (&'a [Pair], &'a [Pair]);

/// The tree; none where both are the same.
pub(super) fn of_alerts(expected: &[Alert<'_>], got: &[Alert<'_>]) -> Option<String> {
    let [expected, got] = [expected, got].map(|alerts| match alerts {
        [] => vec![(&[][..], &[][..])],
        alerts => alerts.to_vec(),
    });
    if expected == got {
        return None;
    }
    let n = expected.len().max(got.len());
    let one = |i: usize| match (expected.get(i), got.get(i)) {
        (Some(expected), Some(got)) => both(expected, got),
        (Some(expected), None) => only(expected, REMOVED),
        (None, Some(got)) => only(got, ADDED),
        (None, None) => String::new(),
    };
    Some(listed('[', &(0..n).map(one).collect::<Vec<_>>(), ']', 0, ""))
}

fn both(expected: &Alert<'_>, got: &Alert<'_>) -> String {
    let annotations = format!("\"Annotations\": {}", names(expected.1, got.1));
    let labels = format!("\"Labels\": {}", names(expected.0, got.0));
    listed('{', &[annotations, labels], '}', 1, "")
}

/// An alert that one side lacks.
fn only(alert: &Alert<'_>, colour: &str) -> String {
    let names = |pairs: &[Pair]| {
        let pairs = pairs.iter().map(|(name, value)| format!("{}: {}", quote(name), quote(value)));
        listed('{', &pairs.collect::<Vec<_>>(), '}', 2, colour)
    };
    let annotations = format!("\"Annotations\": {}", names(alert.1));
    let labels = format!("\"Labels\": {}", names(alert.0));
    format!("{colour}{}{END}", listed('{', &[annotations, labels], '}', 1, colour))
}

fn names(expected: &[Pair], got: &[Pair]) -> String {
    let all: BTreeSet<&String> = expected.iter().chain(got).map(|(name, _)| name).collect();
    let value = |side: &[Pair], name: &String| {
        side.iter().find(|(other, _)| other == name).map(|(_, value)| quote(value))
    };
    let shown = all.into_iter().map(|name| {
        let key = quote(name);
        match (value(expected, name), value(got, name)) {
            (Some(a), Some(b)) if a == b => format!("{key}: {a}"),
            (Some(a), Some(b)) => format!("{key}: {CHANGED}{a} => {b}{END}"),
            (Some(a), None) => format!("{REMOVED}{key}: {a}{END}"),
            (None, b) => format!("{ADDED}{key}: {}{END}", b.unwrap_or_default()),
        }
    });
    listed('{', &shown.collect::<Vec<_>>(), '}', 2, "")
}

/// Items on lines of their own; a colour ends with each line and begins anew.
fn listed(open: char, items: &[String], close: char, level: usize, colour: &str) -> String {
    if items.is_empty() {
        return format!("{open}{close}");
    }
    let end = if colour.is_empty() { "" } else { END };
    let newline = |level: usize| format!("{end}\n{}{colour}", "    ".repeat(level));
    let items = items.join(&format!(",{}", newline(level + 1)));
    format!("{open}{}{items}{}{close}", newline(level + 1), newline(level))
}
