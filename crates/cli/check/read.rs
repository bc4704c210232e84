//! Files to rules, and what could not be read.
//!
//! What was named is read as what it seems to be; what was met in a folder is left out unless it
//! holds rules.

use std::{
    collections::BTreeMap,
    fs,
    io::{self, Read as _},
    sync::Arc,
};

use diagnostics::{Diagnostic, Finding, Severity, Source, Span};
use rules::{ReadOptions, RuleFile};
use serde::Deserialize;

use super::{discover::Input, settings::Facts};
use crate::{
    config::Config,
    rule_paths::{self, Kind},
};

/// The code of findings about jobs that are scraped too seldom.
pub(super) const SLOW: &str = "too-long-scrape-interval";

/// What came of a file.
pub(super) enum Read {
    /// Rules, perhaps with errors.
    Rules(Box<RuleFile>),
    /// A configuration, and the rule files that it names.
    Config { problems: Vec<Finding>, rule_files: Vec<Input> },
    /// It cannot be read.
    Unreadable(Finding),
    /// It holds something else.
    Skipped,
}

/// Reads a file.
pub(super) fn read(input: &Input, options: ReadOptions) -> Read {
    let bytes = match &input.path {
        Some(path) => fs::read(path),
        None => stdin(),
    };
    let bytes = match bytes {
        Ok(bytes) => bytes,
        // It was there when its folder was read.
        Err(error) if input.is_met && error.kind() == io::ErrorKind::NotFound => {
            return Read::Skipped;
        }
        Err(error) => {
            return Read::Unreadable(unreadable(&input.name, &format!("cannot be read: {error}")));
        }
    };
    if input.is_met && !may_hold_rules(&bytes) {
        return Read::Skipped;
    }
    match String::from_utf8(bytes) {
        Ok(text) => as_what_it_seems(input, text, options),
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
            let span = Span::new(at, at + char::REPLACEMENT_CHARACTER.len_utf8());
            let message = format!("this is not UTF-8 from byte {at} on");
            let diagnostic = Diagnostic::error("io", span, message);
            let source = Source::new(input.name.clone(), text);
            Read::Unreadable(Finding { source, diagnostic })
        }
    }
}

fn as_what_it_seems(input: &Input, text: String, options: ReadOptions) -> Read {
    match rule_paths::kind(&text) {
        Kind::Config if !input.is_met => config(input, text),
        Kind::Config | Kind::Tests | Kind::Other if input.is_met => Read::Skipped,
        _ => {
            let source = Source::new(input.name.clone(), text);
            match rules::read(&source, &options) {
                file if input.is_met && !holds_rules(&file) => Read::Skipped,
                file => Read::Rules(Box::new(file)),
            }
        }
    }
}

/// Whether rules were meant, perhaps with mistakes.
fn holds_rules(file: &RuleFile) -> bool {
    file.documents.is_empty() || file.documents.iter().any(|document| document.kind.has_rules())
}

fn config(input: &Input, text: String) -> Read {
    let path = input.path.as_deref().unwrap_or(".".as_ref());
    match Config::parse(path, &text) {
        Ok(config) => {
            let facts = Arc::new(facts(&input.name, &text));
            let source = Source::new(input.name.clone(), text);
            let problems = config.unmatched.iter().map(|pattern| unmatched(&source, pattern));
            let problems = problems.chain(slow_jobs(&source, config.ruler.lookback_ms));
            let named = |path| Input { facts: Some(Arc::clone(&facts)), ..Input::named(path) };
            Read::Config {
                problems: problems.collect(),
                rule_files: config.rule_files.into_iter().map(named).collect(),
            }
        }
        Err(problems) => {
            let source = Source::new(problems.file, problems.text);
            let found = problems.diagnostics.into_iter();
            let problems =
                found.map(|diagnostic| Finding { source: Arc::clone(&source), diagnostic });
            Read::Config { problems: problems.collect(), rule_files: Vec::new() }
        }
    }
}

/// What a prometheus.yml says that lints go by, with Prometheus's defaults.
pub(super) fn facts(name: &str, text: &str) -> Facts {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Document {
        global: Global,
    }
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Global {
        scrape_interval: Option<String>,
        evaluation_interval: Option<String>,
        external_labels: BTreeMap<String, String>,
    }
    let document: Option<Document> = serde_saphyr::from_str(text).ok();
    let global = document.unwrap_or_default().global;
    let ms = |text: Option<String>| {
        text.and_then(|text| model::duration::parse(&text).ok()).unwrap_or(60_000)
    };
    Facts {
        name: name.to_owned(),
        scrape_interval: ms(global.scrape_interval),
        evaluation_interval: ms(global.evaluation_interval),
        external_labels: global.external_labels.into_keys().collect(),
    }
}

fn unmatched(source: &Arc<Source>, pattern: &str) -> Finding {
    let span = source.text.find(pattern).map(|at| Span::new(at, at + pattern.len()));
    let message = format!("rule_files: `{pattern}` matches no file");
    let (severity, code) = (Severity::Error, "config");
    let diagnostic = Diagnostic { severity, code, message, span, ..Diagnostic::default() };
    Finding { source: Arc::clone(source), diagnostic }
}

/// Jobs that are scraped so seldom that their series come and go, as promtool has it.
fn slow_jobs(source: &Arc<Source>, lookback_ms: i64) -> Vec<Finding> {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Document {
        scrape_configs: Vec<Job>,
    }
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Job {
        job_name: String,
        scrape_interval: Option<String>,
    }
    let document: Option<Document> = serde_saphyr::from_str(&source.text).ok();
    let jobs = document.unwrap_or_default().scrape_configs.into_iter();
    let slow = jobs.filter_map(|job| {
        let text = job.scrape_interval?;
        let is_slow = model::duration::parse(&text).is_ok_and(|ms| ms >= lookback_ms);
        let written = format!("scrape_interval: {text}");
        let at = source.text.find(&written)?;
        is_slow.then(|| {
            let (span, name) = (Span::new(at, at + written.len()), job.job_name);
            let back = model::duration::format(lookback_ms);
            let message = format!("`{name}` is scraped every {text}, and queries look back {back}");
            let diagnostic = Diagnostic::new(Severity::Warning, SLOW, span, message)
                .help("scrape it more often: its series are gone between two scrapes");
            Finding { source: Arc::clone(source), diagnostic }
        })
    });
    slow.collect()
}

/// A finding about a file or a folder as a whole.
pub(super) fn unreadable(name: &str, message: &str) -> Finding {
    let diagnostic = Diagnostic::of_file("io", message);
    Finding { source: Source::new(name, ""), diagnostic }
}

/// Whether it is worth a closer look: rule files have `groups`, and so have manifests; a file of
/// rules that lacks them is a mistake.
fn may_hold_rules(bytes: &[u8]) -> bool {
    let has = |word: &str| memchr::memmem::find(bytes, word.as_bytes()).is_some();
    has("groups") || has("expr:") && (has("alert:") || has("record:"))
}

fn stdin() -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    io::stdin().read_to_end(&mut bytes)?;
    Ok(bytes)
}
