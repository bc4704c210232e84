//! Which lints run, how bad what they find is, and what they are told.

use diagnostics::Severity;

use crate::{Day, LINTS, Level, Lint, near::nearest};

/// Which lints run. Later words win over earlier ones where they are as narrow; a name or code is
/// narrower than a group, and a group than `all`.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Whether preview lints are on by default.
    pub preview: bool,
    /// Names of lints that options configure: they are on, unless they are turned off.
    pub configured: Vec<&'static str>,
    words: Vec<(String, bool)>,
    severities: Vec<(String, Severity)>,
}

/// A word that names no lint and no group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SelectionError {
    /// The word.
    pub word: String,
    /// What was perhaps meant.
    pub nearest: Option<&'static str>,
}

/// What lints are told beyond the rules themselves. Absent knowledge silences what needs it.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// How often targets are scraped, in milliseconds.
    pub scrape_interval: Option<i64>,
    /// How often groups are evaluated that do not say so, in milliseconds; 1m if none.
    pub evaluation_interval: Option<i64>,
    /// How far back a selector looks, in milliseconds; 5m if none.
    pub lookback: Option<i64>,
    /// Labels of the server; none if they are not known.
    pub external_labels: Option<Vec<String>>,
    /// The version of Prometheus that must be able to read the rules, such as `(2, 53)`.
    pub target_version: Option<(u32, u32)>,
    /// Labels that each alert must have, with their allowed values (any if empty).
    pub required_labels: Vec<(String, Vec<String>)>,
    /// Annotations that each alert must have.
    pub required_annotations: Vec<String>,
    /// The annotation that links to a runbook; `runbook_url` if none.
    pub runbook_annotation: Option<String>,
    /// The day on which it runs; without it, comments that keep findings quiet never run out.
    pub today: Option<Day>,
    /// Whether comments that keep findings quiet must say why.
    pub needs_suppression_reason: bool,
    /// Beginning of runbook links, and the folder in which their pages lie.
    pub runbook_pages: Option<RunbookPages>,
}

/// Where pages of runbooks are.
#[derive(Clone, Debug)]
pub struct RunbookPages {
    /// How links begin that lead to them.
    pub prefix: String,
    /// The pages that exist, as paths after the prefix, without a fragment.
    pub pages: std::collections::BTreeSet<String>,
}

impl Options {
    /// The lints that look for what options say.
    pub fn configures(&self) -> Vec<&'static str> {
        let required = !self.required_labels.is_empty() || !self.required_annotations.is_empty();
        let runbooks = self.runbook_annotation.is_some();
        let lints = [("missing-label-or-annotation", required), ("runbook-missing", runbooks)];
        lints.into_iter().filter(|(_, is_wanted)| *is_wanted).map(|(name, _)| name).collect()
    }
}

impl Selection {
    /// Turns a lint or a group on (`all` is every lint).
    pub fn select(&mut self, word: &str) -> Result<(), SelectionError> {
        known(word)?;
        self.words.push((word.to_owned(), true));
        Ok(())
    }

    /// Forgets what was turned on and off, and turns everything off: what is selected from now on
    /// is all that runs. Severities stay.
    pub fn clear(&mut self) {
        self.words = vec![("all".to_owned(), false)];
    }

    /// Turns a lint or a group off.
    pub fn ignore(&mut self, word: &str) -> Result<(), SelectionError> {
        known(word)?;
        self.words.push((word.to_owned(), false));
        Ok(())
    }

    /// Reports what a lint or a group finds at a severity of choice, if it runs.
    pub fn set_severity(&mut self, word: &str, severity: Severity) -> Result<(), SelectionError> {
        known(word)?;
        self.severities.push((word.to_owned(), severity));
        Ok(())
    }

    /// Whether a lint runs.
    pub fn is_on(&self, lint: &Lint) -> bool {
        let preview = self.preview && lint.level == Level::Preview;
        let is_default = lint.level == Level::Stable || preview;
        let is_configured = || self.configured.contains(&lint.name);
        narrowest(&self.words, lint).unwrap_or_else(|| is_default || is_configured())
    }

    /// The severity that was chosen for a lint.
    pub fn severity(&self, lint: &Lint) -> Option<Severity> {
        narrowest(&self.severities, lint)
    }
}

/// What the narrowest word says that means a lint; the last of those that are as narrow.
fn narrowest<T: Copy>(words: &[(String, T)], lint: &Lint) -> Option<T> {
    let words = words.iter().rev().filter(|(word, _)| means(word, lint));
    words.min_by_key(|(word, _)| width(word)).map(|(_, said)| *said)
}

fn known(word: &str) -> Result<(), SelectionError> {
    if word == "all" || LINTS.iter().any(|lint| lint.is_meant_by(word)) {
        return Ok(());
    }
    Err(SelectionError {
        word: word.to_owned(),
        nearest: nearest(word, LINTS.iter().map(|lint| lint.name), 0.6),
    })
}

impl std::fmt::Display for SelectionError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "`{}` is no lint and no group", self.word)?;
        self.nearest.map_or(Ok(()), |nearest| write!(f, "; did you mean `{nearest}`?"))
    }
}

impl std::error::Error for SelectionError {}

fn means(word: &str, lint: &Lint) -> bool {
    word == "all" || lint.is_meant_by(word)
}

/// How much a word covers.
fn width(word: &str) -> u8 {
    match word {
        "all" => 2,
        group if LINTS.iter().any(|lint| lint.group() == group) => 1,
        _ => 0,
    }
}
