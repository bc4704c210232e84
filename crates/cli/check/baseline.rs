//! Findings that were there before: a team starts with a legacy of them, and hears of new ones.
//!
//! An entry is a lint, a file, what the finding is about and a hash of the marked text, so that it
//! stays when lines move. Paths are relative to the file of the baseline. What Prometheus would not
//! load is never among them.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context;
use diagnostics::{Diagnostic, Finding, Severity};
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh64::xxh64;

use crate::{
    output::{self, count},
    replace,
};

const VERSION: u32 = 1;
/// So many entries that no longer occur are named.
const MAX_NAMED: usize = 5;

#[derive(Serialize, Deserialize)]
struct Document {
    version: u32,
    findings: Vec<Entry>,
}

/// What makes a finding the same as before.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Identity {
    file: String,
    lint: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    subject: String,
    hash: String,
}

#[derive(Clone, Serialize, Deserialize)]
struct Entry {
    #[serde(flatten)]
    identity: Identity,
    #[serde(default = "one", skip_serializing_if = "is_one")]
    count: usize,
}

/// What is known.
pub(super) struct Baseline {
    path: PathBuf,
    known: BTreeMap<Identity, usize>,
}

impl Baseline {
    /// Reads it; without a file there is nothing known if it is about to be written.
    pub(super) fn load(path: &Path, is_written: bool) -> anyhow::Result<Self> {
        let mut baseline = Self { path: path.to_owned(), known: BTreeMap::new() };
        if is_written {
            return Ok(baseline);
        }
        let name = path.display();
        let text = fs::read_to_string(path)
            .with_context(|| format!("cannot read {name}; --write-baseline makes it"))?;
        let document: Document = serde_json::from_str(&text)
            .with_context(|| format!("{name} is no baseline; --write-baseline makes one"))?;
        anyhow::ensure!(
            document.version == VERSION,
            "{name} is a baseline of version {}, this program reads version {VERSION}",
            document.version
        );
        for entry in document.findings {
            *baseline.known.entry(entry.identity).or_default() += entry.count;
        }
        Ok(baseline)
    }

    /// The file.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Takes away what is known; the answer is what is known and does not occur.
    pub(super) fn filter(&self, findings: &mut Vec<Finding>) -> BTreeMap<Identity, usize> {
        let mut left = self.known.clone();
        findings.retain(|finding| match left.get_mut(&self.identity(finding)) {
            Some(n) if *n > 0 && !is_refusal(finding) => {
                *n -= 1;
                false
            }
            _ => true,
        });
        left.retain(|_, n| *n > 0);
        left
    }

    /// Tells what no longer occurs, of the lints that ran over the files that were looked at.
    pub(super) fn tell(
        &self,
        left: &BTreeMap<Identity, usize>,
        looked_at: &[String],
        runs: &dyn Fn(&str) -> bool,
    ) {
        let looked_at: Vec<String> = looked_at.iter().map(|name| self.relative(name)).collect();
        let is_stale = |identity: &Identity| {
            looked_at.contains(&identity.file) || !self.folder().join(&identity.file).exists()
        };
        let gone: Vec<_> = left.iter().filter(|(id, _)| runs(&id.lint) && is_stale(id)).collect();
        if !gone.is_empty() {
            let n = gone.iter().map(|(_, n)| **n).sum();
            let named = gone.iter().take(MAX_NAMED);
            let named: Vec<String> =
                named.map(|(id, _)| format!("{} in {} {}", id.lint, id.file, id.subject)).collect();
            let more = if gone.len() > MAX_NAMED { ", …" } else { "" };
            let text = format!(
                "{}: {} no longer there; --write-baseline takes them out: {}{more}",
                self.path.display(),
                count(n, "finding"),
                named.iter().map(|name| name.trim_end()).collect::<Vec<_>>().join(", ")
            );
            output::note("note", &text);
        }
    }

    /// Writes what is known from now on.
    pub(super) fn write(&self, findings: &[Finding]) -> anyhow::Result<()> {
        let mut known: BTreeMap<Identity, usize> = BTreeMap::new();
        for finding in findings.iter().filter(|finding| !is_refusal(finding)) {
            *known.entry(self.identity(finding)).or_default() += 1;
        }
        let entry = |(identity, count)| Entry { identity, count };
        let findings = known.into_iter().map(entry).collect();
        let mut text = serde_json::to_string_pretty(&Document { version: VERSION, findings })?;
        text.push('\n');
        let written = if self.path.exists() {
            replace::replace(&self.path, &text)
        } else {
            fs::write(&self.path, text)
        };
        written.with_context(|| format!("cannot write {}", self.path.display()))
    }

    fn identity(&self, finding: &Finding) -> Identity {
        let Finding { source, diagnostic } = finding;
        let marked = diagnostic.span.map_or("", |span| source.within(span).of(&source.text));
        // Neither indentation nor folding counts.
        let words: Vec<&str> = marked.split_whitespace().collect();
        Identity {
            file: self.relative(&source.name),
            lint: diagnostic.code.to_owned(),
            subject: diagnostic.subject.clone().unwrap_or_default(),
            hash: format!("{:016x}", xxh64(words.join(" ").as_bytes(), 0)),
        }
    }

    fn folder(&self) -> PathBuf {
        let path = std::path::absolute(&self.path).unwrap_or_else(|_| self.path.clone());
        path.parent().map(Path::to_owned).unwrap_or_default()
    }

    fn relative(&self, name: &str) -> String {
        let absolute = std::path::absolute(name).unwrap_or_else(|_| PathBuf::from(name));
        let inside = absolute.strip_prefix(self.folder()).map(|path| path.display().to_string());
        inside.unwrap_or_else(|_| name.to_owned())
    }
}

/// Whether Prometheus would not load the file. Nobody may get used to that.
pub(super) fn is_refusal(finding: &Finding) -> bool {
    let Diagnostic { severity, proof, .. } = finding.diagnostic;
    severity == Severity::Error && proof.is_none()
}

fn one() -> usize {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_one(n: &usize) -> bool {
    *n == 1
}
