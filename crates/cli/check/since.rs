//! What changed since a revision: findings in rules that were not there in these words.
//!
//! A rule is known again by its words, wherever it stood: in a file that was renamed, or in
//! another one. Indentation, comments and order of rules do not count; the group's own fields do.
//! What git says of files comes from the program `git`.

use std::{
    collections::{HashMap, HashSet},
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
};

use anyhow::Context;
use diagnostics::{Finding, Source, Span};
use rules::{ReadOptions, RuleFile};

use super::{baseline, discover::Input};

/// What changed.
pub(super) struct Changes {
    /// The texts of rules that were there, in all files that are not as they were.
    old: HashSet<String>,
    /// Files that are not as they were, resolved.
    files: HashSet<PathBuf>,
}

/// Which parts of a file changed.
enum Changed {
    Nothing,
    /// The file, but not these rules of it.
    AllBut(Vec<Span>),
}

impl Changes {
    /// Asks git what changed since a revision in the repository of a folder.
    pub(super) fn since(
        revision: &str,
        folder: &Path,
        options: ReadOptions,
    ) -> anyhow::Result<Self> {
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        let root = git(folder, &["rev-parse", "--show-toplevel"])?;
        let root = PathBuf::from(root.trim_end_matches('\n'));
        let commit = format!("{revision}^{{commit}}");
        git(&root, &["rev-parse", "--verify", "--quiet", "--end-of-options", &commit]).map_err(
            |_| {
                anyhow::anyhow!(
                    "git knows no revision `{revision}`; in a shallow clone, fetch it first"
                )
            },
        )?;
        let diff = git(&root, &["diff", "--name-status", "-z", "--no-renames", revision, "--"])?;
        let mut changes = Self { old: HashSet::new(), files: HashSet::new() };
        let mut fields = diff.split('\0');
        while let (Some(status), Some(name)) = (fields.next(), fields.next()) {
            if status != "D" {
                changes.files.extend(fs::canonicalize(root.join(name)).ok());
            }
            if status != "A" && is_yaml(name) {
                let text = git(&root, &["show", &format!("{revision}:{name}")])?;
                changes.remember(&rules::read(&Source::new(name, text), &options));
            }
        }
        let untracked =
            git(&root, &["ls-files", "-z", "--others", "--exclude-standard", "--full-name"])?;
        for name in untracked.split('\0').filter(|name| !name.is_empty()) {
            changes.files.extend(fs::canonicalize(root.join(name)).ok());
        }
        Ok(changes)
    }

    fn remember(&mut self, file: &RuleFile) {
        self.old.extend(rules_of(file).into_iter().map(|(_, words)| words));
    }

    /// Leaves the findings that changes brought: those in rules that changed, or whose cause lies
    /// in one. The answer is how many were taken away.
    pub(super) fn filter(
        &self,
        findings: &mut Vec<Finding>,
        files: &[RuleFile],
        inputs: &[Input],
    ) -> usize {
        let changed: HashMap<&str, Changed> = files
            .iter()
            .zip(inputs)
            .map(|(file, input)| (&*file.source.name, self.changed(file, input)))
            .collect();
        let before = findings.len();
        findings.retain(|finding| {
            let is_new = |source: &Arc<Source>, span: Option<Span>| {
                changed.get(&*source.name).is_none_or(|changed| changed.holds(span))
            };
            let related = &finding.diagnostic.related;
            baseline::is_refusal(finding)
                || is_new(&finding.source, finding.diagnostic.span)
                || related.iter().any(|other| {
                    is_new(other.source.as_ref().unwrap_or(&finding.source), Some(other.span))
                })
        });
        before - findings.len()
    }

    fn changed(&self, file: &RuleFile, input: &Input) -> Changed {
        // Standard input is in no revision.
        let path = input.path.as_ref().and_then(|path| fs::canonicalize(path).ok());
        if path.is_some_and(|path| !self.files.contains(&path)) {
            return Changed::Nothing;
        }
        let rules = rules_of(file).into_iter();
        let same = rules.filter(|(_, words)| self.old.contains(words));
        Changed::AllBut(same.map(|(span, _)| span).collect())
    }
}

impl Changed {
    fn holds(&self, span: Option<Span>) -> bool {
        match (self, span) {
            (Self::Nothing, _) => false,
            (Self::AllBut(_), None) => true,
            (Self::AllBut(rules), Some(span)) => {
                !rules.iter().any(|rule| rule.start <= span.start && span.end <= rule.end)
            }
        }
    }
}

/// The rules of a file, read or not, with their words and those of their groups.
fn rules_of(file: &RuleFile) -> Vec<(Span, String)> {
    let text = &file.source.text;
    let mut rules = Vec::new();
    for group in &file.groups {
        let around = format!("{:?} {:?} {}", group.interval, group.query_offset, group.limit);
        let labels = group.labels.iter().map(|pair| format!("{}={}", &*pair.name, &*pair.value));
        let around = labels.fold(around, |all, label| all + " " + &label);
        let read = group.rules.iter().map(|rule| rule.span);
        for span in read.chain(group.unread.iter().map(|rule| rule.span)) {
            rules.push((span, format!("{around}\n{}", words(span.of(text)))));
        }
    }
    rules
}

/// A text without indentation, empty lines and lines that are comments.
fn words(text: &str) -> String {
    let lines = text.lines().map(str::trim);
    let lines: Vec<&str> =
        lines.filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    lines.join("\n")
}

fn is_yaml(name: &str) -> bool {
    let extension = Path::new(name).extension().and_then(OsStr::to_str);
    extension.is_some_and(|e| e.eq_ignore_ascii_case("yml") || e.eq_ignore_ascii_case("yaml"))
}

/// What git answers; what is no UTF-8 in it is replaced.
fn git(folder: &Path, arguments: &[&str]) -> anyhow::Result<String> {
    let output = Command::new("git")
        .arg("-C")
        .arg(folder)
        .args(arguments)
        .env("GIT_OPTIONAL_LOCKS", "0")
        .output()
        .context("--since needs the program git")?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let said = said.lines().next().unwrap_or("it failed").trim_start_matches("fatal: ");
    anyhow::bail!("git {}: {said}", arguments[0])
}
