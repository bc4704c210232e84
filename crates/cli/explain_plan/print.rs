//! A plan to read, and as JSON.

use std::fmt::Write;

use clap::ValueEnum;
use serde_json::{Value, json};

use super::report::{AnswerLine, NodeLine, QuestionLine, Report};
use crate::output::count;

/// How many names of rules are shown.
const SHOWN: usize = 3;
/// How many fragments of a question are shown by number.
const SHOWN_FRAGMENTS: usize = 8;

/// To read.
pub(super) fn text(report: &Report) -> String {
    let mut text = format!(
        "{} in {}, cut {}: {} ({} of more than one rule), {} in {} a tick\n",
        count(report.rules.len(), "rule"),
        count(report.n_groups, "group"),
        cut(report),
        count(report.nodes.len(), "node"),
        report.n_shared(),
        count(report.fragments.len(), "fragment"),
        count(report.questions.len(), "question"),
    );
    text.push_str("\nasked of the source:\n");
    for question in &report.questions {
        write_question(&mut text, question);
    }
    text.push_str("\nfragments:\n");
    for (i, fragment) in report.fragments.iter().enumerate() {
        let (kind, query) = (format!("{:?}", fragment.kind).to_lowercase(), &fragment.query);
        let _ = writeln!(text, "  f{i}  {kind}  {query}  for {}", names(report, &fragment.rules));
    }
    text.push_str("\nnodes:\n");
    for node in &report.nodes {
        write_node(&mut text, report, node);
    }
    text.push_str("\nrules:\n");
    for rule in &report.rules {
        let _ = match &rule.node {
            Ok(node) => writeln!(text, "  n{node}  {}: {}", rule.group, rule.name),
            Err(why) => writeln!(text, "  -  {}: {}: {why}", rule.group, rule.name),
        };
    }
    text
}

fn cut(report: &Report) -> String {
    let value = report.cut.to_possible_value();
    value.map_or_else(String::new, |value| value.get_name().to_owned())
}

fn write_question(text: &mut String, question: &QuestionLine) {
    let mut serves: Vec<String> =
        question.serves.iter().take(SHOWN_FRAGMENTS).map(|f| format!("f{f}")).collect();
    if question.serves.len() > SHOWN_FRAGMENTS {
        serves.push(format!("{} more", question.serves.len() - SHOWN_FRAGMENTS));
    }
    let (form, query) = (question.form, &question.query);
    let (serves, rules) = (serves.join(" "), count(question.n_rules, "rule"));
    let _ = writeln!(text, "  {form}  {query}");
    for part in &question.instead_of {
        let _ = writeln!(text, "    instead of  {part}");
    }
    let _ = write!(text, "    → {serves}, for {rules}");
    match &question.answer {
        Some(AnswerLine { error: Some(error), ms, .. }) => {
            let _ = write!(text, "; failed after {ms:.1} ms: {error}");
        }
        Some(AnswerLine { series, bytes, ms, .. }) => {
            let _ = write!(text, "; {series} series, {bytes} bytes, {ms:.1} ms");
        }
        None => {}
    }
    text.push('\n');
}

fn write_node(text: &mut String, report: &Report, node: &NodeLine) {
    let (number, title) = (node.outline.number, &node.outline.title);
    let inputs: Vec<String> = node.outline.inputs.iter().map(|n| format!("n{n}")).collect();
    let of = if inputs.is_empty() { String::new() } else { format!(" of {}", inputs.join(", ")) };
    let _ = write!(text, "  n{number}  {title}{of}  for {}", names(report, &node.rules));
    if let Some(measured) = &node.measured {
        let (rows, values) = (count(measured.rows, "row"), measured.values);
        let us = measured.took as f64 / 1000.0;
        let _ = write!(text, "; {rows}, {values} with a value, {us:.1} µs");
    }
    text.push('\n');
}

/// The names of the first few rules, and how many others there are.
fn names(report: &Report, rules: &[usize]) -> String {
    let mut names: Vec<&str> = rules.iter().map(|i| &*report.rules[*i].name).collect();
    names.dedup();
    match names.len() {
        0 => "no rule".to_owned(),
        n if n <= SHOWN => names.join(", "),
        n => format!("{} and {} more", names[..SHOWN].join(", "), n - SHOWN),
    }
}

/// As JSON.
pub(super) fn json(report: &Report) -> Value {
    let rules = report.rules.iter().map(|rule| {
        let node = rule.node.as_ref();
        json!({ "name": rule.name, "group": rule.group, "node": node.ok(), "error": node.err() })
    });
    let fragments = report.fragments.iter().map(|fragment| {
        let kind = format!("{:?}", fragment.kind).to_lowercase();
        json!({ "kind": kind, "query": fragment.query, "rules": fragment.rules })
    });
    let questions = report.questions.iter().map(|question| {
        let answer = question.answer.as_ref().map(|answer| {
            let AnswerLine { series, bytes, ms, error } = answer;
            json!({ "series": series, "bytes": bytes, "ms": ms, "error": error })
        });
        json!({
            "query": question.query,
            "form": question.form,
            "instead_of": question.instead_of,
            "fragments": question.serves,
            "n_rules": question.n_rules,
            "answer": answer,
        })
    });
    let nodes = report.nodes.iter().map(|node| {
        let measured = node
            .measured
            .map(|m| json!({ "rows": m.rows, "values": m.values, "us": m.took as f64 / 1000.0 }));
        json!({
            "node": node.outline.number,
            "computes": node.outline.title,
            "inputs": node.outline.inputs,
            "fragment": node.outline.fragment.map(|f| f.0),
            "rules": node.rules,
            "measured": measured,
        })
    });
    json!({
        "cut": cut(report),
        "rules": rules.collect::<Vec<_>>(),
        "fragments": fragments.collect::<Vec<_>>(),
        "questions": questions.collect::<Vec<_>>(),
        "nodes": nodes.collect::<Vec<_>>(),
    })
}
