//! What a lint is: a name, an explanation and a check.

use std::sync::Arc;

use diagnostics::{Diagnostic, Finding, Proof, Severity, Source};

use crate::{FileContext, RuleContext, World};

/// A lint: what it looks for, why, and how. Each is a `static` in a file of its own.
pub struct Lint {
    /// Named for what it finds, such as `comparison-never-true`; unique.
    pub name: &'static str,
    /// The short code, such as `PV001`; unique. Its letters are the group.
    pub code: &'static str,
    /// Whether it is on by default.
    pub level: Level,
    /// How bad what it finds is, unless a finding says otherwise.
    pub severity: Severity,
    /// How sure it is, unless a finding says otherwise.
    pub proof: Proof,
    /// One sentence: what it finds. Begins with a capital letter and ends with a full stop.
    pub summary: &'static str,
    /// Why that is bad, and where the lint keeps silent: paragraphs of Markdown.
    pub why: &'static str,
    /// Rules in which it finds something: a rule file, or the list of a group's rules.
    pub example: &'static str,
    /// The same as it should be. The lint finds nothing there.
    pub instead: &'static str,
    /// What its fix does, and why that is safe or not; empty if it has none.
    pub fix: &'static str,
    /// What it does.
    pub check: Check,
}

/// Whether a lint is on by default.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// On.
    Stable,
    /// On with `--preview` only, or when it is named.
    Preview,
    /// On only when it is named or configured, for it needs to be told what is wanted.
    Policy,
}

/// What a lint looks at.
pub enum Check {
    /// Each rule that could be read.
    Rule(fn(&RuleContext<'_>, &mut Found)),
    /// Each file, also where rules in it could not be read.
    File(fn(&FileContext<'_>, &mut Found)),
    /// Everything at once: what lies in several files.
    World(for<'w> fn(&'w World<'w>, &mut Found)),
    /// What the reader finds ([`rules::RuleFile::errors`] and its warnings). It is always on, and
    /// nothing keeps it quiet: Prometheus refuses the file, or passes over a part of it.
    Reading,
    /// Comments that keep findings quiet, after it was seen what they do:
    /// [`crate::Suppressions::settle`].
    Comments,
}

/// Takes what a lint finds.
pub struct Found {
    lint: &'static Lint,
    severity: Severity,
    findings: Vec<Finding>,
}

impl Lint {
    /// The group: the letters of the code, such as `PV`.
    pub fn group(&self) -> &'static str {
        self.code.trim_end_matches(|c: char| c.is_ascii_digit())
    }

    /// Whether a word of a command line or a comment means this lint: its name, its code or its
    /// group.
    pub fn is_meant_by(&self, word: &str) -> bool {
        word == self.name || word == self.code || word == self.group()
    }
}

impl Found {
    /// For what a lint finds, at its severity or another.
    pub(crate) fn new(lint: &'static Lint, severity: Option<Severity>) -> Self {
        Self { lint, severity: severity.unwrap_or(lint.severity), findings: Vec::new() }
    }

    /// Takes a finding; the code is the lint's, and so is how sure it is unless it says itself.
    pub fn add(&mut self, source: &Arc<Source>, mut diagnostic: Diagnostic) {
        diagnostic.code = self.lint.name;
        diagnostic.severity = self.severity;
        diagnostic.proof = diagnostic.proof.or(Some(self.lint.proof));
        self.findings.push(Finding { source: Arc::clone(source), diagnostic });
    }

    pub(crate) fn into_findings(self) -> Vec<Finding> {
        self.findings
    }
}
