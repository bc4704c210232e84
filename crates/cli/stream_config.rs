//! `watchfire stream-config`: what a prometheus.yml needs so that samples come by themselves.

use std::{collections::BTreeSet, fmt::Write as _};

use model::Regex;
use ruler::{Names, RuleSet, Wanted};

use crate::{
    Exit,
    args::StreamConfigArgs,
    features::Features,
    output::Out,
    run::{load, with_rules},
};

/// The series that tells that a Prometheus lives and sends, whatever rules select.
const HEARTBEAT: &str = "up";
/// About so many bytes of a regular expression stand in one rule of a relabelling.
const MOST_BYTES: usize = 2000;
/// The label that notes that a series is kept, where one rule can not hold all names.
const MARK: &str = "__tmp_watchfire_keep";

pub(crate) fn run(
    args: &StreamConfigArgs,
    features: Features,
    out: &mut Out,
) -> anyhow::Result<Exit> {
    let mut config = with_rules(args.config.as_deref(), &args.rules)?;
    let Some(groups) = load(&config.rule_files, features.syntax)? else { return Ok(Exit::Usage) };
    config.ruler.evaluation = features.evaluation();
    let rules = RuleSet::new(groups, &config.ruler);
    let names = Wanted::new(&rules, config.ruler.external_labels.clone()).names();
    let url = match &args.url {
        Some(url) => url.clone(),
        None => format!("http://{}/api/v1/write", config.stream_address()),
    };
    out.print(&snippet(&url, &names));
    Ok(Exit::Fine)
}

/// The section `remote_write`.
fn snippet(url: &str, names: &Names) -> String {
    let url = quoted(url);
    let mut text = format!(
        "remote_write:\n  - url: {url}\n    name: watchfire\n    send_native_histograms: true\n    \
         metadata_config: {{send: false}}\n"
    );
    match names {
        Names::Any => {
            text += "    # Some rule selects series of any name: all are sent.\n";
        }
        Names::Of { names, patterns } => {
            text += "    write_relabel_configs:\n";
            text += &relabelling(&chunks(names, patterns));
        }
    }
    text
}

/// Regular expressions of all names, none much longer than [`MOST_BYTES`] unless a rule's is.
fn chunks(names: &BTreeSet<String>, patterns: &BTreeSet<String>) -> Vec<String> {
    let mut all: BTreeSet<String> = names.iter().map(|name| Regex::quote(name)).collect();
    all.insert(HEARTBEAT.to_owned());
    let mut chunks: Vec<String> = Vec::new();
    for one in all.into_iter().chain(patterns.iter().map(|pattern| format!("(?:{pattern})"))) {
        match chunks.last_mut() {
            Some(chunk) if chunk.len() + one.len() < MOST_BYTES => {
                chunk.push('|');
                chunk.push_str(&one);
            }
            _ => chunks.push(one),
        }
    }
    chunks
}

/// Rules that keep what any of the expressions matches. Rules that keep hold all at once, so that
/// several expressions first mark what they match.
fn relabelling(chunks: &[String]) -> String {
    let mut text = String::new();
    let mut rule = |of: &str, regex: &str, rest: &str| {
        let regex = quoted(regex);
        write!(text, "      - source_labels: [{of}]\n        regex: {regex}\n        {rest}\n")
            .expect("a String takes everything");
    };
    if let [regex] = chunks {
        rule("__name__", regex, "action: keep");
        return text;
    }
    for regex in chunks {
        rule("__name__", regex, &format!("target_label: {MARK}\n        replacement: 'yes'"));
    }
    rule(MARK, "yes", "action: keep");
    text + &format!("      - regex: {MARK}\n        action: labeldrop\n")
}

/// In YAML's single quotes, in which nothing is special but the quote itself. Line breaks would be
/// folded there.
fn quoted(text: &str) -> String {
    if text.contains(['\n', '\r', '\t']) || text.chars().any(char::is_control) {
        return serde_json::to_string(text).expect("a string is JSON, which is YAML");
    }
    format!("'{}'", text.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    fn of(names: &[&str], patterns: &[&str]) -> Names {
        let set = |texts: &[&str]| texts.iter().map(|t| (*t).to_owned()).collect();
        Names::Of { names: set(names), patterns: set(patterns) }
    }

    #[test]
    fn names_are_kept() {
        let names = of(&["a.b", "x:y"], &["it's|z.*"]);
        expect![[r"
            remote_write:
              - url: 'http://h/api/v1/write'
                name: watchfire
                send_native_histograms: true
                metadata_config: {send: false}
                write_relabel_configs:
                  - source_labels: [__name__]
                    regex: 'a\.b|up|x:y|(?:it''s|z.*)'
                    action: keep
        "]]
        .assert_eq(&snippet("http://h/api/v1/write", &names));
        assert!(snippet("u", &Names::Any).ends_with("all are sent.\n"));
    }

    #[test]
    fn many_names_are_marked_first() {
        let many: Vec<String> = (0..300).map(|i| format!("a_metric_{i:03}")).collect();
        let names = of(&many.iter().map(String::as_str).collect::<Vec<_>>(), &[]);
        let text = snippet("u", &names);
        assert_eq!(text.matches("target_label: __tmp_watchfire_keep").count(), 2);
        assert!(text.lines().all(|line| line.len() < MOST_BYTES + 100));
        assert!(
            text.ends_with(
                "      - source_labels: [__tmp_watchfire_keep]
        regex: 'yes'
        action: keep
      - regex: '__tmp_watchfire_keep'
        action: labeldrop
"
                .replace("regex: '__tmp_watchfire_keep'", "regex: __tmp_watchfire_keep")
                .as_str()
            )
        );
    }
}
